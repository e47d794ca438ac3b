"""The condition operators (IAM user guide, "Condition operators"): what each compares, and which of them are negations."""

from dataclasses import dataclass
from enum import StrEnum


class Family(StrEnum):
    """What an operator compares, which decides what its values may be."""

    STRING = "string"
    PATTERN = "pattern"
    NUMERIC = "numeric"
    DATE = "date"
    BOOL = "bool"
    BINARY = "binary"
    IP = "ip"
    ARN = "arn"
    NULL = "null"


@dataclass(frozen=True, slots=True)
class Operator:
    """One operator without quantifier and without `IfExists`.

    `comparison` is `eq`, `lt`, `le`, `gt` or `ge`. A negated operator is true of a missing key.
    """

    name: str
    family: Family
    comparison: str = "eq"
    negated: bool = False
    ignores_case: bool = False

    @property
    def variables(self) -> bool:
        """Whether `${...}` may stand in its values (IAM user guide, "Where you can use policy variables")."""
        return self.family in {Family.STRING, Family.PATTERN, Family.ARN, Family.BOOL}


def _ordered(prefix: str, family: Family) -> tuple[Operator, ...]:
    return (
        Operator(f"{prefix}Equals", family),
        Operator(f"{prefix}NotEquals", family, negated=True),
        Operator(f"{prefix}LessThan", family, "lt"),
        Operator(f"{prefix}LessThanEquals", family, "le"),
        Operator(f"{prefix}GreaterThan", family, "gt"),
        Operator(f"{prefix}GreaterThanEquals", family, "ge"),
    )


OPERATORS: dict[str, Operator] = {
    operator.name: operator
    for operator in (
        Operator("StringEquals", Family.STRING),
        Operator("StringNotEquals", Family.STRING, negated=True),
        Operator("StringEqualsIgnoreCase", Family.STRING, ignores_case=True),
        Operator("StringNotEqualsIgnoreCase", Family.STRING, negated=True, ignores_case=True),
        Operator("StringLike", Family.PATTERN),
        Operator("StringNotLike", Family.PATTERN, negated=True),
        *_ordered("Numeric", Family.NUMERIC),
        *_ordered("Date", Family.DATE),
        Operator("Bool", Family.BOOL),
        Operator("BinaryEquals", Family.BINARY),
        Operator("IpAddress", Family.IP),
        Operator("NotIpAddress", Family.IP, negated=True),
        Operator("ArnEquals", Family.ARN),
        Operator("ArnLike", Family.ARN),
        Operator("ArnNotEquals", Family.ARN, negated=True),
        Operator("ArnNotLike", Family.ARN, negated=True),
        Operator("Null", Family.NULL),
    )
}
"""Every operator by its name."""

QUANTIFIERS = ("ForAllValues", "ForAnyValue")
IF_EXISTS = "IfExists"


@dataclass(frozen=True, slots=True)
class Spelling:
    """An operator as it is written: quantifier, name, and whether it ends in `IfExists`."""

    quantifier: str
    operator: Operator
    if_exists: bool


def spelled(text: str) -> Spelling | None:
    """Return what an operator's text stands for; None where there is no such operator. `Null` takes no `IfExists`."""
    quantifier, colon, rest = text.rpartition(":")
    if colon and quantifier not in QUANTIFIERS:
        return None
    if rest in OPERATORS:
        return Spelling(quantifier, OPERATORS[rest], if_exists=False)
    operator = OPERATORS.get(rest.removesuffix(IF_EXISTS)) if rest.endswith(IF_EXISTS) else None
    if operator is None or operator.family is Family.NULL:
        return None
    return Spelling(quantifier, operator, if_exists=True)
