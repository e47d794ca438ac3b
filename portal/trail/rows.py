"""What a line of the list shows of an event, and the bars of the chart."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from portal.core import ids
from portal.trail.export import contents
from portal.trail.models import Event
from portal.trail.names import HIDDEN_USER_NAME
from portal.trail.query import CHART_LIMIT, Day

CHART_HEIGHT = 64
BAR_WIDTH = 16
BAR_STEP = 22


@dataclass(frozen=True, slots=True)
class Row:
    """An event as the list shows it.

    `who` is a user's name, or that of a role and its session. It is empty when it is unknown, and for root users without an alias.
    """

    event: Event
    who: str
    kind: str
    account: str
    error: str
    hidden: bool


def row(event: Event) -> Row:
    """Return the line of `event`."""
    record = contents(event)
    identity = record["userIdentity"]
    name = identity.get("userName", "")
    if identity["type"] == "AssumedRole":
        name = identity["arn"].partition("/")[2]
    return Row(
        event=event,
        who="" if name == HIDDEN_USER_NAME else name,
        kind=identity["type"],
        account=ids.dashed(event.account_id),
        error=record.get("errorMessage", ""),
        hidden=name == HIDDEN_USER_NAME,
    )


@dataclass(frozen=True, slots=True)
class Bar:
    """A day's bar in an SVG whose origin is at the top left; the part that failed stands at its foot."""

    day: date
    total: int
    failed: int
    x: int
    y: int
    height: int
    failed_y: int
    failed_height: int


@dataclass(frozen=True, slots=True)
class Chart:
    """Events per day: bars of one scale."""

    bars: Sequence[Bar]
    total: int
    failed: int
    width: int
    height: int = CHART_HEIGHT
    bar_width: int = BAR_WIDTH

    @property
    def capped(self) -> bool:
        """Whether there may be more events than were counted."""
        return self.total >= CHART_LIMIT


def chart(days: Sequence[Day]) -> Chart:
    """Return the chart of `days`; a day with any event has a bar that can be seen."""
    most = max((day.total for day in days), default=0) or 1

    def length(count: int) -> int:
        return max(2, round(CHART_HEIGHT * count / most)) if count else 0

    bars = [
        Bar(
            day=day.day,
            total=day.total,
            failed=day.failed,
            x=number * BAR_STEP,
            y=CHART_HEIGHT - length(day.total),
            height=length(day.total),
            failed_y=CHART_HEIGHT - length(day.failed),
            failed_height=length(day.failed),
        )
        for number, day in enumerate(days)
    ]
    return Chart(bars=bars, total=sum(day.total for day in days), failed=sum(day.failed for day in days), width=len(bars) * BAR_STEP)
