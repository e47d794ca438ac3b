"""The journeys: who signs in by which stages, in order. Read a table from top to bottom; that is the sign-in.

Stages are named by dotted path, so that this room imports none of theirs. The policy question `signin:Authenticate` is asked by
the middleware where a stage's view declares it: for the root user before the password page is shown, for others when
credentials are sent (guide, "How AWS Sign-In evaluates resource-based policies").
"""

from functools import cache

from django.utils.module_loading import import_string

from accounts.signin.attempt import JourneyName
from accounts.signin.stages import Stage

JOURNEYS: dict[JourneyName, tuple[str, ...]] = {
    "root": (
        "accounts.signin.root.stages.IDENTIFY",
        "accounts.signin.security_check.SECURITY_CHECK",
        "accounts.signin.root.stages.PASSWORD",
        "accounts.signin.root.stages.VERIFICATION_CODE",
        # The second factor's place: after everything that the first factor proves, before the session opens.
    ),
    "iam_user": (
        "accounts.signin.iam_user.stages.IDENTIFY",
        "accounts.signin.security_check.SECURITY_CHECK",
        "accounts.signin.iam_user.stages.PASSWORD",
        # The second factor's place: before a forced change, so that only both factors may set a new password.
        "accounts.signin.iam_user.stages.NEW_PASSWORD",
    ),
    "operator": (
        "accounts.signin.operator.stages.IDENTIFY",
        "accounts.signin.security_check.SECURITY_CHECK",
        "accounts.signin.operator.stages.PASSWORD",
        # The second factor's place.
    ),
}


@cache
def stages(journey: JourneyName) -> tuple[Stage, ...]:
    """Return the stages of a journey."""
    return tuple(import_string(path) for path in JOURNEYS[journey])
