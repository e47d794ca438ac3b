"""Checking a password: one throttle, one hash, one event, whoever was named."""

from dataclasses import dataclass
from enum import StrEnum

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.captcha.reasons import Reason
from accounts.captcha.rules import reason_due
from accounts.credentials.hashing import verify
from accounts.models import Principal
from accounts.signin.attempt import Attempt
from accounts.signin.guessing import Guesser, count_failure, count_guess, forgive, take_back
from accounts.trail import identity_of_failed
from portal.conf import conf
from portal.core.errors import TooMany
from portal.network.origin import Origin
from portal.trail.identity import Identity
from portal.trail.names import ErrorMessage
from portal.trail.record import console_login


class PasswordOutcome(StrEnum):
    """What came of a password."""

    RIGHT = "right"
    WRONG = "wrong"
    CHECK_DUE = "check_due"


@dataclass(frozen=True, slots=True)
class Claim:
    """Who someone claims to be: the counter's key (canonical), the principal or None, and the identity that a failure is recorded under."""

    key: str
    principal: Principal | None
    unknown: Identity
    unknown_error: str = ""
    remembers_account: bool = False


def wrong_words() -> str:
    """Return the one sentence for every wrong, unknown, disabled or denied sign-in (guide's pre-authentication text)."""
    return _("Your authentication information is incorrect. Please try again.")


def wait_words(seconds: int) -> str:
    """Return the sentence for someone who has to wait before the next try."""
    if seconds < 60:
        text = ngettext("Too many attempts. Wait %(n)d second and try again.", "Too many attempts. Wait %(n)d seconds and try again.", seconds)
        return text % {"n": seconds}
    minutes = -(-seconds // 60)
    text = ngettext("Too many attempts. Wait %(n)d minute and try again.", "Too many attempts. Wait %(n)d minutes and try again.", minutes)
    return text % {"n": minutes}


def check_password(attempt: Attempt, claim: Claim, password: str, *, origin: Origin, note: dict[str, object] | None = None) -> PasswordOutcome:
    """Check a password against a claim. Costs the same round trips, one hash and, when wrong, one event, for every kind of claim.

    Raises TooMany while the identity or the address has to wait. Sets the attempt's security check when it has become due; then
    the password is not looked at until the check is passed. A check that failures made due serves one password.
    """
    guesser = Guesser(claim.key, origin.caller, attempt.browser_known)

    def due_after(identity_failures: int, address_failures: int) -> Reason | None:
        return reason_due(
            known_browser=attempt.browser_known, identity_failures=identity_failures, address_failures=address_failures, new_browser_rule=False
        )

    def unchecked(due: Reason | None) -> bool:
        return due is not None and not (attempt.check_passed and attempt.check_reason == due)

    guess = count_guess(guesser, held_back=lambda by_identity, by_address: unchecked(due_after(by_identity, by_address)))
    if guess.wait:
        raise TooMany(wait_words(guess.wait), retry_after=guess.wait)
    due = due_after(guess.identity_failures, guess.address_failures)
    if due is not None and unchecked(due):
        attempt.check_passed = False
        attempt.check_reason = due
        return PasswordOutcome.CHECK_DUE
    principal = claim.principal
    try:
        right = verify(password, principal.answerable if principal else None)
    except TooMany:
        take_back(guesser)
        raise
    if right and principal is not None:
        forgive(guesser)
        attempt.password_proved = True
        attempt.credential_epoch = principal.credential_epoch
        return PasswordOutcome.RIGHT
    if due:
        attempt.check_passed = False
    count_failure(guesser)
    console_login(
        identity_of_failed(principal) if principal else claim.unknown,
        origin=origin,
        succeeded=False,
        error=ErrorMessage.FAILED_AUTHENTICATION if principal else (claim.unknown_error or ErrorMessage.FAILED_AUTHENTICATION),
        login_to=f"{conf.base_url}/console/",
        remembers_account=claim.remembers_account,
        note=note,
        principal_key=principal.unique_id if principal else "",
    )
    return PasswordOutcome.WRONG
