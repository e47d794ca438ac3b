"""The outcome of a rehearsal in words for a terminal: an aligned table, then who is locked out, who loses what, and warnings. Pure."""

from collections.abc import Iterable, Iterator, Sequence

from policies.simulator.advice import Advice
from policies.simulator.rehearsal import Cell, Rehearsal
from policies.simulator.scenario import Place, Who

_HEAD = ("PRINCIPAL", "NETWORK", "NOW", "AFTER THE CHANGE", "")


def as_text(rehearsal: Rehearsal) -> str:
    """Return a rehearsal as lines of text."""
    sections = [_about(rehearsal), _table([_HEAD, *_rows(rehearsal)]), *_conclusions(rehearsal)]
    return "\n\n".join("\n".join(section) for section in sections)


def _about(rehearsal: Rehearsal) -> list[str]:
    now, after = ("on" if on else "off" for on in rehearsal.evaluated)
    lines = [f"Account {rehearsal.account}. Console authorization is {now} now, {after} after the change."]
    if not rehearsal.evaluated[1]:
        lines.append("While it is off no policy is evaluated.")
    return lines


def _rows(rehearsal: Rehearsal) -> Iterator[tuple[str, ...]]:
    for who in rehearsal.whos:
        for place in rehearsal.places:
            row = rehearsal.row(who, place)
            before = next((cell for cell in row if not cell.before.allowed), None)
            after = next((cell for cell in row if not cell.after.allowed), None)
            mark = "" if (before is None) == (after is None) else "loses" if before is None else "gains"
            yield who.label, _named(place), _words(before), _words(after), mark


def _words(denied: Cell | None) -> str:
    return "signs in" if denied is None else f"denied at {denied.phase.value.removeprefix('signin:')}"


def _named(place: Place) -> str:
    where = " ".join(part for part in (place.address, place.vpc, place.region) if part)
    return place.name if place.address in place.name else f"{place.name} ({where})"


def _table(rows: Sequence[tuple[str, ...]]) -> list[str]:
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    return ["  ".join(text.ljust(width) for text, width in zip(row, widths, strict=True)).rstrip() for row in rows]


def _conclusions(rehearsal: Rehearsal) -> Iterator[list[str]]:
    lost = [(who, place, _denied(rehearsal, who, place)) for who, place in rehearsal.losing]
    locked_out = [(who, place, cell) for who, place, cell in lost if who in rehearsal.locked_out]
    yield _section("Locked out by this change", len(rehearsal.locked_out), _grouped(locked_out))
    yield _section("Lose a network", len(lost), _grouped([each for each in lost if each[0] not in rehearsal.locked_out]))
    gained = [f"  {who.label} from {place.name}" for who, place in rehearsal.gaining]
    yield _section("Gain a network", len(gained), gained)
    warnings = [_warning(advice) for advice in dict.fromkeys(rehearsal.warnings)]
    yield _section("Warnings", len(warnings), warnings)


def _section(title: str, count: int, lines: Iterable[str]) -> list[str]:
    return [f"{title}: {count or 'none'}", *lines]


def _denied(rehearsal: Rehearsal, who: Who, place: Place) -> Cell:
    """Return the first phase that denies after the change."""
    return next(cell for cell in rehearsal.row(who, place) if not cell.after.allowed)


def _grouped(lost: Iterable[tuple[Who, Place, Cell]]) -> Iterator[str]:
    """Yield who loses which networks, under what denies it and what the person then reads."""
    groups: dict[tuple[str, ...], dict[str, list[str]]] = {}
    for who, place, cell in lost:
        groups.setdefault((cell.phase.value, *cell.after.reasons, cell.sentence_after), {}).setdefault(who.label, []).append(place.name)
    for (phase, *reasons, sentence), people in groups.items():
        yield f"  {phase}: {'; '.join(reasons)}"
        yield f"  They read: {sentence}"
        yield from (f"    {who} from {', '.join(names)}" for who, names in people.items())


def _warning(advice: Advice) -> str:
    statement = "" if advice.number is None else f", statement {advice.number + 1}"
    sid = f" ({advice.sid})" if advice.sid else ""
    return f"  {advice.layer} `{advice.policy}`{statement}{sid}: {advice.sentence}"
