"""Events are kept for a while on the simulated clock, then dropped (CloudTrail user guide, "event history": 90 days)."""

from portal.conf import conf
from portal.core import clock
from portal.trail.models import Event

BATCH = 1000
"""Events dropped in one transaction, so that a purge never holds up a sign-in for long."""


def purge(*, batch: int = BATCH) -> int:
    """Drop every event older than `conf.trail_retention`, `batch` at a time and oldest first; return how many were dropped."""
    limit = clock.now() - conf.trail_retention
    dropped = 0
    while keys := list(Event.objects.filter(event_time__lt=limit).order_by("event_time").values_list("id", flat=True)[:batch]):
        dropped += Event.objects.filter(id__in=keys).delete()[0]
    return dropped
