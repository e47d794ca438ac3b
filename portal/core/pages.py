"""Pages that are the same for everyone who asks alike: rendered once, then given out with a CSRF token of each one's own.

A sign-in page without errors depends on little: language, theme, address, and a few values that the view names. Rendering costs
ten times what the rest of the request does, so the finished text is kept, cut where the token stands (decision record 006).
"""

import re
import threading
from collections.abc import Callable
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.middleware.csrf import get_token
from django.template.loader import render_to_string
from django.utils.translation import get_language

from portal.conf import conf
from portal.core.http import read_cookie

MOST = 256
"""Pages kept in a process; visitors' addresses are part of the key, so their number is bounded by forgetting all at once."""

_TOKEN = re.compile(r'(?<=name="csrfmiddlewaretoken" value=")[A-Za-z0-9]{64}(?=")')
_lock = threading.Lock()
_kept: dict[tuple[object, ...], list[str]] = {}


def render_alike(request: HttpRequest, template: str, context: Callable[[], dict[str, Any]], *, distinct: tuple[str, ...]) -> HttpResponse:
    """Return the page of `template`, status 200. `context` is asked only when no page of this kind has been rendered yet.

    `distinct` names every value that the context depends on beside what all pages depend on (language, theme, host, address,
    path, settings). Nothing that belongs to one visitor may be in the context: no error, no typed value, no secret.
    """
    meta = request.META
    key = (
        template,
        get_language(),
        read_cookie(request, "theme") or request.COOKIES.get("theme", ""),
        meta.get("HTTP_HOST"),
        meta.get("REMOTE_ADDR"),
        meta.get("HTTP_X_FORWARDED_FOR"),
        request.get_full_path(),
        conf.brand,
        conf.training,
        distinct,
    )
    parts = _kept.get(key)
    if parts is None:
        parts = _TOKEN.split(render_to_string(template, context(), request))
        with _lock:
            if len(_kept) >= MOST:
                _kept.clear()
            _kept[key] = parts
    return HttpResponse(get_token(request).join(parts))
