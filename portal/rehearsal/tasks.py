"""Periodic work on saved rehearsals."""

from celery import shared_task

from portal.rehearsal import flows


@shared_task(name="portal.rehearsal.tasks.purge")
def purge() -> int:
    """Delete old rehearsals; return how many."""
    return flows.purge()
