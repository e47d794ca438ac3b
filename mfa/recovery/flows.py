"""Signing in without any second factor, by alternative ones: a link in a mail, then digits read by phone.

IAM user guide, "Recovering a root user MFA device"; there the page shows the digits and the phone's keys take them, here the call
reads them and the page takes them.

A recovery is one row, and each of its steps is one guarded UPDATE of it. The row belongs to one sign-in, one principal and one
credential epoch, none of which a request can name: a step cannot be skipped, repeated or carried over to another recovery
(security catalogue RST-08). The password was right before anything here is reached.
"""

import secrets
from datetime import datetime

from django.db import IntegrityError, transaction
from django.db.models import F, QuerySet

from accounts.credentials.mailed_codes import mailbox
from accounts.mail.kinds import MailKind
from accounts.models import Principal
from accounts.outcomes import Failure, Outcome, Success
from accounts.signin.attempt import Attempt
from accounts.signin.password import wait_words
from mfa.base import events, guessing
from mfa.base.challenge import prove
from mfa.base.stages import binding_of
from mfa.models import FactorRecovery
from mfa.recovery import telephone
from mfa.recovery.outcomes import RecoveryFailure, Step
from portal.conf import conf
from portal.core import clock
from portal.core.errors import TooMany
from portal.core.throttle import Window
from portal.core.tokens import digest, keyed_digest, new_token, same
from portal.network.origin import Origin, network_prefix
from portal.trail.names import EventName

TRIES = 5
"""Tries that one recovery bears, over all of its calls."""
CALLS = 3
"""Calls of one recovery."""
MAILS_AN_HOUR = Window("mfa-recovery-mail", allowed=5, seconds=3600)
CALLS_AN_HOUR = Window("mfa-recovery-call", allowed=6, seconds=3600)
"""Mails to one mailbox and calls to one number, over all recoveries; simulator's own, as are the two counts above."""


def may_recover(principal: Principal) -> bool:
    """Tell whether alternative factors are open to `principal`: to root users who have credentials, and to nobody else."""
    account = principal.account
    return principal.kind == Principal.Kind.ROOT and account is not None and account.has_root_credentials


def phone_of(principal: Principal) -> str:
    """Return the primary contact phone number of the account that `principal` is the root user of; empty where there is none."""
    return principal.account.contact_phone if principal.account else ""


def recovery_of(attempt: Attempt, principal: Principal) -> FactorRecovery | None:
    """Return the recovery that this sign-in has begun, whatever has become of it, or None."""
    return _of(attempt, principal).first()


def next_step(row: FactorRecovery | None) -> Step:
    """Return what comes next."""
    now = clock.now()
    if row is None:
        return Step.SEND_MAIL
    if row.used_at is not None or not row.created_at <= now < row.expires_at:
        return Step.OVER
    if row.email_verified_at is None:
        return Step.OPEN_LINK
    if row.phone_verified_at is not None:
        return Step.FINISH
    if row.tries >= TRIES:
        return Step.OVER
    if row.code_expires_at is not None and now < row.code_expires_at:
        return Step.DIGITS
    return Step.CALL if row.calls < CALLS else Step.OVER


def send_link(attempt: Attempt, principal: Principal, *, origin: Origin) -> Outcome:
    """Begin this sign-in's recovery, or send its link again; a link that was sent before is dead. Raises `TooMany` for a full mailbox."""
    if not may_recover(principal):
        return Failure(RecoveryFailure.OVER)
    wait = MAILS_AN_HOUR.hit(mailbox(principal.email)).wait
    if wait:
        raise TooMany(wait_words(wait), retry_after=wait)
    token = new_token()
    with transaction.atomic():
        expires_at = _put(attempt, principal, link_digest=digest(token))
        if expires_at is None:
            return Failure(RecoveryFailure.OVER)
        events.noted(EventName.MFA_RECOVERY_REQUESTED, principal, origin=origin)
        events.tell(
            MailKind.FACTOR_RECOVERY_LINK,
            principal,
            origin=origin,
            worthless_after=expires_at,
            link=f"{conf.base_url}/signin/mfa/recovery/link/{token}",
        )
    return Success()


