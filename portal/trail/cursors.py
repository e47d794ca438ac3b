"""Where in the log an answer begins and ends: cursors, event IDs and times, as an address gives them."""

import re
import uuid
from dataclasses import dataclass
from datetime import UTC, datetime, time

from django.http import QueryDict
from django.utils.dateparse import parse_date, parse_datetime
from django.utils.translation import gettext as _

from portal.core.errors import BadInput
from portal.trail.models import Event

_CURSOR = re.compile(r"[0-9]{1,18}", re.ASCII)


def moment(text: str) -> datetime:
    """Return the time that ISO 8601 text names; without an offset it is UTC, a date alone is its midnight. Raises ValueError."""
    try:
        found = parse_datetime(text)
        if found is None and (day := parse_date(text)) is not None:
            found = datetime.combine(day, time.min)
        if found is None:
            raise ValueError("neither a date nor a time")
        found = (found.replace(tzinfo=UTC) if found.tzinfo is None else found).astimezone(UTC)
    except OverflowError as error:
        raise ValueError("outside of the calendar") from error
    if not 1970 <= found.year <= 9000:
        raise ValueError("outside of the log's calendar")
    return found


@dataclass(frozen=True, slots=True)
class Cursors:
    """Keys between which the answer lies, both exclusive, and a time before which it does not reach."""

    before: int | None = None
    after: int | None = None
    since: datetime | None = None


def read_cursors(given: QueryDict) -> Cursors:
    """Return the cursors of an address. `before` and `after` are a cursor that an answer gave or an event ID; `after` may be a time.

    Raises `BadInput` for anything else, for a parameter given twice and for the ID of no event.
    """
    since = _time(_once(given, "after"))
    return Cursors(before=_key(given, "before"), after=None if since else _key(given, "after"), since=since)


def _once(given: QueryDict, name: str) -> str:
    values = given.getlist(name)
    if len(values) > 1:
        raise BadInput(_("`%(name)s`: give this only once.") % {"name": name})
    return values[0] if values else ""


def _time(text: str) -> datetime | None:
    if not text or _CURSOR.fullmatch(text):
        return None
    try:
        return moment(text[:64])
    except ValueError:
        return None


def _key(given: QueryDict, name: str) -> int | None:
    text = _once(given, name)
    if not text:
        return None
    if _CURSOR.fullmatch(text):
        return int(text)
    try:
        event_id = uuid.UUID(text[:64])
    except ValueError:
        if name == "after":
            raise BadInput(_("`%(name)s`: this must be a cursor, an event ID or a time.") % {"name": name}) from None
        raise BadInput(_("`%(name)s`: this must be a cursor or an event ID.") % {"name": name}) from None
    key = Event.objects.filter(event_id=event_id).values_list("id", flat=True).first()
    if key is None:
        raise BadInput(_("`%(name)s`: there is no event of this ID.") % {"name": name})
    return key
