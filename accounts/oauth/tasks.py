"""Periodic work on OAuth clients."""

from celery import shared_task

from accounts.oauth import registration


@shared_task
def purge_registrations() -> int:
    """Delete registrations of clients that are over; return how many."""
    return registration.purge()