def _put(attempt: Attempt, principal: Principal, *, link_digest: str) -> datetime | None:
    """Give this sign-in's recovery a new link, or begin it; return when it expires, None when it is past its link already."""
    if given := _renewed(attempt, principal, link_digest=link_digest):
        return given
    now = clock.now()
    try:
        with transaction.atomic():
            row = FactorRecovery.objects.create(
                principal=principal,
                credential_epoch=attempt.credential_epoch,
                attempt_digest=_attempt_digest(attempt),
                link_digest=link_digest,
                created_at=now,
                expires_at=now + conf.factor_recovery_lifetime,
            )
    except IntegrityError:  # there is one already: past its link, or begun at this very moment by the same form sent twice
        return _renewed(attempt, principal, link_digest=link_digest)
    return row.expires_at


def _renewed(attempt: Attempt, principal: Principal, *, link_digest: str) -> datetime | None:
    live = _live(attempt, principal)
    if not live.filter(email_verified_at=None).update(link_digest=link_digest):
        return None
    return live.values_list("expires_at", flat=True).get()


def recovery_by_link(token: str) -> FactorRecovery | None:
    """Return the recovery that a link opens, with its principal; None when the link is none, was used, has expired or came to nothing."""
    if not 1 <= len(token) <= 64:
        return None
    now = clock.now()
    row = (
        FactorRecovery.objects.select_related("principal__account")
        .filter(link_digest=digest(token), email_verified_at=None, used_at=None, created_at__lte=now, expires_at__gt=now)
        .first()
    )
    if row is None or not row.principal.is_active or row.credential_epoch != row.principal.credential_epoch or not may_recover(row.principal):
        return None
    return row


def verify_email(token: str, *, origin: Origin) -> FactorRecovery | None:
    """Take a link's word that its reader has the mailbox, once; return its recovery, or None when the link opens nothing (any more)."""
    row = recovery_by_link(token)
    if row is None:
        return None
    now = clock.now()
    unused = FactorRecovery.objects.filter(pk=row.pk, link_digest=row.link_digest, email_verified_at=None, used_at=None, expires_at__gt=now)
    with transaction.atomic():
        if unused.update(email_verified_at=now) != 1:
            return None
        events.noted(EventName.MFA_RECOVERY_EMAIL_VERIFIED, row.principal, origin=origin)
    return row


def belongs_to(row: FactorRecovery, attempt: Attempt) -> bool:
    """Tell whether `attempt` is the sign-in that began this recovery."""
    return same(row.attempt_digest, _attempt_digest(attempt))


def place_call(attempt: Attempt, principal: Principal, *, origin: Origin) -> Outcome:
    """Call the account's contact phone, where the digits are read; those of an earlier call are dead.

    Raises `TooMany` for a number that has been called too often.
    """
    step = next_step(recovery_of(attempt, principal))
    if step not in {Step.CALL, Step.DIGITS}:
        return _refused(EventName.MFA_RECOVERY_CALLED, principal, step, origin=origin)
    number = phone_of(principal)
    if not number:
        return Failure(RecoveryFailure.NO_PHONE)
    wait = CALLS_AN_HOUR.hit(number).wait
    if wait:
        raise TooMany(wait_words(wait), retry_after=wait)
    digits = f"{secrets.randbelow(10**6):06}"
    callable_now = _live(attempt, principal).filter(email_verified_at__isnull=False, phone_verified_at=None, tries__lt=TRIES, calls__lt=CALLS)
    with transaction.atomic():
        good_until = telephone.call(number, digits)
        written = callable_now.update(calls=F("calls") + 1, code_digest=_code_digest(attempt, digits), code_expires_at=good_until)
        if written != 1:
            transaction.set_rollback(True)
            return Failure(RecoveryFailure.TOO_MANY_CALLS)
        events.noted(EventName.MFA_RECOVERY_CALLED, principal, origin=origin)
    return Success()


