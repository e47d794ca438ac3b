"""The chain: its newest digest, and the one way to append another."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection, transaction

from portal.conf import conf
from portal.core import clock
from portal.trail.digests import entries
from portal.trail.digests.models import Digest
from portal.trail.digests.reading import newest_digest

PURPOSE = "trail-digest"
"""What the key of digests is derived for."""

SIGNED = (
    *("number", "kind", "made_at", "sealed_after", "sealed_through", "first_id", "last_id", "count"),
    *("listed_digest", "totals", "previous"),
)
"""Columns that the hash and the signature of a digest are over. The list is there by its own hash."""


def newest() -> Digest | None:
    """Return the head of the chain, without its list; None before there is any digest."""
    return newest_digest()


@contextmanager
def appending() -> Iterator[Digest | None]:
    """Open a transaction in which nobody else appends, and give the head of the chain as it is now.

    SQLite has one writer anyway. On PostgreSQL the table is locked against writers, not readers, until the transaction ends; whoever else
    changes events in it comes here first, so that no two wait for each other.
    """
    with transaction.atomic():
        if connection.vendor == "postgresql":
            with connection.cursor() as cursor:
                cursor.execute(f"LOCK TABLE {Digest._meta.db_table} IN EXCLUSIVE MODE")
        yield newest()


def append(kind: Digest.Kind, *, after: Digest | None, listed: str = "", totals: str | None = None, **fields: int) -> Digest:
    """Append a digest behind `after`, the head that `appending` gave, and return it. `fields` are columns that do not follow from these.

    Raises IntegrityError, if there is one of this number already: the guard should somebody append by another way.
    """
    reached = after.sealed_through if after else 0
    made = Digest(
        number=after.number + 1 if after else 1,
        kind=kind,
        made_at=clock.now(),
        listed=listed,
        listed_digest=entries.sha256(listed),
        totals=totals if totals is not None else after.totals if after else "",
        previous=after.digest if after else "",
        **({"sealed_after": reached, "sealed_through": reached} | fields),
    )
    text = header_of(made)
    made.digest, made.signature = entries.sha256(text), entries.signature(text, purpose=PURPOSE, secrets=conf.secret_keys)
    made.save(force_insert=True)
    return made


def header_of(digest: Digest) -> str:
    """Return the text that the hash and the signature of a digest are over."""
    return entries.header({name: getattr(digest, name) for name in SIGNED})


def is_genuine(digest: Digest) -> bool:
    """Tell whether a digest is as it was made, by somebody with the portal's key; of its list that is not asked."""
    try:
        text = header_of(digest)
    except TypeError:  # octets, which JSON does not hold
        return False
    return digest.digest == entries.sha256(text) and entries.is_signed(text, str(digest.signature), purpose=PURPOSE, secrets=conf.secret_keys)


def intact_list(digest: Digest) -> str | None:
    """Return the list of a digest as it was made; None when it was changed since."""
    listed = str(digest.listed)  # SQLite keeps octets in any column
    return listed if entries.sha256(listed) == digest.listed_digest else None
