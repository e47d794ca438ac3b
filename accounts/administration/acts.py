"""The operators' acts by name, as events and the admin site spell them."""

from dataclasses import dataclass
from enum import StrEnum

from accounts.models import Principal
from portal.network.origin import Origin


class Act(StrEnum):
    """What an operator did; the `action` of an `OperatorAction` event."""

    REQUIRE_NEW_PASSWORD = "RequireNewPassword"  # noqa: S105  # the name of an act
    DISABLE = "Disable"
    ENABLE = "Enable"
    END_SESSIONS = "EndSessions"
    SUSPEND_ACCOUNT = "SuspendAccount"
    REACTIVATE_ACCOUNT = "ReactivateAccount"
    FORGET_TRUSTED_DEVICE = "ForgetTrustedDevice"
    ADD = "Add"
    CHANGE = "Change"
    DELETE = "Delete"


@dataclass(frozen=True, slots=True)
class Actor:
    """The operator at work, and where from."""

    operator: Principal
    origin: Origin
