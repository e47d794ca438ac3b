"""What the worker does about mail: deliver one when nudged, sweep the queue every few seconds, forget old rows."""

import time

from celery import shared_task

from accounts.mail import delivery

SWEEP_SECONDS = 5
"""Period of the sweep, and the time that one sweep may take before it leaves the rest to the next."""


@shared_task(name="accounts.mail.tasks.deliver")
def deliver(mail_id: int) -> None:
    """Deliver the mail of this id, if it is still due."""
    delivery.deliver_one(mail_id)


@shared_task(name="accounts.mail.tasks.sweep")
def sweep() -> None:
    """Deliver whatever is due: mails whose nudge was lost, whose wait is over, or whose worker died."""
    delivery.give_up_dead()
    until = time.monotonic() + SWEEP_SECONDS
    for mail_id in list(delivery.due().values_list("pk", flat=True)[:200]):
        delivery.deliver_one(mail_id)
        if time.monotonic() > until:
            break


@shared_task(name="accounts.mail.tasks.forget_old")
def forget_old() -> None:
    """Delete mails that left the queue longer ago than events are kept."""
    delivery.forget_old()
