"""Periodic work on what proves an identity: rows that can no longer prove anything are deleted."""

from datetime import timedelta

from celery import shared_task
from django.db.models import QuerySet

from accounts.models import AuthorizationCode, CaptchaChallenge, MailedCode, PasswordRecovery
from portal.core import clock

KEPT = timedelta(days=1)
"""How long an expired row stays: long enough to tell someone that a code or link has expired rather than never existed."""


def _expiring() -> tuple[QuerySet[AuthorizationCode] | QuerySet[CaptchaChallenge] | QuerySet[MailedCode] | QuerySet[PasswordRecovery], ...]:
    return AuthorizationCode.objects.all(), CaptchaChallenge.objects.all(), MailedCode.objects.all(), PasswordRecovery.objects.all()


@shared_task
def purge_expired() -> int:
    """Delete security checks, mailed codes, recovery links and authorization codes that expired a day ago; return how many."""
    before = clock.now() - KEPT
    return sum(rows.filter(expires_at__lt=before).delete()[0] for rows in _expiring())
