"""Codes of six digits by mail: issued, sent again, and redeemed once; bound to a purpose and to one browser's attempt.

A code lives `conf.mailed_code_lifetime` (NIST SP 800-63B-4 §3.1.3.2: at most ten minutes). An attempt bears five tries, however
often its code is sent again (security catalogue THR-04). A new code kills the one before. The attempt's id is random and held
by the browser's session, so a code is worth nothing in another browser.
"""

import secrets
from enum import StrEnum

from django.db import transaction
from django.db.models import F
from django.utils.translation import gettext_lazy as _

from accounts.mail.kinds import MailKind
from accounts.mail.outbox import post
from accounts.models import MailedCode, Principal
from accounts.outcomes import Failure, Outcome, Success
from portal.conf import conf
from portal.core import clock, ids
from portal.core.errors import TooMany
from portal.core.throttle import Window
from portal.core.tokens import keyed_digest, same

TRIES = 5
"""Tries that one attempt bears, right or wrong."""
MAILS = Window("mailed-code", allowed=10, seconds=3600)
"""Codes to one address for one purpose in an hour (simulator's own). Counted by purpose, so that a stranger who asks for codes of
one purpose takes none away from another."""


class CodeFailure(StrEnum):
    """Why a mailed code was refused."""

    WRONG = "wrong"
    EXPIRED = "expired"
    TOO_MANY_TRIES = "too_many_tries"

    @property
    def words(self) -> str:
        """The reason as people read it."""
        return str(_WORDS[self])


_WORDS = {
    CodeFailure.WRONG: _("The code is not right. Check the newest mail and type it again."),
    CodeFailure.EXPIRED: _("This code is no longer valid. Ask for a new one."),
    CodeFailure.TOO_MANY_TRIES: _("Too many wrong codes. Start again."),
}


def mailbox(recipient: str) -> str:
    """Return what mail throttles count for an address: its canonical form without a `+tag`, which reaches the same inbox (THR-06)."""
    local, at, domain = ids.email_key(recipient).rpartition("@")
    return f"{local.partition('+')[0]}{at}{domain}"


def _attempt_digest(attempt_id: str, purpose: str) -> str:
    return keyed_digest("mailed-code.attempt", purpose, attempt_id)


def _code_digest(attempt_digest: str, code: str) -> str:
    return keyed_digest("mailed-code", attempt_digest, code)


def issue(*, attempt_id: str, purpose: str, principal: Principal | None, recipient: str, language: str, kind: MailKind) -> None:
    """Make a code for this attempt and mail it; a code that this attempt had before is dead from now on.

    An empty `recipient` writes a decoy that costs the same and is never sent. Raises `TooMany` when the address has had its
    codes of this hour.
    """
    wait = MAILS.hit(purpose, mailbox(recipient) or attempt_id).wait
    if wait:
        raise TooMany(str(_("Too many codes were sent to this address. Try again in an hour.")), retry_after=wait)
    attempt = _attempt_digest(attempt_id, purpose)
    code = f"{secrets.randbelow(10**6):06}"
    now = clock.now()
    row = MailedCode(
        attempt_digest=attempt,
        purpose=purpose,
        principal=principal,
        code_digest=_code_digest(attempt, code),
        created_at=now,
        expires_at=now + conf.mailed_code_lifetime,
    )
    with transaction.atomic():
        MailedCode.objects.bulk_create(
            [row],
            update_conflicts=True,
            unique_fields=["attempt_digest"],
            update_fields=["code_digest", "created_at", "expires_at", "used_at"],
        )
        post(kind, recipient=recipient, language=language, context={"code": code}, worthless_after=row.expires_at)


def redeem(*, attempt_id: str, purpose: str, typed: str) -> Outcome:
    """Consume the attempt's code if `typed` is it. The try is counted, and stays counted, before anything is compared.

    Call it outside a transaction, so that the count outlives whatever happens afterwards.
    """
    attempt = _attempt_digest(attempt_id, purpose)
    now = clock.now()
    live = MailedCode.objects.filter(attempt_digest=attempt, used_at=None, expires_at__gt=now)
    if not live.filter(tries__lt=TRIES).update(tries=F("tries") + 1):
        spent = MailedCode.objects.filter(attempt_digest=attempt, tries__gte=TRIES).exists()
        return Failure(CodeFailure.TOO_MANY_TRIES if spent else CodeFailure.EXPIRED)
    given = _code_digest(attempt, typed)
    stored = live.values_list("code_digest", flat=True).first()
    if stored is None:
        return Failure(CodeFailure.EXPIRED)
    if not same(stored, given):
        return Failure(CodeFailure.WRONG)
    # The digest stands in the guard as well: a code that was replaced since it was read is dead.
    return Success() if live.filter(code_digest=stored).update(used_at=now) == 1 else Failure(CodeFailure.EXPIRED)
