"""Periodic work on second factors: what can no longer prove anything, nor ever will, is deleted."""

from datetime import datetime, timedelta

from celery import shared_task
from django.db.models import Model, QuerySet

from accounts.credentials.tasks import KEPT
from mfa.models import Authenticator, Ceremony, FactorRecovery, PhoneCall, TrustedDevice
from mfa.totp.flows import REGISTRATION_LIFETIME
from portal.core import clock

_LEEWAY = timedelta(minutes=1)
"""Rows are read before they are deleted, and a registration that is completed in its last second must not go with them."""


def _worthless(now: datetime) -> tuple[QuerySet[Model], ...]:
    """Return the rows to delete: expired ones, kept as long as other credentials' are, and registrations that nobody completed in time."""
    before = now - KEPT
    return (
        Ceremony.objects.filter(expires_at__lt=before),
        FactorRecovery.objects.filter(expires_at__lt=before),
        PhoneCall.objects.filter(expires_at__lt=before),
        TrustedDevice.objects.filter(expires_at__lt=before),
        Authenticator.objects.filter(confirmed=False, created_at__lt=now - REGISTRATION_LIFETIME - _LEEWAY),
    )


@shared_task
def purge() -> int:
    """Delete expired ceremonies, recoveries, calls and trusts, and devices whose registration was left unfinished; return how many."""
    return sum(_count(rows) for rows in _worthless(clock.now()))


def _count(rows: QuerySet[Model]) -> int:
    """Delete `rows`, and return how many there were, not counting what hangs on them."""
    _total, by_model = rows.delete()
    return by_model.get(rows.model._meta.label, 0)
