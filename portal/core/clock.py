"""The only clock: real time plus an offset that a trainer moves.

The offset is shared by every process of the machine (decision record 003).
"""

from datetime import UTC, datetime, timedelta

from portal.conf import conf
from portal.core.mapped import MappedNumber

_offset = MappedNumber("clock-offset", "<d")


def offset() -> timedelta:
    """Return how far the simulated clock is ahead of real time; always zero unless training is on."""
    if not conf.training:
        return timedelta(0)
    return timedelta(seconds=_offset.read())


def now() -> datetime:
    """Return the simulated time, aware, in UTC."""
    moved = _offset.read() if conf.training else 0.0
    return datetime.now(UTC) + timedelta(seconds=moved) if moved else datetime.now(UTC)


def advance(by: timedelta) -> None:
    """Move the simulated clock by `by`, which may be negative, for every process of this machine."""
    moved = offset() + by
    datetime.now(UTC) + moved  # an offset that leaves the calendar raises OverflowError before it is stored
    _offset.write(moved.total_seconds())


def reset() -> None:
    """Put the simulated clock back to real time."""
    _offset.write(0.0)
