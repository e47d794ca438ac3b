"""The region that a session's console shows: chosen by `?region=`, kept in a small cookie of that session alone."""

from functools import cache

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils.html import format_html_join
from django.utils.safestring import SafeString

from accounts.models import SignInSession
from portal.core.http import drop_cookie, read_cookie, write_cookie
from portal.core.regions import REGIONS, known_region


def _cookie(name: str) -> str:
    return "region-" + name[-8:]


def region_of(request: HttpRequest, session: SignInSession) -> str:
    """Return the region that this request asks for, else the one chosen before, else the one signed in to."""
    return known_region(request.GET.get("region", "")) or known_region(read_cookie(request, _cookie(session.name))) or session.region


def keep_region(response: HttpResponseBase, request: HttpRequest, session: SignInSession) -> None:
    """Keep the region that this request asks for, if it does and the browser does not have it yet."""
    asked = known_region(request.GET.get("region", ""))
    if asked and asked != read_cookie(request, _cookie(session.name)):
        lifetime = session.expires_at - session.created_at
        write_cookie(response, _cookie(session.name), asked, max_age=int(lifetime.total_seconds()))


def forget_region(response: HttpResponseBase, name: str) -> None:
    """Drop the choice of the session called `name`."""
    drop_cookie(response, _cookie(name))


@cache
def region_menu(current: str) -> SafeString:
    """Return the links of the region menu with `current` marked; made once a region, because every page shows all 34."""
    return format_html_join(
        "",
        '<a href="?region={}"{}>{} <span class="mono muted">{}</span></a>',
        ((name, SafeString(' aria-current="true"') if name == current else "", title, name) for name, title in REGIONS),
    )
