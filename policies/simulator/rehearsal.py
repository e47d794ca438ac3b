"""The outcome of a rehearsal as values: a cell for each principal, network and phase, and what follows from them. Pure."""

from dataclasses import dataclass, field

from policies.enforcement.words import denial_words
from policies.evaluation.authorization import Explanation
from policies.evaluation.decision import Decision, Question
from policies.simulator.advice import Advice
from policies.simulator.scenario import Change, Phase, Place, Who
from policies.simulator.standing import Standing


@dataclass(frozen=True, slots=True)
class Cell:
    """What is decided on `who` from `place` in one phase, now and after the change.

    Each phase is decided for itself; `reached` (after the change) and `reached_before` tell whether all earlier phases allow, so that a
    sign-in gets there at all. `asked` is the question, with exactly the condition keys that the phase has.
    """

    who: Who
    place: Place
    phase: Phase
    before: Decision
    after: Decision
    reached: bool
    reached_before: bool
    asked: Question = field(repr=False)
    standing: Standing = field(repr=False, compare=False)
    changed: Standing = field(repr=False, compare=False)

    @property
    def explanation_before(self) -> Explanation:
        """Every statement's result as things stand; no layers where nothing is evaluated."""
        return self.standing.explain(self.asked)

    @property
    def explanation_after(self) -> Explanation:
        """Every statement's result after the change; no layers where nothing is evaluated."""
        return self.changed.explain(self.asked)

    @property
    def sentence_before(self) -> str:
        """What the person reads who is denied here as things stand; empty where the phase allows."""
        return "" if self.before.allowed else denial_words(self.phase, self.before)

    @property
    def sentence_after(self) -> str:
        """What the person reads who is denied here after the change; empty where the phase allows."""
        return "" if self.after.allowed else denial_words(self.phase, self.after)


@dataclass(frozen=True, slots=True)
class Rehearsal:
    """What a change does. Cells go by principal, then network, then phase.

    `locked_out` can sign in from one of the places at least now, and from none of them after the change. `losing` and `gaining` are who
    cannot any longer, and who newly can, sign in from a place. `known` is whether the account is there; of one that is not, only the change's
    documents count. `evaluated` tells whether console authorization is on, before and after: while it is off nothing is evaluated. `region` is
    the sign-in endpoint reached from places that name none; empty: the global one.
    """

    account: str
    change: Change
    whos: tuple[Who, ...]
    places: tuple[Place, ...]
    cells: tuple[Cell, ...]
    locked_out: tuple[Who, ...]
    losing: tuple[tuple[Who, Place], ...]
    gaining: tuple[tuple[Who, Place], ...]
    warnings: tuple[Advice, ...]
    known: bool
    evaluated: tuple[bool, bool]
    region: str = ""

    def row(self, who: Who, place: Place) -> tuple[Cell, ...]:
        """Return the cells of one principal from one place, in the order of the phases."""
        width = len(self.cells) // max(1, len(self.whos) * len(self.places))
        start = (self.whos.index(who) * len(self.places) + self.places.index(place)) * width
        return self.cells[start : start + width]


def explain_cell(cell: Cell) -> tuple[Explanation, Explanation]:
    """Return the full explanations of a cell, before and after the change."""
    return cell.explanation_before, cell.explanation_after
