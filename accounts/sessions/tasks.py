"""Periodic work on sign-in sessions, and on those of programs."""

from celery import shared_task
from django.db.models import Q

from accounts.models import Grant, SignInSession
from portal.conf import conf
from portal.core import clock

BATCH = 1000
"""Sessions deleted in one transaction, so that a purge never holds up a sign-in for long."""


@shared_task
def purge_over(*, batch: int = BATCH) -> int:
    """Delete sessions and programs' sign-ins that ended or expired longer ago than events are kept (`conf.trail_retention`); return how many."""
    limit = clock.now() - conf.trail_retention
    return sum(_purge(model, Q(ended_at__lt=limit) | Q(expires_at__lt=limit), batch) for model in (SignInSession, Grant))


def _purge(model: type[SignInSession] | type[Grant], over: Q, batch: int) -> int:
    deleted = 0
    while keys := list(model.objects.filter(over).order_by("id").values_list("id", flat=True)[:batch]):
        deleted += model.objects.filter(id__in=keys).delete()[1].get(model._meta.label, 0)
    return deleted
