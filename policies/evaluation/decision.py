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


class Layer(StrEnum):
    """The kinds of policies that have a say, in the order in which they are asked."""

    RCP = "resource control policy"
    SCP = "service control policy"
    RESOURCE = "resource-based policy"
    IDENTITY = "identity-based policy"
    BOUNDARY = "permissions boundary"
    SESSION = "session policy"


@dataclass(frozen=True, slots=True)
class Deciding:
    """A statement that decided: its layer, the name of its policy, its place in it from 0, and its Sid if it has one."""

    layer: Layer
    policy: str
    number: int
    sid: str = ""

    def __str__(self) -> str:
        return f"{self.layer} `{self.policy}`, statement {self.number + 1}{f' ({self.sid})' if self.sid else ''}"


@dataclass(frozen=True, slots=True)
class Decision:
    """The answer: its effect, why where no statement decided, which kind of policy denied, and the statements that decided."""

    effect: Effect
    why: tuple[str, ...] = ()
    denied_by: DeniedBy | None = None
    deciding: tuple[Deciding, ...] = ()

    @property
    def reasons(self) -> tuple[str, ...]:
        """The reasons in words."""
        verb = "allowed" if self.allowed else "denied"
        return self.why or tuple(f"{verb} by {statement}" for statement in self.deciding)

    @property
    def allowed(self) -> bool:
        """Whether the action may go on."""
        return self.effect is Effect.ALLOW


ALLOWED = Decision(Effect.ALLOW, ("no policy restricts this sign-in",))
