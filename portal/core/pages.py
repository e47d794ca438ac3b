"""Pages that are the same for everyone who asks alike: rendered once, and then only filled in.

A sign-in page without errors depends on little: language, theme, host, and a few values that the view names. Rendering costs
ten times what the rest of the request does, so the finished text is kept, cut where something differs from one request to the
next: the CSRF token, the page's own address, where the visitor appears to be, and what the view calls holes (decision record 006).
"""

import re
import threading
from collections.abc import Callable, Mapping
from functools import cache
from html import escape
from operator import add
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.middleware.csrf import CSRF_ALLOWED_CHARS, CSRF_SECRET_LENGTH
from django.template.loader import render_to_string
from django.utils.module_loading import import_string
from django.utils.safestring import SafeString

from portal.conf import conf
from portal.core.answers import Html
from portal.core.http import once, read_cookie
from portal.core.language import language_of
from portal.core.tokens import random_text

MOST = 256
"""Pages kept in a process; hosts that visitors name are part of the key, so their number is bounded by forgetting all at once."""

_LONGEST_HOST = 255
"""Characters of the Host header that a page shows; a key holds no more of it either."""

_MARK = re.compile("\ufdd0([a-z_]+)\ufdd1")
"""Two noncharacters of Unicode around a name: no text can hold them."""
_SPECIAL = re.compile("[&<>\"']")
_TOKEN = re.compile(r'(?<=name="csrfmiddlewaretoken" value=")[A-Za-z0-9]{64}(?=")')
_ALPHABET = CSRF_ALLOWED_CHARS
_PLACE = {character: place for place, character in enumerate(_ALPHABET)}
_SUM = {ours + theirs: _ALPHABET[(_PLACE[ours] + _PLACE[theirs]) % len(_ALPHABET)] for ours in _ALPHABET for theirs in _ALPHABET}
"""The character that stands for two in a masked token: their places added."""
_DIFFERENCE = {masked + theirs: ours for (ours, theirs), masked in ((tuple(pair), character) for pair, character in _SUM.items())}
"""The character that a mask's character hides in a masked one: what undoes `_SUM`."""

_lock = threading.Lock()
_kept: dict[tuple[object, ...], tuple[str, ...]] = {}


def mark(name: str) -> SafeString:
    """Return what stands in a rendered text where the value of `name` is to be put in."""
    return SafeString(f"\ufdd0{name}\ufdd1")


def cut(text: str) -> tuple[str, ...]:
    """Cut a rendered text at its marks: text, name, text, and so on."""
    return tuple(_MARK.split(text))


def fill(parts: tuple[str, ...], values: Mapping[str, object]) -> str:
    """Put values between the parts, escaped unless they are safe."""
    return "".join([_escaped(values[part]) if number % 2 else part for number, part in enumerate(parts)])


def _escaped(value: object) -> str:
    """Return what `conditional_escape` would, at a tenth of its cost: nothing lazy comes here, and few values hold what must be escaped."""
    if isinstance(value, SafeString):
        return value
    text = str(value)
    return escape(text) if _SPECIAL.search(text) else text


def page_token(request: HttpRequest) -> str:
    """Return the CSRF token of this page, masked once however many forms the page has.

    It is Django's own token (`django.middleware.csrf.get_token`), made with one read of the system's generator: Django makes a
    secret and a mask with one read a character, which was half of what a kept page costs.
    """
    return once(request, "csrf token", lambda: _masked(_csrf_secret(request)))


def _csrf_secret(request: HttpRequest) -> str:
    secret: str | None = request.META.get("CSRF_COOKIE")
    if secret is None:
        secret = random_text(_ALPHABET, CSRF_SECRET_LENGTH)
        request.META.update({"CSRF_COOKIE": secret, "CSRF_COOKIE_NEEDS_UPDATE": True})
    return secret


def _masked(secret: str) -> str:
    mask = random_text(_ALPHABET, CSRF_SECRET_LENGTH)
    return mask + "".join(map(_SUM.__getitem__, map(add, secret, mask)))


@cache
def _of_every_page() -> Callable[[HttpRequest], Mapping[str, object]]:
    """Return what tells the holes that every page has: the shell's, which this floor cannot name."""
    found: Callable[[HttpRequest], Mapping[str, object]] = import_string(settings.PAGE_HOLES)
    return found


def render_alike(
    request: HttpRequest,
    template: str,
    context: Callable[[], dict[str, Any]],
    *,
    distinct: tuple[str, ...],
    holes: Mapping[str, object] | None = None,
) -> HttpResponse:
    """Return the page of `template`, status 200. `context` is asked only when no page of this kind has been rendered yet.

    `distinct` names every value that the context depends on beside what all pages depend on (language, theme, host, settings).
    What belongs to one visitor or one request comes through `holes`, by the name that the template uses and escaped unless it is
    safe, never through the context: no error, no typed value, no secret. Every page has the holes of the setting `PAGE_HOLES` too.
    """
    holes = {**_of_every_page()(request), **(holes or {})}
    key = (
        template,
        language_of(request),
        read_cookie(request, "theme"),
        request.META.get("HTTP_HOST", "")[:_LONGEST_HOST],
        conf.brand,
        conf.training,
        distinct,
    )
    parts = _kept.get(key)
    if parts is None:
        marks = {name: mark(name) for name in (*holes, "here")}
        # With the token given, a first rendering sets no cookie that later ones do not: all answers are alike.
        rendered = render_to_string(template, {**context(), **marks, "csrf_token": page_token(request)}, request)
        parts = cut(_TOKEN.sub(mark("csrf_token"), rendered))
        with _lock:
            if len(_kept) >= MOST:
                _kept.clear()
            _kept[key] = parts
    return Html(fill(parts, {**holes, "here": request.get_full_path(), "csrf_token": page_token(request)}))


def unmasked(token: str) -> str:
    """Return the secret in a page's token; an empty text when it is no such token."""
    if len(token) != 2 * CSRF_SECRET_LENGTH:
        return ""
    try:
        return "".join(map(_DIFFERENCE.__getitem__, map(add, token[CSRF_SECRET_LENGTH:], token)))
    except KeyError:
        return ""
