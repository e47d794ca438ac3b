"""Pieces of console pages that are drawn once a process, and then only filled in.

The home page belongs to every sign-in, and drawing its template costs more than everything else it does. So a piece is drawn
by the template engine once for each language and each combination of its switches, with a mark wherever something differs from
one request to the next; a request puts its escaped values between the parts.
"""

from collections.abc import Mapping
from functools import cache

from django.template.loader import render_to_string
from django.utils.safestring import SafeString
from django.utils.translation import override

from portal.core.pages import cut, fill, mark


@cache
def _parts(template: str, language: str, holes: tuple[str, ...], switches: tuple[tuple[str, bool], ...]) -> tuple[str, ...]:
    """Return the drawn piece, cut at its marks: text, name of a hole, text, and so on."""
    with override(language):
        return cut(render_to_string(template, {**{name: mark(name) for name in holes}, **dict(switches)}).strip())


def draw(template: str, language: str, values: Mapping[str, object], **switches: bool) -> SafeString:
    """Return the piece of `template` with `values` filled in, escaped unless they are safe; `switches` are what it asks by `if`."""
    parts = _parts(template, language, tuple(values), tuple(switches.items()))
    return SafeString(fill(parts, values))
