"""A pasted document that is not valid, with the lines that are wrong marked."""

from dataclasses import dataclass

from django.utils.translation import gettext as _

from policies.language import PolicyInvalid, PolicyType, Problem, read
from policies.models.documents import ORGANIZATION_POLICY_LIMIT
from policies.sentences import problem_in_words
from portal.rehearsal.draft import DOCUMENT_LIMIT, DocumentDraft

AROUND = 2
"""Lines that are shown before and after a marked one."""

LONGEST_LINE = 240
"""Characters of a line that are shown."""

MOST_PROBLEMS = 50
"""Problems of one document that are listed."""


@dataclass(frozen=True, slots=True)
class Fault:
    """One problem: where, as numbers and JSON path, and a whole sentence. Without a place it is about the document as a whole."""

    sentence: str
    line: int = 0
    column: int = 0
    path: str = ""


@dataclass(frozen=True, slots=True)
class Line:
    """A line of the document as it is shown; `gap` tells that lines before it are left out."""

    number: int
    text: str
    marked: bool
    gap: bool


@dataclass(frozen=True, slots=True)
class Faulty:
    """What is wrong with a document, and its lines around that. `more` counts the problems that are not listed."""

    faults: tuple[Fault, ...]
    lines: tuple[Line, ...] = ()
    more: int = 0


def faulty(document: DocumentDraft) -> Faulty | None:
    """Return what is wrong with a document's text; None where it can be used."""
    limit = ORGANIZATION_POLICY_LIMIT if document.kind in {PolicyType.RCP, PolicyType.SCP} else DOCUMENT_LIMIT
    if len(document.text) > limit:
        words = _("The document has %(length)d characters. Expected %(limit)d at most, white space included.")
        return Faulty((Fault(words % {"length": len(document.text), "limit": limit}),))
    try:
        read(document.text, PolicyType(document.kind))
    except PolicyInvalid as invalid:
        shown = invalid.problems[:MOST_PROBLEMS]
        faults = tuple(map(_fault, shown))
        return Faulty(faults, marked_lines(document.text, {fault.line for fault in faults}), len(invalid.problems) - len(shown))
    return None


def _fault(problem: Problem) -> Fault:
    return Fault(problem_in_words(problem), problem.place.line, problem.place.column, problem.place.path)


def marked_lines(text: str, wrong: set[int]) -> tuple[Line, ...]:
    """Return the lines with these numbers, marked, and those around them."""
    lines = text.split("\n")
    numbers = sorted({near for number in wrong for near in range(number - AROUND, number + AROUND + 1) if 1 <= near <= len(lines)})
    found: list[Line] = []
    before = 0
    for number in numbers:
        line = lines[number - 1]
        shown = line if len(line) <= LONGEST_LINE else line[:LONGEST_LINE] + "…"
        found.append(Line(number, shown, number in wrong, number != before + 1))
        before = number
    return tuple(found)
