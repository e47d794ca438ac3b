"""Events are kept for a while on the simulated clock, then dropped (CloudTrail user guide, "event history": 90 days)."""

import logging

from portal.conf import conf
from portal.core import clock
from portal.trail.digests.chain import newest
from portal.trail.digests.sealing import seal
from portal.trail.digests.shortening import drop, shorten
from portal.trail.models import Event

BATCH = 1000
"""Events dropped in one transaction, so that a purge never holds up a sign-in for long."""

MOST_KEPT = 10_000
"""Events that a run finds changed and keeps, until it stops: so many are a matter for an operator."""

logger = logging.getLogger("portal.trail")


def purge(*, batch: int = BATCH) -> int:
    """Drop every event older than `conf.trail_retention`, `batch` at a time and oldest first; return how many were dropped.

    Only what is sealed, and as it was sealed, is dropped: so all is sealed first, and a digest in the same transaction tells which events
    went. Then the digests of events that are all gone go as well.
    """
    limit = clock.now() - conf.trail_retention
    seal()
    over = Event.objects.filter(event_time__lt=limit).order_by("event_time")
    dropped, kept = 0, set[int]()
    while len(kept) < MOST_KEPT and (head := newest()):
        sealed = over.exclude(id__in=kept).filter(id__lte=head.sealed_through)
        keys = list(sealed.values_list("id", flat=True)[:batch])
        if not keys:
            break
        gone, changed = drop(keys)
        dropped += gone
        kept |= changed
    if kept:
        logger.error("%d events whose time is over were changed since they were sealed, and are kept. Run `manage.py trail verify`.", len(kept))
    shorten()
    return dropped
