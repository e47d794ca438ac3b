"""What is wrong with a typed document, in the reader's language, and the document with the lines that are wrong marked."""

from collections.abc import Iterable
from dataclasses import dataclass

from policies.language import Problem
from policies.sentences import problem_in_words

LONGEST_LINE = 400
"""Characters of a line that are shown."""


@dataclass(frozen=True, slots=True)
class Fault:
    """One problem with its place."""

    line: int
    column: int
    path: str
    sentence: str


@dataclass(frozen=True, slots=True)
class Line:
    """A line of the document."""

    number: int
    text: str
    wrong: bool


def faults_of(problems: Iterable[Problem]) -> tuple[Fault, ...]:
    """Return problems in the reader's language, in the order of the text."""
    return tuple(Fault(problem.place.line, problem.place.column, problem.place.path, problem_in_words(problem)) for problem in problems)


def marked(text: str, faults: Iterable[Fault]) -> tuple[Line, ...]:
    """Return the lines of a document, those with a problem marked."""
    wrong = {fault.line for fault in faults}
    return tuple(
        Line(number, line if len(line) <= LONGEST_LINE else f"{line[:LONGEST_LINE]}…", number in wrong)
        for number, line in enumerate(text.split("\n"), 1)
    )
