"""The beginning of a sign-in."""

from typing import Any

from django.http import HttpRequest

from accounts.signin.attempt import Attempt, JourneyName
from portal.core import regions
from portal.core.http import is_local_path

PREFILL_KEY = "training.prefill"
"""Session key under which the training room leaves what a form is to be filled with, once."""


def begin(request: HttpRequest, journey: JourneyName) -> Attempt:
    """Return a new attempt; whatever this browser had begun before is forgotten."""
    region = regions.known_region(request.GET.get("region", ""))
    target = request.GET.get("next", "")
    return Attempt(journey=journey, region=region, regional=bool(region), destination=target if is_local_path(target) else "")


def prefill(request: HttpRequest, *names: str) -> dict[str, Any]:
    """Return what the training room left for these fields; each value is given once."""
    stored: dict[str, str] | None = request.session.get(PREFILL_KEY)
    if not stored:
        return {}
    found = {name: stored.pop(name) for name in names if name in stored}
    if found:
        request.session[PREFILL_KEY] = stored
    return found
