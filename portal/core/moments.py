"""Points in time as pages show them: cheap to render, and put into the reader's own zone and language by `session-times.js`."""

from datetime import UTC, datetime
from typing import NamedTuple


class Moment(NamedTuple):
    """A time for a `<time>` element: `iso` for machines, `text` (UTC, to the minute) for readers without JavaScript."""

    iso: str
    text: str


def moment(at: datetime) -> Moment:
    """Return `at` in both forms."""
    utc = at.astimezone(UTC).isoformat(timespec="seconds")
    return Moment(iso=f"{utc[:19]}Z", text=f"{utc[:10]} {utc[11:16]} UTC")
