"""The outcome of a rehearsal as a table of people and networks, each cell in signs and in words. Pure but for the words' language."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from policies.simulator.rehearsal import Cell, Rehearsal
from policies.simulator.scenario import PHASES, Phase, Place, Who


class Verdict(StrEnum):
    """What a change does to one principal at one network."""

    KEPT = "kept"
    LOST = "lost"
    GAINED = "gained"
    OUT = "out"


class Sign(StrEnum):
    """What a phase answers; one that is not reached is not asked."""

    ALLOWED = "allowed"
    DENIED = "denied"
    UNREACHED = "unreached"


WORDS: dict[Verdict, str | Promise] = {
    Verdict.KEPT: gettext_lazy("Signs in"),
    Verdict.LOST: gettext_lazy("No longer"),
    Verdict.GAINED: gettext_lazy("Now can"),
    Verdict.OUT: gettext_lazy("Stays out"),
}
MARKS = {Verdict.KEPT: "✓", Verdict.LOST: "✕", Verdict.GAINED: "＋", Verdict.OUT: "－"}
SIGNS = {Sign.ALLOWED: "✓", Sign.DENIED: "✕", Sign.UNREACHED: "·"}
LEGEND: tuple[tuple[Verdict, str, str | Promise, str | Promise], ...] = (
    (Verdict.KEPT, MARKS[Verdict.KEPT], WORDS[Verdict.KEPT], gettext_lazy("may sign in, before and after the change")),
    (Verdict.LOST, MARKS[Verdict.LOST], WORDS[Verdict.LOST], gettext_lazy("may sign in now, and not after the change")),
    (Verdict.GAINED, MARKS[Verdict.GAINED], WORDS[Verdict.GAINED], gettext_lazy("may not sign in now, and may after the change")),
    (Verdict.OUT, MARKS[Verdict.OUT], WORDS[Verdict.OUT], gettext_lazy("may not sign in, before and after the change")),
)


@dataclass(frozen=True, slots=True)
class Side:
    """The phases of one side, before or after, as signs and in words."""

    signs: tuple[tuple[Sign, str], ...]
    words: str

    @property
    def passes(self) -> bool:
        """Whether the sign-in goes through."""
        return all(sign is Sign.ALLOWED for sign, _mark in self.signs)


@dataclass(frozen=True, slots=True)
class Pair:
    """One cell of the table: a principal at a network; `column` counts the networks from 0."""

    column: int
    place: Place
    verdict: Verdict
    mark: str
    word: str | Promise
    before: Side
    after: Side


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the table; `number` counts the principals from 0."""

    number: int
    who: Who
    pairs: tuple[Pair, ...]


def rows_of(outcome: Rehearsal) -> list[Row]:
    """Return the table, a line for each principal in the order in which they were chosen."""
    cells, width = outcome.cells, len(PHASES)
    rows: list[Row] = []
    for number, who in enumerate(outcome.whos):
        start = number * len(outcome.places) * width
        pairs = [pair_of(column, cells[start + column * width : start + (column + 1) * width]) for column in range(len(outcome.places))]
        rows.append(Row(number, who, tuple(pairs)))
    return rows


def pair_of(column: int, cells: Sequence[Cell]) -> Pair:
    """Return what the cells of all phases, of one principal at one network, come to."""
    before = _side([(cell.phase, _sign(cell.before.allowed, cell.reached_before)) for cell in cells])
    after = _side([(cell.phase, _sign(cell.after.allowed, cell.reached)) for cell in cells])
    verdict = {(True, True): Verdict.KEPT, (True, False): Verdict.LOST, (False, True): Verdict.GAINED}.get((before.passes, after.passes), Verdict.OUT)
    return Pair(column, cells[0].place, verdict, MARKS[verdict], WORDS[verdict], before, after)


def _sign(allowed: bool, reached: bool) -> Sign:
    if not reached:
        return Sign.UNREACHED
    return Sign.ALLOWED if allowed else Sign.DENIED


def _side(signs: Sequence[tuple[Phase, Sign]]) -> Side:
    denied = next((phase for phase, sign in signs if sign is Sign.DENIED), None)
    words = _("allowed") if denied is None else _("denied at %(action)s") % {"action": denied}
    return Side(tuple((sign, SIGNS[sign]) for _phase, sign in signs), words)


@dataclass(frozen=True, slots=True)
class Affected:
    """Those whom the change concerns at the same networks."""

    whos: tuple[Who, ...]
    places: tuple[Place, ...]


def by_networks(pairs: Sequence[tuple[Who, Place]]) -> list[Affected]:
    """Return pairs of principal and network, with those together who have the same networks."""
    of_person: dict[Who, list[Place]] = {}
    for who, place in pairs:
        of_person.setdefault(who, []).append(place)
    found: dict[tuple[Place, ...], list[Who]] = {}
    for who, places in of_person.items():
        found.setdefault(tuple(places), []).append(who)
    return [Affected(tuple(whos), places) for places, whos in found.items()]
