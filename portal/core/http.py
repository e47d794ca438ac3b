"""Cookies, redirect targets and JSON, each read and written in one way."""

import json
import re
from collections.abc import Callable
from functools import cache
from typing import Any, Literal, TypeVar
from urllib.parse import urlsplit

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.utils.translation import gettext as _

from portal.conf import conf
from portal.core.answers import set_up
from portal.core.cookies import make_cookie
from portal.core.errors import BadInput

YEAR = 365 * 24 * 3600
COOKIE_LIMIT = 1024
"""Characters of a cookie's value; a longer one is not read."""
Value = TypeVar("Value")
_AS_IT_IS = re.compile(r"(?:https?://[A-Za-z0-9.\[\]:-]+)?/(?!/)[A-Za-z0-9/%=:;$&()+,!?*@'~._-]*")
"""Addresses on this host or another of http, of characters that `iri_to_uri` leaves alone."""
_PLAIN_PATH = re.compile(r"/(?!/)[^\x00-\x20\x7f\\]*")


def once(request: HttpRequest, key: str, make: Callable[[], Value]) -> Value:
    """Return what `make` returns, made at most once in this request and kept on it under `key`."""
    kept = vars(request).setdefault("portal_kept", {})
    if key not in kept:
        kept[key] = make()
    value: Value = kept[key]
    return value


@cache
def address(url_name: str) -> str:
    """Return the path of a page without parameters; it never changes while the portal runs."""
    return reverse(url_name)


def cookie_name(name: str) -> str:
    """Return the cookie's name as sent: with the `__Host-` prefix where TLS is on."""
    return f"__Host-{name}" if conf.secure else name


def read_cookie(request: HttpRequest, name: str) -> str:
    """Return the value of one of the portal's cookies, or an empty text. Overlong values count as absent."""
    value = request.COOKIES.get(cookie_name(name), "")
    return value if len(value) <= COOKIE_LIMIT else ""


def write_cookie(
    response: HttpResponseBase, name: str, value: str, *, max_age: int | None = None, samesite: Literal["Lax", "Strict"] = "Lax"
) -> None:
    """Set one of the portal's cookies: HttpOnly, Path=/, no Domain, `Secure` where TLS is on. `max_age` in seconds; None ends with the browser."""
    sent = cookie_name(name)
    dict.__setitem__(response.cookies, sent, make_cookie(sent, value, max_age=max_age, secure=conf.secure, samesite=samesite))


def drop_cookie(response: HttpResponseBase, name: str) -> None:
    """Delete one of the portal's cookies."""
    write_cookie(response, name, "", max_age=0)


def is_local_path(target: str) -> bool:
    """Tell whether `target` is an absolute path on this very origin: the one checker of redirect targets.

    Refuses schemes, hosts, `//`, backslashes, control characters and anything a browser might read as another origin.
    """
    if len(target) > 2048 or not _PLAIN_PATH.fullmatch(target):
        return False
    try:
        parts = urlsplit(target)
    except ValueError:
        return False
    return not parts.scheme and not parts.netloc and not parts.path.startswith("//")


class SeeOther(HttpResponseRedirect):
    """303: the next request is a GET, whatever this one was (RFC 9700 §4.12 wants it after credentials).

    A target of characters that stand for themselves, as nearly all are, is sent as it is: what Django would look for is not in it.
    """

    status_code = 303

    def __init__(self, target: str) -> None:
        if not _AS_IT_IS.fullmatch(target):
            super().__init__(target)
            return
        set_up(self)
        self.headers._store["location"] = ("Location", target)  # noqa: SLF001  # it holds nothing that a header must not


def see_other(target: str) -> SeeOther:
    """Redirect to a path of this origin; anything else is a programming or input error and is refused."""
    if not is_local_path(target):
        raise BadInput(detail="redirect target refused")
    return SeeOther(target)


def no_store(response: HttpResponse) -> HttpResponse:
    """Mark a response as never to be stored by any cache."""
    response.headers["Cache-Control"] = "no-store"
    return response


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise BadInput(_("A name stands twice in one JSON object; send each name once."))
    return found


def _refuse_constant(text: str) -> Any:
    raise BadInput(_("`%(text)s` is not JSON; send a number.") % {"text": text})


def read_json(request: HttpRequest, *, limit: int = 65536) -> dict[str, Any]:
    """Return the request's JSON object; refuses other types, duplicate names, NaN, lone surrogates and bodies over `limit` bytes."""
    if request.content_type != "application/json":
        raise BadInput(_("Send the body as JSON, with the type `application/json`."))
    body = request.body
    if len(body) > limit:
        raise BadInput(_("The body is longer than %(limit)d bytes.") % {"limit": limit})
    try:
        text = body.decode("utf-8")
        value = json.loads(text or "{}", object_pairs_hook=_unique, parse_constant=_refuse_constant)
        json.dumps(value, ensure_ascii=False).encode("utf-8")
    except (UnicodeError, ValueError, RecursionError) as error:
        raise BadInput(_("The body is not well-formed JSON in UTF-8.")) from error
    if not isinstance(value, dict):
        raise BadInput(_("The body must be one JSON object."))
    return value
