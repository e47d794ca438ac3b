"""The chain begun anew where all events and digests are dropped, as when the world is put back."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection

from portal.trail.digests import entries
from portal.trail.digests.chain import append, appending
from portal.trail.digests.counting import sealed_totals, unsealed, with_newer
from portal.trail.digests.models import Digest
from portal.trail.models import Event


@contextmanager
def beginning_anew() -> Iterator[None]:
    """Open a transaction in which all events and digests are dropped; at its end a digest records that.

    Numbers, hashes and counts go on from the digest that was the newest, so that a chain that somebody emptied is told from one that was
    begun anew. Where there was none, and no event either, there is nothing to say.

    On PostgreSQL whoever records an event meanwhile waits until the end, so that none is dropped that was not counted.
    """
    with appending() as head:
        if connection.vendor == "postgresql":
            with connection.cursor() as cursor:
                cursor.execute(f"LOCK TABLE {Event._meta.db_table} IN SHARE ROW EXCLUSIVE MODE")
        totals = with_newer(sealed_totals(head), unsealed(head))
        yield
        if head is not None or totals:
            append(Digest.Kind.RESET, after=head, totals=entries.totals_text(totals))
