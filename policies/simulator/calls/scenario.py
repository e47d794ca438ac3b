"""What is simulated and what comes of it, as values."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from policies.evaluation.request import Caller
from policies.evaluation.statements import Policy

Keys = Mapping[str, str | Sequence[str]]


class Outcome(StrEnum):
    """What comes of a call; in the order of how restrictive it is, the least first (service model `iam`)."""

    ALLOWED = "allowed"
    IMPLICIT = "implicitDeny"
    EXPLICIT = "explicitDeny"


class Origin(StrEnum):
    """Where a policy is from, as answers say it: embedded in somebody, managed, or given with the call."""

    USER = "user"
    GROUP = "group"
    ROLE = "role"
    AWS_MANAGED = "aws-managed"
    USER_MANAGED = "user-managed"
    RESOURCE = "resource"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class Source:
    """A policy with its text and what answers call it. `arn` is of a managed policy; `holder` the name of whom it is embedded in."""

    id: str
    origin: Origin
    policy: Policy
    arn: str = ""
    holder: str = ""

    @property
    def text(self) -> str:
        """The document as it is written."""
        return self.policy.document.text


@dataclass(frozen=True, slots=True)
class Scenario:
    """Who calls, with which policies and keys. `boundary` is None where there is none, `owner` is of resources whose ARN names no account."""

    caller: Caller
    identity: tuple[Source, ...]
    keys: Keys = field(default_factory=dict)
    boundary: Source | None = None
    scps: tuple[tuple[Policy, ...], ...] = ()
    resource: Source | None = None
    owner: str = ""


@dataclass(frozen=True, slots=True)
class Place:
    """Line and column, both from 1."""

    line: int
    column: int


@dataclass(frozen=True, slots=True)
class Matched:
    """A statement that decided; it goes from its first character to the place after its last."""

    source: Source
    start: Place
    end: Place


@dataclass(frozen=True, slots=True)
class Result:
    """What comes of one action on one resource, or on several together.

    `organizations` and `boundary` tell whether those allow it; None where there are none. `details` are there across accounts only.
    """

    outcome: Outcome
    matched: tuple[Matched, ...]
    missing: tuple[str, ...]
    organizations: bool | None
    boundary: bool | None
    details: Mapping[str, Outcome] | None
