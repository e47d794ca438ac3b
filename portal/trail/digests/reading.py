"""Read events and digests that somebody may have made unreadable: such a row is told from the others, and hides none of them."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any, TypeVar

from django.db import Error, connection, transaction
from django.db.models import QuerySet

from portal.trail.digests import entries
from portal.trail.digests.models import Digest
from portal.trail.models import Event

UNREADABLE = (Error, TypeError, ValueError, AttributeError, OverflowError)
"""What a value raises that the portal never wrote: SQLite keeps anything in any column, and PostgreSQL moments that Python has not."""

T = TypeVar("T")

PAGE = 50
"""Digests read at once; the list of each may have 50 kB."""

_NUMBERS = ("sealed_after", "sealed_through", "first_id", "last_id", "count")
_TEXTS = ("kind", "listed", "listed_digest", "totals", "previous", "digest", "signature")


@contextmanager
def apart() -> Iterator[None]:
    """Keep a transaction that is open usable, should reading fail: PostgreSQL would refuse every further statement."""
    if not connection.in_atomic_block or connection.vendor != "postgresql":
        yield
        return
    with transaction.atomic():
        yield


def rows(events: QuerySet[Event]) -> list[tuple[int, Sequence[Any] | None]]:
    """Return key and `CANONICAL` columns of each of these events; None in the place of what cannot be read. One query, unless that fails."""
    try:
        with apart():
            return [(key, values) for key, *values in events.values_list("id", *entries.CANONICAL)]
    except UNREADABLE:
        return [(key, _alone(key)) for key in events.values_list("id", flat=True)]


def fingerprints(events: QuerySet[Event]) -> list[tuple[int, str]]:
    """Return key and fingerprint of each of these events; that of one which cannot be read is empty."""
    return [(key, fingerprint(values)) for key, values in rows(events)]


def fingerprint(values: Sequence[Any] | None) -> str:
    """Return the fingerprint of what `rows` gave; empty for values that no event has."""
    try:
        return entries.fingerprint(values) if values else ""
    except UNREADABLE:
        return ""


def _alone(key: int) -> Sequence[Any] | None:
    try:
        with apart():
            return Event.objects.filter(id=key).values_list(*entries.CANONICAL).first()
    except UNREADABLE:
        return None


def digest_of(number: int) -> Digest | None:
    """Return the digest of a number; None where there is none.

    What cannot be read of it is empty, so that it is not genuine. One whose end cannot be read is taken to seal nothing: what it sealed is
    sealed by the digest that comes next.
    """
    try:
        with apart():
            found = Digest.objects.filter(number=number).first()
        if found is None or _has_types(found):
            return found
    except UNREADABLE:
        pass
    return _legible(number)


def newest_digest() -> Digest | None:
    """Return the digest of the greatest number, without its list, as `digest_of` does; None before there is any."""
    try:
        found = Digest.objects.defer("listed").order_by("-number").first()
        if found is None or _has_types(found):
            return found
    except UNREADABLE:
        pass
    number = Digest.objects.order_by("-number").values_list("number", flat=True).first()
    return digest_of(number) if number is not None else None


def digests(*, after: int | None = None) -> Iterator[Digest]:
    """Yield the digests of numbers behind `after`, or all, in order, as `digest_of` does. Reads a page of them with one query."""
    while True:
        behind = Digest.objects.order_by("number") if after is None else Digest.objects.filter(number__gt=after).order_by("number")
        page = _page(behind)
        yield from page
        if not page:
            return
        after = page[-1].number


def _page(behind: QuerySet[Digest]) -> list[Digest]:
    try:
        with apart():
            page = list(behind[:PAGE])
        if all(map(_has_types, page)):
            return page
    except UNREADABLE:
        pass
    alone = (digest_of(number) for number in behind.values_list("number", flat=True)[:PAGE])
    return [digest for digest in alone if digest is not None]  # one that went meanwhile went with those before it


def _has_types(digest: Digest) -> bool:
    """Tell whether each column that was read holds what belongs there."""
    types = dict.fromkeys(_NUMBERS, int) | dict.fromkeys(_TEXTS, str) | {"made_at": datetime}
    return all(isinstance(value, types.get(name, object)) for name, value in vars(digest).items())


def _legible(number: int) -> Digest:
    made = Digest(number=number, made_at=_column(number, "made_at", datetime) or datetime.min.replace(tzinfo=UTC))
    for name in _TEXTS:
        setattr(made, name, _column(number, name, str) or "")
    for name in _NUMBERS:
        setattr(made, name, _column(number, name, int) or 0)
    if _column(number, "sealed_through", int) is None:
        before = Digest.objects.filter(number__lt=number).order_by("-number").values_list("number", flat=True).first()
        made.sealed_through = found.sealed_through if before is not None and (found := digest_of(before)) else 0
    return made


def _column(number: int, name: str, kind: type[T]) -> T | None:
    try:
        with apart():
            value = Digest.objects.filter(number=number).values_list(name, flat=True).first()
    except UNREADABLE:
        return None
    return value if isinstance(value, kind) else None
