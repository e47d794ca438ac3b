"""Language, theme, the page for people whom somebody deceived, and the addresses that machines read."""

from datetime import UTC, datetime, timedelta

import redis
from django.conf import settings
from django.core.cache import cache
from django.db import DatabaseError, connection
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.views.decorators.http import require_POST, require_safe

from portal.conf import conf
from portal.core.errors import BadInput
from portal.core.http import YEAR, drop_cookie, is_local_path, see_other, write_cookie
from portal.guardrails.context import THEMES


def _back(request: HttpRequest) -> HttpResponse:
    target = request.POST.get("next", "/")
    return see_other(target if is_local_path(target) else "/")


@require_POST
def set_language(request: HttpRequest) -> HttpResponse:
    """Remember the chosen language for a year and go back; refuses a language the portal does not speak."""
    language = request.POST.get("language", "")
    if language not in dict(settings.LANGUAGES):
        raise BadInput
    response = _back(request)
    response.set_cookie(settings.LANGUAGE_COOKIE_NAME, language, max_age=YEAR, secure=conf.secure, httponly=True, samesite="Lax")
    return response


@require_POST
def set_theme(request: HttpRequest) -> HttpResponse:
    """Remember light or dark for a year, or follow the system again, and go back."""
    theme = request.POST.get("theme", "")
    if theme not in THEMES:
        raise BadInput
    response = _back(request)
    if theme == "auto":
        drop_cookie(response, "theme")
    else:
        write_cookie(response, "theme", theme, max_age=YEAR)
    return response


@require_safe
def misuse(request: HttpRequest) -> HttpResponse:
    """Tell someone who met this portal where they did not expect it what it is, and what to do."""
    return render(request, "portal/misuse.html", {"contact": conf.security_contact, "contact_text": conf.security_contact.removeprefix("mailto:")})


@require_safe
def security_txt(_request: HttpRequest) -> HttpResponse:
    """Return the security contact (RFC 9116)."""
    # Readers compare Expires with the real date, whatever the simulated clock says.
    expires = (datetime.now(UTC) + timedelta(days=180)).replace(microsecond=0, hour=0, minute=0, second=0)
    lines = (
        f"Contact: {conf.security_contact}",
        f"Expires: {expires.isoformat().replace('+00:00', 'Z')}",
        "Preferred-Languages: en, ja",
        f"Canonical: {conf.base_url}/.well-known/security.txt",
        f"Policy: {conf.base_url}/misuse",
    )
    return HttpResponse("\n".join(lines) + "\n", content_type="text/plain; charset=utf-8")


@require_safe
def robots_txt(_request: HttpRequest) -> HttpResponse:
    """Ask every crawler to stay away."""
    return HttpResponse("User-agent: *\nDisallow: /\n", content_type="text/plain; charset=utf-8")


@require_safe
def live(_request: HttpRequest) -> JsonResponse:
    """Tell that the process answers."""
    return JsonResponse({"status": "live"})


def _database_answers() -> bool:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
            return bool(cursor.fetchone())
    except DatabaseError:
        return False


def _cache_answers() -> bool:
    try:
        cache.get("health")
    except redis.RedisError:
        return False
    return True


@require_safe
def ready(_request: HttpRequest) -> JsonResponse:
    """Tell whether the database and the cache answer: 200 when both do, else 503 naming the one that does not."""
    parts = {"database": _database_answers(), "cache": _cache_answers()}
    fine = all(parts.values())
    body = {"status": "ready" if fine else "unavailable"} | {name: "up" if up else "down" for name, up in parts.items()}
    response = JsonResponse(body, status=200 if fine else 503)
    if not fine:
        response.headers["Retry-After"] = "5"
    return response
