"""Values of conditions and of requests: one reader each, used to validate a document and to evaluate it.

A reader answers None for a text that is not such a value, and never raises.
"""

import base64
import binascii
import ipaddress
import re
from datetime import UTC, datetime
from decimal import Decimal
from functools import lru_cache

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Network = ipaddress.IPv4Network | ipaddress.IPv6Network

_NUMBER = re.compile(r"[+-]?[0-9]{1,40}(?:\.[0-9]{1,40})?")
_EPOCH = re.compile(r"[0-9]{1,15}(?:\.[0-9]{1,6})?")
_DATE = re.compile(
    r"(?P<year>[0-9]{4})(?:-(?P<month>[0-9]{2})(?:-(?P<day>[0-9]{2})"
    r"(?:T(?P<hour>[0-9]{2}):(?P<minute>[0-9]{2})(?::(?P<second>[0-9]{2})(?:\.(?P<fraction>[0-9]{1,9}))?)?(?P<zone>Z|[+-][0-9]{2}:[0-9]{2}))?)?)?"
)
_MILLISECONDS = 100_000_000_000
"""From here on an epoch counts milliseconds: as seconds it would be the year 5138."""
_BASE64 = re.compile(r"[A-Za-z0-9+/]*={0,2}")


@lru_cache(maxsize=4096)
def number(text: str) -> Decimal | None:
    """Read a number: digits with an optional sign and fraction; no exponent, no other base."""
    return Decimal(text) if _NUMBER.fullmatch(text) else None


@lru_cache(maxsize=4096)
def moment(text: str) -> datetime | None:
    """Read a date in one of W3C's forms of ISO 8601 (a date alone is midnight UTC), or an epoch in seconds or milliseconds."""
    found = _DATE.fullmatch(text)
    try:
        if found and not (text.isdecimal() and len(text) > 4):
            zone = found["zone"]
            offset = "+00:00" if zone in {None, "Z"} else zone
            fraction = (found["fraction"] or "0")[:6].ljust(6, "0")
            clock = f"{found['hour'] or '00'}:{found['minute'] or '00'}:{found['second'] or '00'}.{fraction}{offset}"
            return datetime.fromisoformat(f"{found['year']}-{found['month'] or '01'}-{found['day'] or '01'}T{clock}").astimezone(UTC)
        if _EPOCH.fullmatch(text):
            seconds = float(text)
            return datetime.fromtimestamp(seconds / 1000 if seconds >= _MILLISECONDS else seconds, UTC)
    except (ValueError, OverflowError, OSError):
        return None
    return None


def truth(text: str) -> bool | None:
    """Read true or false, in any case."""
    return {"true": True, "false": False}.get(text.lower())


@lru_cache(maxsize=4096)
def octets(text: str) -> bytes | None:
    """Read base64."""
    if not _BASE64.fullmatch(text) or len(text) % 4:
        return None
    try:
        return base64.b64decode(text, validate=True)
    except (ValueError, binascii.Error):
        return None


@lru_cache(maxsize=4096)
def address(text: str) -> Address | None:
    """Read an IP address; one of IPv4 that is mapped into IPv6 is the IPv4 one. Leading zeros are refused."""
    try:
        found = ipaddress.ip_address(text)
    except ValueError:
        return None
    if isinstance(found, ipaddress.IPv6Address):
        if found.scope_id:
            return None
        return found.ipv4_mapped or found
    return found


@lru_cache(maxsize=4096)
def network(text: str) -> Network | None:
    """Read a block in CIDR notation, or one address; bits of the host are ignored."""
    try:
        return ipaddress.ip_network(text, strict=False) if "%" not in text else None
    except ValueError:
        return None


def arn_parts(text: str) -> list[str] | None:
    """Return the six parts of an ARN, the last with all colons it has."""
    parts = text.split(":", 5)
    return parts if len(parts) == 6 and parts[0] == "arn" else None
