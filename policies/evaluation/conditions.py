"""Condition operators as functions (IAM user guide, "Condition operators", "Multivalued context keys").

Each condition is compiled once. What a value in the document says about one value of the request is a `Test`; the rest, the same
for all operators, is here: missing keys, quantifiers, negation, values that cannot be read.
"""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple

from policies.evaluation.comparisons import Comparison, compare
from policies.evaluation.request import Keys
from policies.language.document import Condition
from policies.language.operators import OPERATORS, Family, Operator

Holds = Callable[[Keys], bool]


class Remark(StrEnum):
    """Why a condition came out as it did where comparing values does not tell."""

    COMPARED = "compared"
    MISSING = "missing"
    MISSING_NEGATED = "missing_negated"
    MISSING_IF_EXISTS = "missing_if_exists"
    MISSING_FOR_ALL = "missing_for_all"
    SEVERAL_VALUES = "several_values"
    UNREADABLE = "unreadable"
    UNKNOWN_OPERATOR = "unknown_operator"


class ConditionResult(NamedTuple):
    """One condition, explained: what was wanted, what was found (None: the key is missing), whether it holds, and why."""

    operator: str
    key: str
    wanted: tuple[str, ...]
    found: tuple[str, ...] | None
    holds: bool
    remark: Remark


@dataclass(frozen=True, slots=True)
class CompiledCondition:
    """A condition that can be asked: `holds` answers fast, `explain` says why."""

    condition: Condition
    key: str
    operator: str
    holds: Holds
    remark: Callable[[Keys], Remark]

    def explain(self, keys: Keys) -> ConditionResult:
        """Return the condition's result with everything it was made from."""
        value = keys.get(self.key)
        found = None if value is None else (value,) if isinstance(value, str) else value
        return ConditionResult(self.operator, self.condition.key, self.condition.values, found, self.holds(keys), self.remark(keys))


def compiled(condition: Condition, *, variables: bool) -> CompiledCondition:
    """Compile a condition; one whose operator is not known holds never."""
    operator = OPERATORS.get(condition.base)
    key = condition.key.lower()
    if operator is None:
        return CompiledCondition(condition, key, condition.operator, lambda _keys: False, lambda _keys: Remark.UNKNOWN_OPERATOR)
    if operator.family is Family.NULL:
        return CompiledCondition(condition, key, condition.operator, _null(key, condition.values), lambda _keys: Remark.COMPARED)
    comparison = compare(operator, condition.values, variables=variables)
    missing = condition.if_exists or condition.quantifier == "ForAllValues" or (operator.negated and not condition.quantifier)
    holds = _quantified(condition, key, operator, comparison) if condition.quantifier else _single(key, operator, comparison, missing)
    return CompiledCondition(condition, key, condition.operator, holds, _remark(condition, key, operator, comparison))


def _null(key: str, wanted: tuple[str, ...]) -> Holds:
    """`Null` is about the key alone: an empty text counts as absent, and so does an empty list."""
    answers = frozenset(text.lower() for text in wanted)

    def holds(keys: Keys) -> bool:
        value = keys.get(key)
        absent = not value or value == ("",)
        return ("true" if absent else "false") in answers

    return holds


def _one(operator: Operator, comparison: Comparison) -> Callable[[str, Keys], bool]:
    matches, readable = comparison.matches, comparison.readable
    if not operator.negated:
        return matches
    if readable is None:
        return lambda value, keys: not matches(value, keys)
    return lambda value, keys: readable(value) and not matches(value, keys)


def _single(key: str, operator: Operator, comparison: Comparison, missing: bool) -> Holds:  # a compiled constant
    one = _one(operator, comparison)

    def holds(keys: Keys) -> bool:
        value = keys.get(key)
        if value is None:
            return missing
        if isinstance(value, str):
            return one(value, keys)
        if not value:
            return missing
        # Several values need a quantifier; without one nothing is said about them, not even by a negation.
        return len(value) == 1 and one(value[0], keys)

    return holds


def _quantified(condition: Condition, key: str, operator: Operator, comparison: Comparison) -> Holds:
    one = _one(operator, comparison)
    for_all = condition.quantifier == "ForAllValues"
    missing = for_all or condition.if_exists

    def holds(keys: Keys) -> bool:
        value = keys.get(key)
        if not value or value == ("",):
            # A key that resolves to nothing is like one that is not there.
            return missing if value is None else for_all
        given = (value,) if isinstance(value, str) else value
        return all(one(item, keys) for item in given) if for_all else any(one(item, keys) for item in given)

    return holds


def _remark(condition: Condition, key: str, operator: Operator, comparison: Comparison) -> Callable[[Keys], Remark]:
    readable = comparison.readable

    def remark(keys: Keys) -> Remark:
        value = keys.get(key)
        if isinstance(value, str):
            return Remark.COMPARED if readable is None or readable(value) else Remark.UNREADABLE
        if not value:
            if condition.if_exists:
                return Remark.MISSING_IF_EXISTS
            if condition.quantifier == "ForAllValues":
                return Remark.MISSING_FOR_ALL
            return Remark.MISSING_NEGATED if operator.negated and not condition.quantifier else Remark.MISSING
        if len(value) > 1 and not condition.quantifier:
            return Remark.SEVERAL_VALUES
        return Remark.COMPARED if readable is None or all(map(readable, value)) else Remark.UNREADABLE

    return remark
