"""What only somebody may do who proved it again of late, and where the others are sent."""

from functools import wraps
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse

from accounts.reauthentication.recent import is_recent
from mfa.base.visit import Visit, VisitView
from portal.core.http import is_local_path, see_other


def needs_recent(view: VisitView) -> VisitView:
    """Let `view` run when the visitor proved who it is recently; others confirm it first and come back.

    Within a sign-in, which has just proved it, `view` runs always.
    """

    @wraps(view)
    def confirmed_first(request: HttpRequest, visit: Visit) -> HttpResponse:
        if visit.session is None or is_recent(visit.session):
            return view(request, visit)
        return see_other(confirm_address(visit.address, resume=_resume(request)))

    return confirmed_first


def confirm_address(address: str, *, resume: str) -> str:
    """Return where someone confirms who it is; `address` is where the rooms are mounted, `resume` the path to come back to."""
    return f"{address}confirm?{urlencode({'next': resume})}"


def place_of(address: str) -> str:
    """Return the place that the rooms at `address` belong to: the path above them, with a slash at its end."""
    return address.rstrip("/").rpartition("/")[0] + "/"


def is_within(target: str, place: str) -> bool:
    """Tell whether `target` is a local path below `place`, whatever it is written like: no step upward and nothing encoded."""
    path = target.partition("?")[0].partition("#")[0]
    return is_local_path(target) and path.startswith(place) and not any(detour in path for detour in ("..", "%", "//"))


def _resume(request: HttpRequest) -> str:
    """Return the page to come back to: what was typed is gone, the device that was chosen stays chosen."""
    if request.method != "POST":
        return request.get_full_path()
    device = request.POST.get("device", "")
    return f"{request.path}?device={device}" if device.isascii() and device.isdigit() and len(device) <= 18 else request.path
