"""Pages of the registration: start, security check, code, password, done. No step is reachable out of order."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.forms import Form
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.captcha import views as captcha
from accounts.captcha.reasons import Reason
from accounts.credentials.mailed_codes import CodeFailure
from accounts.credentials.rules import ROOT, rule_texts
from accounts.outcomes import Success
from accounts.registration import attempt, flows
from accounts.registration.attempt import Registration
from accounts.registration.forms import CodeForm, DetailsForm, StartForm
from portal.core import ids
from portal.core.http import no_store, see_other
from portal.network.origin import origin_of

StepView = Callable[[HttpRequest, Registration], HttpResponse]


def _page(request: HttpRequest, name: str, **context: Any) -> HttpResponse:
    form: Form | None = context.get("form")
    return no_store(render(request, f"accounts/registration/{name}.html", context, status=400 if form and form.errors else 200))


def step(*url_names: str) -> Callable[[StepView], Callable[[HttpRequest], HttpResponse]]:
    """Make a view the page of a step: it runs only while the browser's registration stands there, else the visitor is sent on."""

    def bind(view: StepView) -> Callable[[HttpRequest], HttpResponse]:
        @wraps(view)
        def page(request: HttpRequest) -> HttpResponse:
            registration = attempt.load(request)
            if registration is None:
                return see_other(reverse("registration:start") + "?ended=timeout")
            return view(request, registration) if registration.step in url_names else see_other(reverse(registration.step))

        return page

    return bind


@require_http_methods(["GET", "HEAD", "POST"])
def start(request: HttpRequest) -> HttpResponse:
    """Ask for the address and the account's name; a registration that this browser had before is dropped."""
    form = StartForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        attempt.save(request, Registration(email=form.cleaned_data["email"], account_name=form.cleaned_data["account_name"]))
        return see_other(reverse("registration:check"))
    return _page(request, "start", form=form, ended=request.GET.get("ended", ""))


@require_http_methods(["GET", "HEAD", "POST"])
@step("registration:check")
def check(request: HttpRequest, registration: Registration) -> HttpResponse:
    """Ask for the security check, then mail the code."""
    page = captcha.ask(request, purpose=flows.PURPOSE, reason=Reason.SIGN_UP, action=reverse("registration:check"))
    if page is not None:
        return page
    registration.checked = True
    attempt.save(request, registration)
    flows.send_code(registration, origin=origin_of(request))
    return see_other(reverse("registration:code"))


@require_http_methods(["GET", "HEAD", "POST"])
@step("registration:code")
def code(request: HttpRequest, registration: Registration) -> HttpResponse:
    """Ask for the mailed code."""
    form = CodeForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        outcome = flows.redeem_code(registration, typed=form.cleaned_data["code"])
        if isinstance(outcome, Success):
            registration.proved = True
            attempt.renew(request, registration)
            return see_other(reverse("registration:details"))
        failure = CodeFailure(outcome.reason)
        if failure is CodeFailure.TOO_MANY_TRIES:
            attempt.forget(request)
            return see_other(reverse("registration:start") + "?ended=tries")
        form.add_error("code", failure.words)
    return _page(request, "code", form=form, email=registration.email, resend_url=reverse("registration:resend"), sent="sent" in request.GET)


@require_POST
@step("registration:code")
def resend(request: HttpRequest, registration: Registration) -> HttpResponse:
    """Mail a new code; the one before is dead."""
    flows.send_code(registration, origin=origin_of(request))
    return see_other(reverse("registration:code") + "?sent=1")


@require_safe
@step("registration:details")
def bound(request: HttpRequest, registration: Registration) -> HttpResponse:
    """Tell who proved the address that it belongs to an account already, and how to get another account all the same."""
    if not flows.is_bound(registration.email):
        return see_other(reverse("registration:details"))
    return _page(request, "bound", email=registration.email, sub_address=flows.sub_address(registration.email))


@require_http_methods(["GET", "HEAD", "POST"])
@step("registration:details")
def details(request: HttpRequest, registration: Registration) -> HttpResponse:
    """Ask for the root user's password and create the account."""
    if flows.is_bound(registration.email):
        return see_other(reverse("registration:bound"))
    form = DetailsForm(request.POST if request.method == "POST" else None, registration=registration)
    if form.is_valid():
        outcome = flows.create_account(registration, password=form.cleaned_data["new_password"], origin=origin_of(request))
        if not isinstance(outcome, Success):
            return see_other(reverse("registration:bound"))
        attempt.renew(request, registration)
        return see_other(reverse("registration:done"))
    return _page(request, "details", form=form, email=registration.email, account_name=registration.account_name, rules=rule_texts(ROOT))


@require_safe
@step("registration:done")
def done(request: HttpRequest, registration: Registration) -> HttpResponse:
    """Show the new account's id and the way to its first sign-in."""
    return _page(
        request,
        "done",
        email=registration.email,
        account_name=registration.account_name,
        account=registration.account,
        account_dashed=ids.dashed(registration.account),
        sign_in_url=reverse("console:entry") + "?user=root",
    )
