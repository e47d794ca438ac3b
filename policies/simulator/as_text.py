"""The outcome of a rehearsal in words for a terminal: an aligned table, then who is locked out, who loses what, and warnings. Pure."""

from collections.abc import Iterable, Iterator, Sequence

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
    locked_out = list(rehearsal.locked_out)
    yield _section("Locked out by this change", (who.label for who in locked_out))
    yield _section("Lose a network", (_lost(rehearsal, who, place) for who, place in rehearsal.losing))
    yield _section("Gain a network", (f"{who.label} from {_named(place)}" for who, place in rehearsal.gaining))
    yield _section("Warnings", (_warning(rehearsal, number) for number in range(len(rehearsal.warnings))))


def _section(title: str, items: Iterable[str]) -> list[str]:
    found = [f"  {item}" for item in items]
    return [f"{title}: {len(found) or 'none'}", *found]


def _lost(rehearsal: Rehearsal, who: Who, place: Place) -> str:
    cell = next(cell for cell in rehearsal.row(who, place) if not cell.after.allowed)
    return f"{who.label} from {_named(place)}: {cell.phase} is {'; '.join(_reasons(cell))}. Reads: {cell.sentence_after}"


def _reasons(cell: Cell) -> tuple[str, ...]:
    if cell.after.deciding:
        return cell.after.reasons
    return tuple(f"denied: {reason.rstrip('.')}" for reason in cell.after.reasons)


def _warning(rehearsal: Rehearsal, number: int) -> str:
    advice = rehearsal.warnings[number]
    statement = "" if advice.number is None else f", statement {advice.number + 1}"
    sid = f" ({advice.sid})" if advice.sid else ""
    return f"{advice.layer} `{advice.policy}`{statement}{sid}: {advice.sentence}"
