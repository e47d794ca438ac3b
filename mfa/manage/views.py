"""Choosing a kind to register, renaming, deleting, and forgetting trusted devices: for whoever the visit belongs to."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from accounts.outcomes import Failure
from mfa.base import events
from mfa.base.authenticators import DeviceFailure, Removed, remove
from mfa.base.authenticators import rename as rename_device
from mfa.base.rules import rule_of
from mfa.base.visit import Visit
from mfa.manage.chosen import chosen_device, key_of
from mfa.manage.device_list import listed, listed_devices
from mfa.manage.forms import RenameForm
from mfa.models import Authenticator
from mfa.trust.flows import forget
from portal.core.errors import NotFound
from portal.core.http import see_other
from portal.network.origin import origin_of
from portal.trail.names import EventName


def _to_list(visit: Visit, done: str) -> HttpResponse:
    return see_other(f"{visit.home}?done={done}")


def _gone() -> NotFound:
    return NotFound(_("This identity has no such MFA device. It may have been deleted already."))


@require_safe
def register(request: HttpRequest, visit: Visit) -> HttpResponse:
    """Let the visitor choose which kind of device to register."""
    devices = listed_devices(visit.principal)
    if not devices.self_service:
        return _to_list(visit, "not_yours")
    return render(request, "mfa/manage/register.html", {**visit.frame, "visit": visit, "devices": devices})


@require_http_methods(["GET", "HEAD", "POST"])
def rename(request: HttpRequest, visit: Visit) -> HttpResponse:
    """Ask for the new name of the device that was chosen, and give it."""
    if request.method != "POST":
        device = chosen_device(request.GET, visit, event=EventName.MFA_DEVICE_RENAMED, origin=origin_of(request))
        if device is None:
            return _to_list(visit, "choose")
        return _rename_page(request, visit, device, RenameForm(initial={"name": device.name}))
    device = chosen_device(request.POST, visit, event=EventName.MFA_DEVICE_RENAMED, origin=origin_of(request))
    if device is None:
        return _to_list(visit, "choose")
    form = RenameForm(request.POST)
    if not form.is_valid():
        return _rename_page(request, visit, device, form)
    outcome = rename_device(visit.principal, device.pk, name=form.cleaned_data["name"], origin=origin_of(request), session=visit.session)
    if not isinstance(outcome, Failure):
        return _to_list(visit, "renamed")
    if outcome.reason == DeviceFailure.GONE:
        raise _gone()
    return _rename_page(request, visit, device, form, error=DeviceFailure(outcome.reason).words)


def _rename_page(request: HttpRequest, visit: Visit, device: Authenticator, form: RenameForm, *, error: str = "") -> HttpResponse:
    context = {**visit.frame, "visit": visit, "device": device, "form": form, "error": error}
    return render(request, "mfa/manage/rename.html", context, status=400 if error or form.errors else 200)


@require_http_methods(["GET", "HEAD", "POST"])
def delete(request: HttpRequest, visit: Visit) -> HttpResponse:
    """Ask whether the device that was chosen is to go, and let it go: the other sessions end, this one gets a new secret."""
    given = request.POST if request.method == "POST" else request.GET
    device = chosen_device(given, visit, event=EventName.DEACTIVATE_MFA_DEVICE, origin=origin_of(request))
    if device is None:
        return _to_list(visit, "choose")
    if request.method != "POST":
        return _delete_page(request, visit, device)
    outcome = remove(visit.principal, device.pk, origin=origin_of(request), session=visit.session)
    if isinstance(outcome, Removed):
        response = _to_list(visit, "deleted")
        visit.keep(response, outcome.secret)
        return response
    if outcome.reason == DeviceFailure.GONE:
        raise _gone()
    return _delete_page(request, visit, device, error=DeviceFailure(outcome.reason).words)


def _delete_page(request: HttpRequest, visit: Visit, device: Authenticator, *, error: str = "") -> HttpResponse:
    devices = listed_devices(visit.principal)
    is_last = len(devices.rows) == 1
    why_not = None
    if not devices.self_service:
        why_not = DeviceFailure.NOT_YOURS_TO_CHANGE
    elif is_last and devices.must_keep_one:
        why_not = DeviceFailure.LAST_ONE
    context = {
        **visit.frame,
        "visit": visit,
        "device": listed([device])[0],
        "is_last": is_last,
        "may_go": why_not is None,
        "may_trust": rule_of(visit.principal).may_trust,
        "error": error or (why_not.words if why_not else ""),
    }
    return render(request, "mfa/manage/delete.html", context, status=400 if error else 200)


@require_http_methods(["GET", "HEAD", "POST"])
def forget_trusted(request: HttpRequest, visit: Visit) -> HttpResponse:
    """Forget the trusted device that was chosen, or all of them with `device=all`."""
    if request.method != "POST":
        return see_other(visit.home)
    if request.POST.get("device") == "all":
        forget(visit.principal, origin=origin_of(request))
        return _to_list(visit, "all_forgotten")
    key = key_of(request.POST)
    if key is None:
        return _to_list(visit, "choose")
    if not forget(visit.principal, origin=origin_of(request), device_id=key):
        event, error = EventName.TRUSTED_DEVICE_FORGOTTEN, "No such trusted device of this identity"
        events.noted(event, visit.principal, origin=origin_of(request), succeeded=False, error=error)
        raise NotFound(_("This identity trusts no such device. It may have been forgotten already."))
    return _to_list(visit, "forgotten")
