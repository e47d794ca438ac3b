"""What can be wrong with a policy document: each problem has a rule, a place, and a sentence that says what was expected."""

from dataclasses import dataclass
from enum import StrEnum


class Rule(StrEnum):
    """The rule that a document breaks."""

    NOT_JSON = "not_json"
    TOO_LONG = "too_long"
    TOO_DEEP = "too_deep"
    DUPLICATE_KEY = "duplicate_key"
    WRONG_TYPE = "wrong_type"
    EMPTY = "empty"
    UNKNOWN_ELEMENT = "unknown_element"
    MISSING_ELEMENT = "missing_element"
    CONFLICTING_ELEMENTS = "conflicting_elements"
    NOT_ALLOWED_HERE = "not_allowed_here"
    INVALID_VALUE = "invalid_value"
    UNKNOWN_OPERATOR = "unknown_operator"
    DUPLICATE_SID = "duplicate_sid"


@dataclass(frozen=True, slots=True, order=True)
class Place:
    """Where in a document: line and column count from 1, `path` is a JSON path such as `$.Statement[0].Action`."""

    line: int
    column: int
    path: str

    def __str__(self) -> str:
        return f"line {self.line}, column {self.column} ({self.path})"


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong, with the place and what was expected.

    `sentence` is English with named places (`%(name)s`) for `values`, so that a shell can translate it; `str()` fills it in.
    """

    rule: Rule
    place: Place
    sentence: str
    values: tuple[tuple[str, str], ...] = ()

    @property
    def text(self) -> str:
        """The sentence, filled in."""
        return self.sentence % dict(self.values) if self.values else self.sentence

    def __str__(self) -> str:
        return f"{self.place}: {self.text}"


class PolicyInvalid(Exception):
    """A document that cannot be used; `problems` are all that were found, in the order of the text."""

    def __init__(self, problems: tuple[Problem, ...]) -> None:
        super().__init__("; ".join(map(str, problems)))
        self.problems = problems
