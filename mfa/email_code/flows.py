"""What is done with the one-time password by mail."""

from accounts.credentials import mailed_codes
from accounts.mail.kinds import MailKind
from accounts.models import Principal
from accounts.outcomes import Failure
from accounts.signin.attempt import Attempt
from mfa.base.challenge import Proof

PURPOSE = "second_factor"
TYPE = "email"
"""What `Attempt.factor_type` says once a password has been mailed to this sign-in."""


def send(attempt: Attempt, principal: Principal, *, language: str) -> None:
    """Mail a one-time password for this sign-in; the one before is dead. Raises `TooMany` when the mailbox has had its share."""
    mailed_codes.issue(
        attempt_id=attempt.id,
        purpose=PURPOSE,
        principal=principal,
        recipient=principal.email,
        language=language,
        kind=MailKind.SIGN_IN_CODE,
    )
    attempt.factor_type = TYPE


def check(attempt: Attempt, typed: str) -> Proof | Failure:
    """Use up the one-time password of this sign-in if `typed` is it; a `CodeFailure` tells why not."""
    outcome = mailed_codes.redeem(attempt_id=attempt.id, purpose=PURPOSE, typed=typed)
    return outcome if isinstance(outcome, Failure) else Proof()
