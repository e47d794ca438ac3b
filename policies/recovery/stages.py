"""The stages of a recovery that are its own; the rest of the journey is the IAM user's."""

from django.http import HttpRequest

from accounts.signin.attempt import Attempt
from accounts.signin.stages import Stage
from policies.models import RecoveryCase
from policies.recovery.visits import live_case
from portal.core.http import once


def case_of(request: HttpRequest, attempt: Attempt) -> RecoveryCase | None:
    """Return the live case that a recovery's sign-in came by, if it is one of the very account that is signed in to."""
    found: RecoveryCase | None = once(request, f"recovery case {attempt.recovery}", lambda: live_case(attempt.recovery))
    return found if found is not None and attempt.account == found.account_id and attempt.subject_account in {"", found.account_id} else None


def assess(request: HttpRequest, attempt: Attempt) -> None:
    """Find out anew whether the sign-in may go on past the policies: forget a link that is dead."""
    if attempt.recovery and case_of(request, attempt) is None:
        attempt.recovery = ""


LIVE_CASE = Stage("live case", "recovery:over", lambda attempt: not attempt.recovery, assess)
"""Never passed by anything that the visitor does: its page ends the sign-in."""
IDENTIFY = Stage("user name", "recovery:sign_in", lambda attempt: not attempt.identified)
PASSWORD = Stage("password", "recovery:sign_in", lambda attempt: not attempt.password_proved)
