"""Pages of authenticator apps, for whoever the visit belongs to: registering one, and putting one in step with the clock again."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_http_methods

from accounts.outcomes import Failure
from accounts.signin.password import wait_words
from mfa.base.authenticators import DeviceFailure, devices_of, room_for
from mfa.base.guessing import OF_SIGN_IN, count_try, forgive
from mfa.base.rules import rule_of
from mfa.base.visit import Visit
from mfa.models import Authenticator
from mfa.totp import flows, qr
from mfa.totp.codes import grouped
from mfa.totp.flows import TotpFailure
from mfa.totp.forms import RegisterAppForm, TwoCodesForm
from portal.core.http import see_other
from portal.network.origin import origin_of


@require_http_methods(["GET", "HEAD", "POST"])
def register_app(request: HttpRequest, visit: Visit) -> HttpResponse:
    """Show a new secret, as QR code and in letters, and register the app that shows its codes."""
    rule = rule_of(visit.principal)
    if visit.session is not None and not rule.self_service:
        return see_other(f"{visit.home}?done=not_yours")
    if request.method != "POST":
        return _register_page(request, visit, RegisterAppForm(codes=rule.codes_to_register))
    form = RegisterAppForm(request.POST, codes=rule.codes_to_register)
    if not form.is_valid():
        return _register_page(request, visit, form)
    outcome = flows.register(
        visit.principal, visit.binding, codes=form.codes(), name=form.cleaned_data["name"], origin=origin_of(request), session=visit.session
    )
    if not isinstance(outcome, Failure):
        return visit.registered(request, outcome)
    if outcome.reason == DeviceFailure.NAME_TAKEN:
        form.add_error("name", DeviceFailure.NAME_TAKEN.words)
        return _register_page(request, visit, form)
    return _register_page(request, visit, form, error=_words(outcome))


def _words(failure: Failure) -> str:
    reason = failure.reason
    return reason.words if isinstance(reason, TotpFailure | DeviceFailure) else ""


def _register_page(request: HttpRequest, visit: Visit, form: RegisterAppForm, *, error: str = "") -> HttpResponse:
    """Show the registration that this browser has begun, or a new one; none where there is no room for another app."""
    status = 400 if error or form.errors else 200
    context = {**visit.frame, "visit": visit, "form": form, "error": error, "two_codes": "code2" in form.fields}
    if not room_for(visit.principal, Authenticator.Type.TOTP):
        context |= {"error": DeviceFailure.FULL.words, "full": True}
        return render(request, "mfa/totp/register.html", context, status=status)
    _app, address, secret = flows.begun(visit.principal, visit.binding) or flows.begin(visit.principal, visit.binding)
    context |= {"picture": qr.image(address), "secret": secret, "secret_in_groups": grouped(secret), "label": flows.label_of(visit.principal)}
    return render(request, "mfa/totp/register.html", context, status=status)


@require_http_methods(["GET", "HEAD", "POST"])
def resynchronise(request: HttpRequest, visit: Visit) -> HttpResponse:
    """Ask for two consecutive codes of an app whose clock is off, and keep how far it is off."""
    if not any(device.type == Authenticator.Type.TOTP for device in devices_of(visit.principal.pk)):
        return see_other(visit.home)
    form = TwoCodesForm(request.POST if request.method == "POST" else None)
    if request.method != "POST" or not form.is_valid():
        return _resynchronise_page(request, visit, form)
    origin = origin_of(request)
    tried = count_try(visit.principal.pk, visit.binding, origin.caller)
    if wait := OF_SIGN_IN.seconds if tried.spent else tried.wait:
        response = _resynchronise_page(request, visit, form, error=wait_words(wait), status=429)
        response.headers["Retry-After"] = str(wait)
        return response
    first, second = form.codes()
    if flows.resynchronise(visit.principal, first, second, origin=origin, session=visit.session) is None:
        return _resynchronise_page(request, visit, form, error=flows.why_not_resynchronised(visit.principal, first, second).words, status=400)
    forgive(visit.principal.pk, visit.binding, origin.caller)
    return see_other(f"{visit.home}?done=resynchronised")


def _resynchronise_page(request: HttpRequest, visit: Visit, form: TwoCodesForm, *, error: str = "", status: int = 0) -> HttpResponse:
    context = {**visit.frame, "visit": visit, "form": form, "error": error}
    return render(request, "mfa/totp/resynchronise.html", context, status=status or (400 if form.errors else 200))
