"""Periodic work on the event log."""

import logging

from celery import shared_task

from portal.trail import retention
from portal.trail.digests import alone, sealing, verification

logger = logging.getLogger("portal.trail")


@shared_task
def purge() -> int:
    """Drop the events whose time is over; return how many."""
    return retention.purge()


@shared_task
def seal() -> int:
    """Seal what was recorded since the last digest; return how many digests were made."""
    return len(sealing.seal())


@shared_task(acks_late=False)
def verify() -> bool | None:
    """Verify the log and note how it went; return whether it is good, None where somebody is at it already.

    Acknowledged when it begins: a broker that waits for its end delivers it again after a while, and both would walk.
    """
    with alone.alone() as free:
        if not free:
            return None
        report = verification.verify_and_note()
    if not report.good:
        logger.error("The event log cannot be verified. `manage.py trail verify` tells more. First: %s", report.findings[0].sentence)
    return report.good
