"""Periodic work on recoveries: what can no longer prove anything loses its secrets, and visits that are over are deleted."""

from celery import shared_task
from django.db.models import Q

from accounts.credentials.tasks import KEPT
from policies.models import RecoveryCase, RecoveryVisit
from portal.core import clock


@shared_task
def purge() -> int:
    """Delete visits that expired a day ago, and wipe the code and the link of cases that are over since then; return how many rows.

    Cases and their history stay: they tell who did what to an account.
    """
    before = clock.now() - KEPT
    visits, _rows = RecoveryVisit.objects.filter(expires_at__lt=before).delete()
    over = RecoveryCase.objects.filter(Q(closed_at__lt=before) | Q(expires_at__lt=before)).exclude(code_digest="", link_digest="")
    return visits + over.update(code_digest="", link_digest="")
