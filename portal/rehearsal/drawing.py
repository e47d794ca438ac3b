"""The matrix as HTML. There may be two thousand cells and only a handful of kinds of them, so each kind is drawn once by its template."""

from collections.abc import Iterable
from dataclasses import dataclass

from django.template.loader import render_to_string
from django.utils.html import format_html
from django.utils.safestring import SafeString

from portal.rehearsal.matrix import Pair, Row, Side, Verdict


@dataclass(frozen=True, slots=True)
class DrawnRow:
    """A line of the table: what heads it, and its cells as HTML."""

    label: str
    cells: SafeString


def drawn(rows: Iterable[Row], address: str) -> list[DrawnRow]:
    """Return the lines of the table; `address` is that of the rehearsal, below which each cell has its page."""
    kinds: dict[tuple[Verdict, Side, Side], SafeString] = {}
    found: list[DrawnRow] = []
    for row in rows:
        cells = [_cell(row.number, pair, _inside(pair, kinds), address) for pair in row.pairs]
        found.append(DrawnRow(row.who.label, SafeString("".join(cells))))
    return found


def _inside(pair: Pair, kinds: dict[tuple[Verdict, Side, Side], SafeString]) -> SafeString:
    kind = (pair.verdict, pair.before, pair.after)
    if kind not in kinds:
        kinds[kind] = SafeString(render_to_string("portal/rehearsal/pair.html", {"pair": pair}).strip())
    return kinds[kind]


def _cell(number: int, pair: Pair, inside: SafeString, address: str) -> SafeString:
    markup = '<td class="cell cell--{}" data-testid="cell-{}-{}"><a href="{}/{}/{}">{}</a></td>'
    return format_html(markup, pair.verdict.value, number, pair.column, address, number, pair.column, inside)
