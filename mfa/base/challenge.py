"""What the challenge does with an answer, of whatever type: count it, check it, and note what came of it."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from django.db import transaction

from accounts.mail.kinds import MailKind
from accounts.models import Principal
from accounts.outcomes import Failure, Success
from accounts.signin.attempt import Attempt
from accounts.signin.password import wait_words
from mfa.base import events
from mfa.base.guessing import NOTICE_AT, RESYNC_AT, count_try, forgive
from mfa.base.stages import binding_of
from mfa.models import Authenticator
from portal.core.errors import TooMany
from portal.network.origin import Origin
from portal.trail.names import EventName


class ChallengeFailure(StrEnum):
    """Why an answer did not do, beside the reasons of its own type. SPENT: the sign-in has no try left and must be forgotten."""

    WRONG = "wrong"
    SPENT = "spent"


@dataclass(frozen=True, slots=True)
class Proof(Success):
    """A right answer: the serial number of the device that gave it, empty where it was none of the registered ones."""

    serial: str = ""


@dataclass(frozen=True, slots=True)
class Wrong(Failure):
    """A wrong answer; `repeated` when it is time to think of the device's clock."""

    repeated: bool = False


Check = Callable[[], Proof | Failure]


def proof_of(device: Authenticator | None) -> Proof | Failure:
    """Return the outcome of a check that gives the device that answered, or None."""
    return Failure(ChallengeFailure.WRONG) if device is None else Proof(device.serial)


def take(attempt: Attempt, principal: Principal, check: Check, *, origin: Origin, remembers_account: bool = False) -> Proof | Failure:
    """Take one answer to the challenge. Call it outside a transaction, so that the count and the event of a failure outlive it.

    `check` compares; it runs only when the try may be made. Raises `TooMany` while the identity or the address has to wait. A right
    answer proves the attempt's second factor; nothing else does. A wrong one is an event each, and from time to time a mail to the
    owner, because whoever comes here knows the password (security catalogue MFA-10).
    """
    binding = binding_of(attempt)
    counted = count_try(principal.pk, binding, origin.caller)
    if counted.spent:
        return Failure(ChallengeFailure.SPENT)
    if counted.wait:
        # Otherwise whoever does not wait would choose which tries the owner hears of.
        _tell_now_and_then(principal, counted.in_a_row, attempt.factor_type, origin)
        raise TooMany(wait_words(counted.wait), retry_after=counted.wait)
    outcome = check()
    if isinstance(outcome, Proof):
        forgive(principal.pk, binding, origin.caller)
        prove(attempt, serial=outcome.serial)
        return outcome
    events.challenge_failed(principal, origin=origin, remembers_account=remembers_account)
    _tell_now_and_then(principal, counted.in_a_row, attempt.factor_type, origin)
    return Failure(ChallengeFailure.SPENT) if counted.last else Wrong(outcome.reason, repeated=counted.in_a_row >= RESYNC_AT)


def prove(attempt: Attempt, *, serial: str) -> None:
    """Note that the second factor of this sign-in is proved, by a right answer or by a registration completed within it."""
    attempt.factor_proved = True
    attempt.factor_used = serial


def _tell_now_and_then(principal: Principal, in_a_row: int, answered_with: str, origin: Origin) -> None:
    if in_a_row not in NOTICE_AT:
        return
    with transaction.atomic():
        events.noted(
            EventName.MFA_FAILED_REPEATEDLY, principal, origin=origin, succeeded=False, inARow=str(in_a_row), mfaType=answered_with or "unknown"
        )
        events.tell(MailKind.FACTOR_FAILED, principal, origin=origin)
