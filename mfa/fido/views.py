"""The page where a passkey is registered, for whoever the visit belongs to."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_http_methods

from accounts.models import Principal
from accounts.outcomes import Failure
from mfa.base.authenticators import DeviceFailure, name_is_free, room_for
from mfa.base.rules import rule_of
from mfa.base.visit import Visit
from mfa.fido import flows
from mfa.fido.flows import PasskeyFailure
from mfa.fido.forms import RegisterPasskeyForm
from mfa.models import Authenticator
from portal.core.http import see_other
from portal.network.origin import origin_of

_MOST_NAMES = 20
"""Names that are tried as a suggestion."""


@require_http_methods(["GET", "HEAD", "POST"])
def register_passkey(request: HttpRequest, visit: Visit) -> HttpResponse:
    """Ask for a name, let the browser make a passkey, and register it.

    A name that will not do is told before the passkey is looked at: it is kept in the page and goes with the next name.
    """
    if visit.session is not None and not rule_of(visit.principal).self_service:
        return see_other(f"{visit.home}?done=not_yours")
    if not room_for(visit.principal, Authenticator.Type.FIDO):
        context = {**visit.frame, "visit": visit, "full": True, "error": DeviceFailure.FULL.words}
        return render(request, "mfa/fido/register.html", context, status=400 if request.method == "POST" else 200)
    if request.method != "POST":
        return _page(request, visit, RegisterPasskeyForm(initial={"name": suggested_name(visit.principal)}))
    form = RegisterPasskeyForm(request.POST)
    if form.is_valid() and not name_is_free(visit.principal, form.cleaned_data["name"]):
        form.add_error("name", DeviceFailure.NAME_TAKEN.words)
    if not form.is_valid():
        return _page(request, visit, form, made="" if "credential" in form.errors else request.POST["credential"])
    outcome = flows.register(
        visit.principal,
        visit.binding,
        form.cleaned_data["credential"],
        name=form.cleaned_data["name"],
        origin=origin_of(request),
        session=visit.session,
    )
    if not isinstance(outcome, Failure):
        return visit.registered(request, outcome)
    return _page(request, visit, form, error=_words(outcome))


def suggested_name(principal: Principal) -> str:
    """Return a name for a new passkey that no device has yet, or nothing where many have been used up."""
    names = ("passkey", *(f"passkey-{number}" for number in range(2, _MOST_NAMES)))
    return next((name for name in names if name_is_free(principal, name)), "")


def _words(failure: Failure) -> str:
    reason = failure.reason
    return reason.words if isinstance(reason, PasskeyFailure | DeviceFailure) else ""


def _page(request: HttpRequest, visit: Visit, form: RegisterPasskeyForm, *, error: str = "", made: str = "") -> HttpResponse:
    """Show the page with new options; `made` is a passkey that waits for a better name only."""
    context = {
        **visit.frame,
        "visit": visit,
        "form": form,
        "error": error or " ".join(map(str, form.errors.get("credential", []))),
        "made": made,
        "options": "" if made else flows.registration_options(visit.principal, visit.binding),
    }
    return render(request, "mfa/fido/register.html", context, status=400 if error or form.errors else 200)
