"""Lists in pages, by key: `Marker`, `MaxItems`, `IsTruncated` (IAM API reference, "Making query requests")."""

import base64
import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import islice
from typing import Any, TypeVar

from portal.awsapi.errors import CallRefused, Fault
from portal.awsapi.registry import Call

DEFAULT_ITEMS = 100
MOST_ITEMS = 1000
Row = TypeVar("Row")


def limit_of(call: Call) -> int:
    """Return how many items a page has at most."""
    return int(call.parameters.get("MaxItems", DEFAULT_ITEMS))


def after(call: Call, listing: str) -> str:
    """Return the key that the page goes on after; empty for the first page. Refuses a marker of another list."""
    marker = call.parameters.get("Marker")
    if marker is None:
        return ""
    try:
        read = json.loads(base64.urlsafe_b64decode(marker.encode("ascii")))
        json.dumps(read, ensure_ascii=False).encode("utf-8")  # half a character (a lone surrogate) is no key
    except ValueError:
        read = None
    if isinstance(read, list) and len(read) == 2 and read[0] == listing and isinstance(read[1], str) and "\x00" not in read[1]:
        return str(read[1])
    raise CallRefused(Fault.INVALID, "Invalid Marker. Use the one that the call before answered with.")


def page(call: Call, listing: str, rows: Iterable[Row], key: Callable[[Row], str], *, most: int = MOST_ITEMS) -> tuple[list[Row], Mapping[str, Any]]:
    """Return one page of `rows`, which go on after the key, and what the answer says of the next one."""
    limit = min(limit_of(call), most)
    found = list(islice(rows, limit + 1))
    kept = found[:limit]
    if len(found) <= limit:
        return kept, {"IsTruncated": False}
    return kept, {"IsTruncated": True, "Marker": base64.urlsafe_b64encode(json.dumps([listing, key(kept[-1])]).encode()).decode()}


def page_of(
    call: Call, listing: str, whole: Sequence[Row], key: Callable[[Row], str], *, most: int = MOST_ITEMS
) -> tuple[list[Row], Mapping[str, Any]]:
    """Return one page of a list that a quota keeps short, in ascending order of `key`; `most` ends a page earlier than the caller asked."""
    start = after(call, listing)
    return page(call, listing, (row for row in whole if not start or key(row) > start), key, most=most)