def verify_digits(attempt: Attempt, principal: Principal, typed: str, *, origin: Origin) -> Outcome:
    """Compare six typed digits with those of the newest call. The try is counted, and stays counted, before anything is compared.

    Tries count towards the identity's tries of every second factor, too. Raises `TooMany` while the identity or the address has to wait.
    """
    row = recovery_of(attempt, principal)
    step = next_step(row)
    if row is not None and row.calls and step is Step.CALL:
        return Failure(RecoveryFailure.DIGITS_EXPIRED)
    if step is not Step.DIGITS:
        return _refused(EventName.MFA_RECOVERY_COMPLETED, principal, step, origin=origin)
    wait = max(guessing.OF_IDENTITY.climb(str(principal.pk)).wait, guessing.BY_ADDRESS.hit(network_prefix(origin.caller)).wait)
    if wait:
        raise TooMany(wait_words(wait), retry_after=wait)
    now = clock.now()
    called = _live(attempt, principal).filter(email_verified_at__isnull=False, phone_verified_at=None, code_expires_at__gt=now)
    if not called.filter(tries__lt=TRIES).update(tries=F("tries") + 1):
        return Failure(RecoveryFailure.OVER)
    given = _code_digest(attempt, typed)
    stored = called.values_list("code_digest", flat=True).first()
    if stored is None:
        return Failure(RecoveryFailure.DIGITS_EXPIRED)
    if not same(stored, given):
        events.noted(EventName.MFA_RECOVERY_COMPLETED, principal, origin=origin, succeeded=False, error="The digits were wrong")
        over = next_step(recovery_of(attempt, principal)) is Step.OVER
        return Failure(RecoveryFailure.OVER if over else RecoveryFailure.WRONG_DIGITS)
    # The digest stands in the guard as well: digits that a newer call replaced since they were read are dead.
    return Success() if called.filter(code_digest=stored).update(phone_verified_at=now) == 1 else Failure(RecoveryFailure.DIGITS_EXPIRED)


def complete(attempt: Attempt, principal: Principal, *, origin: Origin) -> Outcome:
    """Spend a recovery whose mailbox and phone were both proved: the sign-in goes on as if its second factor had been shown.

    No device answered, so events say that none was used, and the session names none.
    """
    now = clock.now()
    both_proved = _live(attempt, principal).filter(email_verified_at__isnull=False, phone_verified_at__isnull=False)
    with transaction.atomic():
        # The row lock keeps a password that is being changed at this moment from being overtaken.
        owner = Principal.objects.select_for_update().filter(pk=principal.pk, credential_epoch=attempt.credential_epoch, is_active=True).first()
        spent = owner is not None and may_recover(principal) and both_proved.update(used_at=now) == 1
        if spent:
            events.noted(EventName.MFA_RECOVERY_COMPLETED, principal, origin=origin)
            events.tell(MailKind.FACTOR_RECOVERED, principal, origin=origin)
    if not spent:
        return _refused(EventName.MFA_RECOVERY_COMPLETED, principal, next_step(recovery_of(attempt, principal)), origin=origin)
    guessing.forgive(principal.pk, binding_of(attempt), origin.caller)
    prove(attempt, serial="")
    return Success()


def _refused(name: EventName, principal: Principal, step: Step, *, origin: Origin) -> Failure:
    """Record a step that was taken before its turn or after its time."""
    reason = RecoveryFailure.OVER if step is Step.OVER else RecoveryFailure.OUT_OF_ORDER
    events.noted(name, principal, origin=origin, succeeded=False, error=f"Step refused; next is {step.value}")
    return Failure(reason)


def _of(attempt: Attempt, principal: Principal) -> QuerySet[FactorRecovery]:
    return FactorRecovery.objects.filter(attempt_digest=_attempt_digest(attempt), principal=principal, credential_epoch=attempt.credential_epoch)


def _live(attempt: Attempt, principal: Principal) -> QuerySet[FactorRecovery]:
    now = clock.now()
    return _of(attempt, principal).filter(used_at=None, created_at__lte=now, expires_at__gt=now)


def _attempt_digest(attempt: Attempt) -> str:
    return keyed_digest("mfa.recovery.sign-in", attempt.id)


def _code_digest(attempt: Attempt, digits: str) -> str:
    return keyed_digest("mfa.recovery.digits", attempt.id, digits)
