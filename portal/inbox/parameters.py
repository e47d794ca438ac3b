"""Read the query of the inbox's addresses: each name at most once, of its type and length; anything else is `BadInput`."""

import math
from datetime import UTC, datetime

from django.http import HttpRequest
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _

from portal.core.errors import BadInput

MAX_TEXT = 254
MAX_ID = 2**63 - 1
MAX_WAIT_SECONDS = 30
MAX_LIMIT = 200


def only(request: HttpRequest, *known: str) -> None:
    """Refuse names that the address does not know, so that a misspelt filter never looks like an empty inbox."""
    for name in request.GET:
        if name not in known:
            raise BadInput(_("There is no parameter of that name; use %(known)s.") % {"known": ", ".join(f"`{each}`" for each in known)})


def text(request: HttpRequest, name: str) -> str:
    """Return a parameter's text without surrounding space, empty when it is not given."""
    given = request.GET.getlist(name)
    if len(given) > 1:
        raise BadInput(_("Send `%(name)s` once.") % {"name": name})
    value = given[0].strip() if given else ""
    if len(value) > MAX_TEXT or "\x00" in value or any("\ud800" <= character <= "\udfff" for character in value):
        raise BadInput(_("`%(name)s` must be text of at most %(most)d characters.") % {"name": name, "most": MAX_TEXT})
    return value


def number(request: HttpRequest, name: str, *, default: int | None, most: int) -> int | None:
    """Return a parameter as a whole number from 0 to `most`."""
    value = text(request, name)
    if not value:
        return default
    if not (value.isascii() and value.isdigit()) or len(value) > len(str(MAX_ID)) or int(value) > most:
        raise BadInput(_("`%(name)s` must be a whole number from 0 to %(most)d.") % {"name": name, "most": most})
    return int(value)


def seconds(request: HttpRequest, name: str) -> float:
    """Return a parameter as seconds from 0 to `MAX_WAIT_SECONDS`, fractions allowed; 0 when it is not given."""
    value = text(request, name)
    try:
        parsed = float(value or "0")
    except ValueError:
        parsed = math.nan
    if not 0 <= parsed <= MAX_WAIT_SECONDS:
        raise BadInput(_("`%(name)s` must be seconds from 0 to %(most)d.") % {"name": name, "most": MAX_WAIT_SECONDS})
    return parsed


def moment_or_id(request: HttpRequest, name: str) -> tuple[int | None, datetime | None]:
    """Return a parameter that is a mail's id or an ISO-8601 time (UTC where it names no zone): one of the two, or neither."""
    value = text(request, name)
    if not value:
        return None, None
    if value.isascii() and value.isdigit() and len(value) <= len(str(MAX_ID)) and int(value) <= MAX_ID:
        return int(value), None
    try:
        parsed = parse_datetime(value.replace(" ", "+"))  # an unescaped `+` of a zone arrives as a space
        if parsed is not None:
            return None, parsed.replace(tzinfo=UTC) if parsed.tzinfo is None else parsed.astimezone(UTC)
    except (ValueError, OverflowError):
        pass
    raise BadInput(_("`%(name)s` must be the id of a mail or a time such as `2026-01-31T09:30:00Z`.") % {"name": name})
