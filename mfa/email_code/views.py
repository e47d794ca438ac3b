"""Pages of the one-time password by mail."""

from functools import partial

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import get_language
from django.views.decorators.http import require_POST

from accounts.credentials.mailed_codes import CodeFailure
from accounts.models import Principal
from accounts.outcomes import Failure
from accounts.signin import attempt as attempts
from accounts.signin.attempt import Attempt, attempt_origin
from accounts.signin.controller import proceed
from mfa.base.challenge import ChallengeFailure, take
from mfa.base.pages import go_on, out_of_tries, step_of, waits, wants_trust
from mfa.base.rules import Need, rule_of
from mfa.base.stages import SECOND_FACTOR
from mfa.email_code import flows
from mfa.email_code.forms import EmailCodeForm
from portal.core.errors import TooMany
from portal.core.http import see_other
from portal.core.masks import masked_email
from portal.network.origin import origin_of


def email_code(request: HttpRequest, attempt: Attempt, principal: Principal) -> HttpResponse:
    """Mail a one-time password to whoever comes here first, ask for it, and check it."""
    if attempt.factor_type != flows.TYPE:
        try:
            _send(request, attempt, principal)
        except TooMany as error:
            return waits(_page(request, principal, EmailCodeForm(), error=error.public), error.retry_after)
    if request.method != "POST":
        return _page(request, principal, EmailCodeForm())
    form = EmailCodeForm(request.POST)
    if not form.is_valid():
        return _page(request, principal, form, status=400)
    try:
        outcome = take(
            attempt,
            principal,
            partial(flows.check, attempt, form.cleaned_data["code"]),
            origin=attempt_origin(origin_of(request), attempt),
        )
    except TooMany as error:
        return waits(_page(request, principal, form, error=error.public), error.retry_after)
    if not isinstance(outcome, Failure):
        attempt.trust_wanted = wants_trust(request, principal)
        return go_on(request, attempt)
    if outcome.reason in {ChallengeFailure.SPENT, CodeFailure.TOO_MANY_TRIES}:
        return out_of_tries(request)
    form.add_error("code", CodeFailure(outcome.reason).words)
    return _page(request, principal, form, status=403)


@require_POST
@step_of(SECOND_FACTOR.url_name)
def resend(request: HttpRequest, attempt: Attempt, principal: Principal) -> HttpResponse:
    """Mail a new one-time password; the one before is dead."""
    if attempt.second_factor != Need.EMAIL_CODE:
        return proceed(request, attempt)
    try:
        _send(request, attempt, principal)
    except TooMany as error:
        return waits(_page(request, principal, EmailCodeForm(), error=error.public), error.retry_after)
    return see_other(f"{SECOND_FACTOR.address}?sent=1")


def _send(request: HttpRequest, attempt: Attempt, principal: Principal) -> None:
    flows.send(attempt, principal, language=get_language() or "en")
    attempts.save(request, attempt)


def _page(request: HttpRequest, principal: Principal, form: EmailCodeForm, *, error: str = "", status: int = 200) -> HttpResponse:
    context = {
        "form": form,
        "error": error,
        "masked_email": masked_email(principal.email),
        "sent_again": request.GET.get("sent") == "1",
        "may_trust": rule_of(principal).may_trust,
        "trust": "trust_device" in request.POST,
    }
    return render(request, "mfa/email_code/code.html", context, status=status)
