"""Pages of help with second factors, and of recovery without any."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.models import Principal
from accounts.outcomes import Failure, Outcome
from accounts.signin import attempt as attempts
from accounts.signin.attempt import Attempt, attempt_origin
from accounts.signin.finish import THIS_SESSION
from mfa.base.authenticators import devices_of
from mfa.base.pages import go_on, step_of, waits
from mfa.base.stages import SECOND_FACTOR
from mfa.models import Authenticator
from mfa.recovery import flows
from mfa.recovery.forms import DigitsForm
from mfa.recovery.outcomes import RecoveryFailure, Step
from portal.core import clock
from portal.core.errors import BadInput, TooMany
from portal.core.http import see_other
from portal.core.masks import masked_email, masked_phone
from portal.network.origin import Origin, origin_of

LANDING = f"/console/{THIS_SESSION}/security?done=recovered"
"""Where a sign-in without device ends: on the page where the lost device is removed and another one registered."""


@require_safe
@step_of(SECOND_FACTOR.url_name)
def troubleshoot(request: HttpRequest, attempt: Attempt, principal: Principal) -> HttpResponse:  # noqa: ARG001  # the signature of a step's view
    """Tell what to do when a device is lost, broken or out of step; the last resort hangs on the kind of identity."""
    devices = devices_of(principal.pk)
    context = {
        "several": len(devices) > 1,
        "has_app": any(device.type == Authenticator.Type.TOTP for device in devices),
        "may_recover": bool(devices) and flows.may_recover(principal),
        "kind": principal.kind,
        "administrator": principal.account.administrator if principal.account and principal.kind == Principal.Kind.IAM_USER else "",
    }
    return render(request, "mfa/recovery/troubleshoot.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@step_of(SECOND_FACTOR.url_name)
def recovery(request: HttpRequest, attempt: Attempt, principal: Principal) -> HttpResponse:
    """Show what comes next in this sign-in's recovery, and take the digits that the call read."""
    if not flows.may_recover(principal):
        return see_other(reverse("mfa:troubleshoot"))
    form = DigitsForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        return _acts(request, attempt, principal, lambda origin: flows.verify_digits(attempt, principal, form.cleaned_data["code"], origin=origin))
    return _page(request, attempt, principal, form=form, status=400 if form.errors else 200)


@require_POST
@step_of(SECOND_FACTOR.url_name)
def send_mail(request: HttpRequest, attempt: Attempt, principal: Principal) -> HttpResponse:
    """Mail the link, or mail it again."""
    return _acts(request, attempt, principal, lambda origin: flows.send_link(attempt, principal, origin=origin))


@require_POST
@step_of(SECOND_FACTOR.url_name)
def call(request: HttpRequest, attempt: Attempt, principal: Principal) -> HttpResponse:
    """Call the contact phone, or call it again."""
    return _acts(request, attempt, principal, lambda origin: flows.place_call(attempt, principal, origin=origin))


@require_POST
@step_of(SECOND_FACTOR.url_name)
def finish(request: HttpRequest, attempt: Attempt, principal: Principal) -> HttpResponse:
    """Go on with the sign-in, whose mailbox and phone were both proved."""
    outcome = flows.complete(attempt, principal, origin=attempt_origin(origin_of(request), attempt))
    if isinstance(outcome, Failure):
        return _refused(request, attempt, principal, RecoveryFailure(outcome.reason))
    attempt.destination = LANDING
    return go_on(request, attempt)


@require_http_methods(["GET", "HEAD", "POST"])
def follow(request: HttpRequest, token: str) -> HttpResponse:
    """Show a button behind the mailed link, in whatever browser it is opened; only pressing the button verifies the mailbox.

    Programs that look at mails before people do open links, and press no buttons. What the page loads is not told its address, which
    is the link; its form needs an origin to come from (security catalogue RST-04).
    """
    response = _followed(request, token)
    response.headers["Referrer-Policy"] = "strict-origin"
    return response


def _followed(request: HttpRequest, token: str) -> HttpResponse:
    row = flows.verify_email(token, origin=origin_of(request)) if request.method == "POST" else flows.recovery_by_link(token)
    if row is None:
        return render(request, "mfa/recovery/invalid.html", {}, status=404)
    if request.method != "POST":
        return render(request, "mfa/recovery/link.html", {})
    attempt = attempts.load(request)
    if attempt is not None and flows.belongs_to(row, attempt):
        return see_other(reverse("mfa:recovery"))
    return see_other(reverse("mfa:recovery_verified"))


@require_safe
def verified(request: HttpRequest) -> HttpResponse:
    """Send whoever has verified the mailbox back to the browser in which the sign-in waits."""
    return render(request, "mfa/recovery/verified.html", {})


def _acts(request: HttpRequest, attempt: Attempt, principal: Principal, act: Callable[[Origin], Outcome]) -> HttpResponse:
    """Take one step, and show the page that has the next."""
    try:
        outcome = act(attempt_origin(origin_of(request), attempt))
    except TooMany as error:
        return waits(_page(request, attempt, principal, error=error.public), error.retry_after)
    if isinstance(outcome, Failure):
        return _refused(request, attempt, principal, RecoveryFailure(outcome.reason))
    return see_other(reverse("mfa:recovery"))


def _refused(request: HttpRequest, attempt: Attempt, principal: Principal, reason: RecoveryFailure) -> HttpResponse:
    if reason is RecoveryFailure.OUT_OF_ORDER:
        raise BadInput(reason.words)
    return _page(request, attempt, principal, error=reason.words, status=400)


def _page(
    request: HttpRequest, attempt: Attempt, principal: Principal, *, form: DigitsForm | None = None, error: str = "", status: int = 200
) -> HttpResponse:
    row = flows.recovery_of(attempt, principal)
    step = flows.next_step(row)
    if row is not None and step is not Step.OVER:
        # A mail and a call take their time: the sign-in waits as long as its recovery lives and somebody looks at this page.
        attempt.started_at = clock.now().timestamp()
        attempts.save(request, attempt)
    phone = flows.phone_of(principal)
    context = {
        "step": step.value,
        "form": form or DigitsForm(),
        "notice": _("Your email address is not verified yet. Open the link in the newest mail, and choose Verify there.")
        if step is Step.OPEN_LINK and request.GET.get("checked") == "1"
        else "",
        "error": error or (RecoveryFailure.OVER.words if step is Step.OVER else ""),
        "masked_email": masked_email(principal.email),
        "masked_phone": masked_phone(phone) if phone else "",
        "may_call_again": row is not None and row.calls < flows.CALLS,
        "support": _("In the simulation, an operator plays Support: ask whoever runs this portal."),
    }
    return render(request, "mfa/recovery/recovery.html", context, status=status)
