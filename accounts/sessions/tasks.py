"""Periodic work on sign-in sessions."""

from celery import shared_task
from django.db.models import Q

from accounts.models import SignInSession
from portal.conf import conf
from portal.core import clock

BATCH = 1000
"""Sessions deleted in one transaction, so that a purge never holds up a sign-in for long."""


@shared_task
def purge_over(*, batch: int = BATCH) -> int:
    """Delete sessions that ended or expired longer ago than events are kept (`conf.trail_retention`); return how many."""
    limit = clock.now() - conf.trail_retention
    over = SignInSession.objects.filter(Q(ended_at__lt=limit) | Q(expires_at__lt=limit))
    deleted = 0
    while keys := list(over.order_by("id").values_list("id", flat=True)[:batch]):
        deleted += SignInSession.objects.filter(id__in=keys).delete()[1].get("accounts.SignInSession", 0)
    return deleted
