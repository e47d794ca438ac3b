"""Periodic work on the event log."""

from celery import shared_task

from portal.trail import retention


@shared_task
def purge() -> int:
    """Drop the events whose time is over; return how many."""
    return retention.purge()
