"""Every address of the portal, with something in each place of its path."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.urls import URLPattern, URLResolver, get_resolver

EXAMPLES = {
    "session:name": "111122223333-ab12cd34",
    "policy:key": "p-99999999",
    "uuid:event_id": "6f0c1f6e-3ad1-4e2a-9d0e-0a8f3d3a1b2c",
    "int:challenge_id": "999999999",
    "int:message_id": "999999999",
    "int:holder_id": "999999999",
    "int:case_id": "999999999",
    "slug:key": "abcdefghijklmnop",
    "int:who": "0",
    "int:place": "0",
    "str:token": "x" * 43,
}


@dataclass(frozen=True, slots=True)
class Address:
    """One address: how it is written in the URL configuration, a path that fits it, and its view."""

    pattern: str
    path: str
    view: Any


def addresses(*, admin: bool = False) -> list[Address]:
    """Return every address; those of the admin site, which Django writes, only with `admin`."""
    return [found for found in _walk(get_resolver().url_patterns, "") if admin or not found.pattern.startswith("admin/")]


def _walk(patterns: Any, prefix: str) -> Iterator[Address]:
    for item in patterns:
        route = prefix + str(item.pattern)
        if isinstance(item, URLResolver):
            yield from _walk(item.url_patterns, route)
        elif isinstance(item, URLPattern):
            path = route
            for name, example in EXAMPLES.items():
                path = path.replace(f"<{name}>", example)
            yield Address(route, "/" + path, item.callback)
