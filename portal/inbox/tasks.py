"""Periodic work of the inbox."""

from celery import shared_task

from portal.inbox import queries


@shared_task(name="portal.inbox.tasks.purge")
def purge() -> None:
    """Delete mails older than events are kept."""
    queries.purge()
