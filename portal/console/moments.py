"""Points in time as pages show them: cheap to render, and put into the reader's own zone and language by `session-times.js`."""

from datetime import UTC, datetime
from typing import NamedTuple


class Moment(NamedTuple):
    """A time for a `<time>` element: `iso` for machines, `text` (UTC, to the minute) for readers without JavaScript."""

    iso: str
    text: str


def moment(at: datetime) -> Moment:
    """Return `at` in both forms."""
    utc = at.astimezone(UTC)
    return Moment(iso=f"{utc:%Y-%m-%dT%H:%M:%SZ}", text=f"{utc:%Y-%m-%d %H:%M} UTC")
