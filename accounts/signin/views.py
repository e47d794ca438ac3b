"""Pages before any journey: choose how to sign in, and find out which kind of user one is."""

from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from portal.core import regions
from portal.core.http import is_local_path
from portal.core.pages import render_alike


def carried_query(request: HttpRequest) -> str:
    """Return the part of the query that a sign-in carries along (region, destination), with its question mark, or nothing."""
    kept = {}
    if regions.known_region(request.GET.get("region", "")):
        kept["region"] = request.GET["region"]
    if is_local_path(request.GET.get("next", "")):
        kept["next"] = request.GET["next"]
    return f"?{urlencode(kept)}" if kept else ""


@require_safe
def choose(request: HttpRequest) -> HttpResponse:
    """Show the choice between root user and IAM user."""
    return choose_page(request)


def choose_page(request: HttpRequest, *, notice: str = "") -> HttpResponse:
    """Return the page of the choice, with a sentence above it that tells why the visitor is here again."""
    carried = carried_query(request)
    return render_alike(request, "accounts/signin/choose.html", lambda: {"carried": carried, "notice": notice}, distinct=(carried, notice))


@require_safe
def which_user(request: HttpRequest) -> HttpResponse:
    """Explain the kinds of user (guide, "Determine your user type")."""
    return render(request, "accounts/signin/which_user.html", {})
