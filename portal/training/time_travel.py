"""Move the simulated clock, within bounds that keep every stored time readable."""

from datetime import timedelta

from django.utils.translation import gettext as _

from portal.core import clock
from portal.core.errors import BadInput

FURTHEST = timedelta(days=3650)
"""How far from real time the simulated clock may be moved, either way."""


def advance_clock(seconds: int) -> None:
    """Move the simulated clock by `seconds`, back when negative; `BadInput` where it would come further than `FURTHEST` from real time."""
    limit = int(FURTHEST.total_seconds())
    if abs(seconds) > 2 * limit or abs(clock.offset() + timedelta(seconds=seconds)) > FURTHEST:
        raise BadInput(_("The clock can be moved by at most %(days)d days from real time.") % {"days": FURTHEST.days})
    clock.advance(timedelta(seconds=seconds))
