"""Decisions as values: what was asked, what the answer is, and why."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum


class Effect(StrEnum):
    """Effect of a decision."""

    ALLOW = "Allow"
    DENY = "Deny"


class DeniedBy(StrEnum):
    """Which kind of policy denied; each has its own text (guide, "Troubleshooting console access control")."""

    RESOURCE_POLICY = "resource-based policy"
    RESOURCE_CONTROL_POLICY = "resource control policy"
    OTHER = "other policy"


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked: an action of `principal_arn` on the sign-in of `account`, with condition keys; a key that is absent is missing."""

    action: str
    account: str
    principal_arn: str
    keys: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Decision:
    """The answer: its effect, the reasons in words, and which kind of policy denied."""

    effect: Effect
    reasons: tuple[str, ...] = ()
    denied_by: DeniedBy | None = None

    @property
    def allowed(self) -> bool:
        """Whether the action may go on."""
        return self.effect is Effect.ALLOW


ALLOWED = Decision(Effect.ALLOW, ("no policy restricts this sign-in",))
