"""A policy document as a value (IAM user guide, "IAM JSON policy element reference")."""

from dataclasses import dataclass, field
from enum import StrEnum


class PolicyType(StrEnum):
    """The types of policy, which differ in the elements they may have."""

    IDENTITY = "identity"
    RESOURCE = "resource"
    RCP = "rcp"
    SCP = "scp"
    TRUST = "trust"


class Effect(StrEnum):
    """What a statement that applies does."""

    ALLOW = "Allow"
    DENY = "Deny"


@dataclass(frozen=True, slots=True)
class Principals:
    """A Principal element: `everyone` is the bare `"*"`; otherwise names by type (AWS, Service, Federated, CanonicalUser)."""

    everyone: bool = False
    aws: tuple[str, ...] = ()
    service: tuple[str, ...] = ()
    federated: tuple[str, ...] = ()
    canonical: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Condition:
    """One operator on one key. Values are text: JSON numbers and booleans as they were written.

    `quantifier` is empty, `ForAllValues` or `ForAnyValue`; `base` the operator without quantifier and without `IfExists`.
    """

    base: str
    key: str
    values: tuple[str, ...]
    quantifier: str = ""
    if_exists: bool = False

    @property
    def operator(self) -> str:
        """The operator as it is written."""
        return f"{self.quantifier}{':' if self.quantifier else ''}{self.base}{'IfExists' if self.if_exists else ''}"


@dataclass(frozen=True, slots=True)
class Statement:
    """One statement. Of `principals` and `not_principals`, `actions` and `not_actions`, `resources` and `not_resources` one at most is there."""

    effect: Effect
    sid: str = ""
    principals: Principals | None = None
    not_principals: Principals | None = None
    actions: tuple[str, ...] = ()
    not_actions: tuple[str, ...] = ()
    resources: tuple[str, ...] = ()
    not_resources: tuple[str, ...] = ()
    conditions: tuple[Condition, ...] = ()


@dataclass(frozen=True, slots=True)
class Document:
    """A whole policy. Without `version` it is 2008-10-17, under which variables are plain text. `type` is that it was read as."""

    type: PolicyType
    statements: tuple[Statement, ...]
    version: str = ""
    id: str = ""
    text: str = field(default="", compare=False, repr=False)

    @property
    def has_variables(self) -> bool:
        """Whether `${...}` stands for a value here (IAM user guide, "Policy variables": only with version 2012-10-17)."""
        return self.version == "2012-10-17"
