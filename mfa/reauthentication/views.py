"""The page that asks who is there before anything changes that protects an identity."""

from dataclasses import dataclass, field
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from accounts.models import Principal, SignInSession
from accounts.outcomes import Failure
from accounts.reauthentication.flows import Confirmed, ConfirmFailure, confirm_password
from accounts.reauthentication.recent import is_recent
from mfa.base.authenticators import devices_of
from mfa.base.forms import MfaCodeForm
from mfa.base.visit import Visit
from mfa.fido.flows import options_for_sign_in
from mfa.fido.forms import CredentialForm
from mfa.models import Authenticator
from mfa.reauthentication.flows import confirm_code, confirm_passkey
from mfa.reauthentication.forms import PasswordForm
from mfa.reauthentication.recent import is_within, place_of
from portal.core.errors import NotFound, TooMany
from portal.core.http import see_other
from portal.network.origin import origin_of

Type = Authenticator.Type


@dataclass(slots=True)
class _Answer:
    """What the page shows: the forms, filled or not, and what was wrong."""

    password: PasswordForm = field(default_factory=PasswordForm)
    code: MfaCodeForm = field(default_factory=MfaCodeForm)
    error: str = ""
    status: int = 200
    retry_after: int = 0


@require_http_methods(["GET", "HEAD", "POST"])
def confirm(request: HttpRequest, visit: Visit) -> HttpResponse:
    """Ask for the password or one of the visitor's own second factors, and go back to what it was needed for."""
    session = visit.session
    if session is None:
        raise NotFound
    given = request.POST if request.method == "POST" else request.GET
    wanted = given.get("next", "")
    target = wanted if is_within(wanted, visit.place or place_of(visit.address)) else visit.home
    if request.method != "POST":
        return see_other(target) if is_recent(session) else _page(request, visit, target, _Answer())
    answer = _Answer()
    try:
        outcome = _checked(request, visit, session, answer)
    except TooMany as error:
        answer.error, answer.status, answer.retry_after = error.public, 429, error.retry_after
        return _page(request, visit, target, answer)
    if isinstance(outcome, Confirmed):
        response = see_other(target)
        visit.keep(response, outcome.secret)
        return response
    if outcome is not None and outcome.reason == ConfirmFailure.SESSION_OVER:
        return see_other(target)
    return _page(request, visit, target, answer)


def _checked(request: HttpRequest, visit: Visit, session: SignInSession, answer: _Answer) -> Confirmed | Failure | None:
    """Check what was given, by its `type`; None when there was nothing that could be checked. What was wrong goes into `answer`."""
    origin = origin_of(request)
    outcome: Confirmed | Failure | None = None
    match request.POST.get("type", ""):
        case Type.TOTP:
            answer.code = MfaCodeForm(request.POST)
            if answer.code.is_valid():
                outcome = confirm_code(session, visit.binding, answer.code.cleaned_data["code"], origin=origin)
                answer.error = _("The code is not right, or was used before. Enter the code that your authenticator app shows now.")
        case Type.FIDO:
            shown = CredentialForm(request.POST)
            if shown.is_valid():
                outcome = confirm_passkey(session, visit.binding, shown.cleaned_data["credential"], origin=origin)
                answer.error = _("The passkey or security key was not accepted. Try again, or confirm in another way.")
            else:
                answer.error = " ".join(map(str, shown.errors["credential"]))
        case _:
            answer.password = PasswordForm(request.POST)
            if answer.password.is_valid():
                outcome = confirm_password(session, answer.password.cleaned_data["password"], origin=origin)
                answer.error = _("The password is not right.")
    answer.status = 403 if outcome is not None else 400
    return outcome


def _page(request: HttpRequest, visit: Visit, target: str, answer: _Answer) -> HttpResponse:
    types = {device.type for device in devices_of(visit.principal.pk)}
    context: dict[str, Any] = {
        **visit.frame,
        "visit": visit,
        "next": target,
        "password_form": answer.password if _has_password(visit.principal) else None,
        "code_form": answer.code if Type.TOTP in types else None,
        "passkey_options": options_for_sign_in(visit.principal, visit.binding) if Type.FIDO in types else "",
        "error": answer.error,
    }
    response = render(request, "mfa/reauthentication/confirm.html", context, status=answer.status)
    if answer.retry_after:
        response.headers["Retry-After"] = str(answer.retry_after)
    return response


def _has_password(principal: Principal) -> bool:
    return principal.has_usable_password() and principal.answerable is not None
