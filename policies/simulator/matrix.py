"""Decide every cell of a rehearsal, before and after the change, and draw the conclusions. Pure: costs no query."""

from collections.abc import Iterator

from policies.enforcement.context import question_of
from policies.simulator.advice import Advice, advise, without_effect
from policies.simulator.changing import changed
from policies.simulator.rehearsal import Cell, Rehearsal
from policies.simulator.scenario import PHASES, Change, Place, Who
from policies.simulator.standing import Standing
from portal.core.actions import Subject


def rehearsed(standing: Standing, change: Change, whos: tuple[Who, ...], places: tuple[Place, ...], *, region: str = "") -> Rehearsal:
    """Return what a change does to the sign-ins of `whos` from `places`; raises ChangeInvalid."""
    after = changed(standing, change)
    cells: list[Cell] = []
    could: dict[Who, list[bool]] = {}
    can: dict[Who, list[bool]] = {}
    losing: list[tuple[Who, Place]] = []
    gaining: list[tuple[Who, Place]] = []
    for who in whos:
        for place in places:
            row = tuple(_row(standing, after, who, place, region))
            was = all(cell.before.allowed for cell in row)
            will_be = all(cell.after.allowed for cell in row)
            could.setdefault(who, []).append(was)
            can.setdefault(who, []).append(will_be)
            if was and not will_be:
                losing.append((who, place))
            if will_be and not was:
                gaining.append((who, place))
            cells += row
    return Rehearsal(
        account=standing.account,
        change=change,
        whos=whos,
        places=places,
        cells=tuple(cells),
        locked_out=tuple(who for who in whos if any(could.get(who, ())) and not any(can.get(who, ()))),
        losing=tuple(losing),
        gaining=tuple(gaining),
        warnings=tuple(_warnings(after, change)),
        known=standing.known,
        evaluated=(standing.guarded, after.guarded),
        region=region,
    )


def _row(standing: Standing, changed: Standing, who: Who, place: Place, region: str) -> Iterator[Cell]:
    reached = reached_before = True
    subject, origin = Subject(standing.account, who.arn, region), place.origin
    for phase in PHASES:
        asked = question_of(phase, subject, origin)
        before, after = standing.decide(asked), changed.decide(asked)
        yield Cell(who, place, phase, before, after, reached, reached_before, asked, standing, changed)
        reached, reached_before = reached and after.allowed, reached_before and before.allowed


def _warnings(after: Standing, change: Change) -> Iterator[Advice]:
    yield from without_effect(after, change)
    yield from advise(after)
