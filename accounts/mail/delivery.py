"""Deliver queued mail: claim a row, render it, hand it to the mail backend, and note how that went."""

import json
import logging
from datetime import datetime, timedelta

from django.db.models import F, Q, QuerySet

from accounts.mail.compose import compose
from accounts.models import OutgoingMail
from portal.conf import conf
from portal.core import clock
from portal.core.errors import Forbidden
from portal.core.realness import is_reserved_domain
from portal.core.tokens import unseal

logger = logging.getLogger("portal.mail")

MAX_TRIES = 8
LEASE = timedelta(minutes=2)
"""How long a claimed mail is left to its worker. A worker that died in between leaves it to the next sweep after that."""
FIRST_WAIT = timedelta(seconds=5)
"""Wait after the first failure; each further one waits twice as long: 5 s, 10 s … 5 min 20 s, about ten minutes in all."""

_LONGEST_WAIT = FIRST_WAIT * 2 ** (MAX_TRIES - 2)
_QUEUED = OutgoingMail.State.QUEUED


def due() -> QuerySet[OutgoingMail]:
    """Return the queued mails whose time has come, oldest first.

    A mail never tried is always due, and so is one that is to wait longer than any wait lasts: a trainer has put the clock back.
    """
    now = clock.now()
    ready = Q(tries=0) | Q(not_before__lte=now) | Q(not_before__gt=now + max(_LONGEST_WAIT, LEASE))
    return OutgoingMail.objects.filter(ready, state=_QUEUED).order_by("id")


def deliver_one(mail_id: int) -> bool:
    """Deliver one mail if it is due and nobody else has claimed it. Returns whether it has been sent now.

    The claim is one guarded UPDATE on the number of tries, so of several workers exactly one goes on; it holds for `LEASE`.
    """
    mail = due().filter(pk=mail_id).first()
    if mail is None:
        return False
    claim = OutgoingMail.objects.filter(pk=mail.pk, state=_QUEUED, tries=mail.tries)
    if claim.update(tries=F("tries") + 1, not_before=clock.now() + LEASE) != 1:
        return False
    mail.tries += 1
    if not mail.recipient or (mail.worthless_after is not None and mail.worthless_after <= clock.now()):
        _finish(mail, OutgoingMail.State.DISCARDED)
        return False
    return _send(mail)


def _send(mail: OutgoingMail) -> bool:
    try:
        _refuse_strangers(mail.recipient)
        compose(mail, _context(mail)).send()
    except Forbidden as error:
        logger.error("Mail #%d (%s) is refused for good: %s", mail.pk, mail.kind, error.detail)  # noqa: TRY400  # the detail says it all
        _finish(mail, OutgoingMail.State.FAILED)
    except Exception as error:  # noqa: BLE001  # whatever went wrong, this mail alone waits, and the ones behind it go on
        _try_again(mail, error)
    else:
        _finish(mail, OutgoingMail.State.SENT, sent_at=clock.now())
        return True
    return False


def _refuse_strangers(recipient: str) -> None:
    if not is_reserved_domain(recipient.rpartition("@")[2], allowed=conf.mail_domains):
        raise Forbidden(detail="the recipient is outside the reserved domains and PORTAL_MAIL_DOMAINS")


def _context(mail: OutgoingMail) -> dict[str, str]:
    text = unseal(mail.sealed_context)
    if text is None:
        raise Forbidden(detail="its values cannot be decrypted; the secret key they were sealed under is gone")
    return {key: str(value) for key, value in json.loads(text).items()}


def _try_again(mail: OutgoingMail, error: Exception) -> None:
    if mail.tries >= MAX_TRIES:
        logger.error("Mail #%d (%s) is given up after %d tries: %s", mail.pk, mail.kind, mail.tries, type(error).__name__)
        _finish(mail, OutgoingMail.State.FAILED)
        return
    wait = FIRST_WAIT * 2 ** (mail.tries - 1)
    logger.warning("Mail #%d (%s) was not taken (%s); next try in %d s.", mail.pk, mail.kind, type(error).__name__, wait.seconds)
    OutgoingMail.objects.filter(pk=mail.pk, state=_QUEUED, tries=mail.tries).update(not_before=clock.now() + wait)


def _finish(mail: OutgoingMail, state: OutgoingMail.State, sent_at: datetime | None = None) -> None:
    """Leave the queue: the sealed values are wiped in the same statement, whatever the outcome was."""
    OutgoingMail.objects.filter(pk=mail.pk, state=_QUEUED).update(state=state, sealed_context="", sent_at=sent_at)


def give_up_dead() -> int:
    """Fail the mails whose last permitted try ended with its worker, so that none takes down worker after worker. Returns how many."""
    over = OutgoingMail.objects.filter(state=_QUEUED, tries__gte=MAX_TRIES, not_before__lte=clock.now())
    return over.update(state=OutgoingMail.State.FAILED, sealed_context="")


def forget_old() -> int:
    """Delete mails that left the queue longer ago than events are kept. Returns how many."""
    old = OutgoingMail.objects.filter(created_at__lt=clock.now() - conf.trail_retention).exclude(state=_QUEUED)
    return old.delete()[0]
