"""Seal what was recorded since the last digest. Done by the worker; no sign-in waits for it, or knows of it."""

import logging
import time
from collections.abc import Iterator, Sequence
from typing import Any

from django.db import IntegrityError

from portal.trail.digests import entries
from portal.trail.digests.chain import append, appending, newest
from portal.trail.digests.counting import OTHER, count, sealed_totals
from portal.trail.digests.fence import PATIENCE, settled
from portal.trail.digests.models import Digest
from portal.trail.digests.reading import fingerprint, rows
from portal.trail.models import Event

BATCH = 1000
"""Events of one digest at most: what walks along the chain holds one list at a time."""

PAGE = 200
"""Events read at once; a record may have 130 kB."""

RUN = 20.0
"""Seconds of real time after which a run leaves the rest to the next, as after an update that finds a log without digests."""

logger = logging.getLogger("portal.trail")

_NAME, _SUCCEEDED = entries.CANONICAL.index("event_name"), entries.CANONICAL.index("succeeded")


def seal(*, batch: int = BATCH, patience: float = PATIENCE) -> list[Digest]:
    """Seal every event that is final and not sealed yet, `batch` to a digest; return the digests that were made, oldest first.

    None is made of no events, nor while a transaction of more than `patience` seconds keeps the newest from being final. Of two that seal
    at once one makes the digest, and the other stops. An event that cannot be read is sealed with an empty fingerprint.
    """
    through, until = settled(patience=patience), time.monotonic() + RUN
    if through is None:
        logger.warning("The event log was not sealed: somebody has been writing to it for %.0f s. The next run tries again.", patience)
        return []
    made: list[Digest] = []
    while time.monotonic() < until and (digest := _seal_next(through, batch)):
        made.append(digest)
    if made:
        # Whoever keeps the worker's log elsewhere keeps the head of the chain with it.
        logger.info("Events sealed up to %d. Head of the chain: %d:%s", made[-1].sealed_through, made[-1].number, made[-1].digest)
    return made


def _seal_next(through: int, batch: int) -> Digest | None:
    head = newest()
    reached = head.sealed_through if head else 0
    fingerprints: list[tuple[int, str]] = []
    totals = sealed_totals(head)
    for key, values in _events(reached, through, batch):
        found = fingerprint(values)
        fingerprints.append((key, found))
        if not found:
            logger.error("Event %d cannot be read. It is sealed as such, so that those behind it are sealed as well.", key)
        name, succeeded = (values[_NAME], values[_SUCCEEDED]) if values else (OTHER, False)
        count(totals, str(name), succeeded=bool(succeeded))
    if not fingerprints:
        return None
    first, last = fingerprints[0][0], fingerprints[-1][0]
    try:
        with appending() as now:
            if (now and now.digest) != (head and head.digest):
                return None
            return append(
                Digest.Kind.SEALED,
                after=now,
                listed=entries.list_of(fingerprints),
                totals=entries.totals_text(totals),
                sealed_after=now.sealed_through if now else first - 1,
                sealed_through=last,
                first_id=first,
                last_id=last,
                count=len(fingerprints),
            )
    except IntegrityError:
        return None


def _events(after: int, through: int, limit: int) -> Iterator[tuple[int, Sequence[Any] | None]]:
    """Yield key and columns of up to `limit` events between two keys, the second inclusive, in the order of keys; None for what cannot be read."""
    while limit > 0:
        page = rows(Event.objects.filter(id__gt=after, id__lte=through).order_by("id")[: min(PAGE, limit)])
        if not page:
            return
        yield from page
        after, limit = page[-1][0], limit - len(page)
