"""Pages of the root user's sign-in."""

from functools import partial
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import get_language
from django.views.decorators.http import require_http_methods, require_POST

from accounts.credentials.mailed_codes import CodeFailure
from accounts.models import Principal
from accounts.outcomes import Failure
from accounts.signin import attempt as attempts
from accounts.signin import known_browser
from accounts.signin.attempt import Attempt, attempt_origin, attempt_subject
from accounts.signin.begin import begin, prefill
from accounts.signin.controller import proceed, stage_page, start_over
from accounts.signin.forms import MailedCodeForm, PasswordForm
from accounts.signin.password import PasswordOutcome, check_password, wrong_words
from accounts.signin.refusals import refusal_of, refused
from accounts.signin.root import flows
from accounts.signin.root.forms import RootEmailForm
from accounts.signin.root.stages import PASSWORD, VERIFICATION_CODE
from accounts.signin.standing import note_principal
from portal.core.actions import SigninAction, declares
from portal.core.errors import TooMany
from portal.core.http import see_other
from portal.core.masks import masked_email
from portal.core.pages import render_alike
from portal.network.origin import origin_of


@require_http_methods(["GET", "HEAD", "POST"])
def root_email(request: HttpRequest) -> HttpResponse:
    """Ask for the root user's e-mail address."""
    if request.method == "POST":
        form = RootEmailForm(request.POST)
        if form.is_valid():
            attempt = begin(request, "root")
            knows = partial(known_browser.knows, request)
            flows.identify(attempt, email=form.cleaned_data["email"], origin=origin_of(request), knows=knows)
            return proceed(request, attempt)
        return root_page(request, form=form)
    return root_page(request)


def root_page(request: HttpRequest, *, form: RootEmailForm | None = None, action: str = "") -> HttpResponse:
    """Return the page that asks for the address; the training room or the query may fill it in."""
    if form is None:
        email = str(prefill(request, "email").get("email") or request.GET.get("email", "")[:254])
        if email:
            # What was typed is put into this visitor's page and into none that is kept.
            filled = RootEmailForm(initial={"email": email})
            return render(request, "accounts/signin/root_email.html", {"form": filled, "action": action})
        return render_alike(
            request,
            "accounts/signin/root_email.html",
            lambda: {"form": RootEmailForm(), "action": action},
            distinct=(action,),
        )
    return render(request, "accounts/signin/root_email.html", {"form": form, "action": action}, status=400)


@require_http_methods(["GET", "HEAD", "POST"])
@declares(SigninAction.AUTHENTICATE, attempt_subject)
@stage_page(PASSWORD.url_name)
def password(request: HttpRequest, attempt: Attempt) -> HttpResponse:
    """Ask for the root user's password and check it."""
    filled = prefill(request, "password")
    if request.method != "POST" and not filled:
        page = partial(_context, attempt, PasswordForm(), "")
        return render_alike(request, "accounts/signin/root_password.html", page, distinct=(), holes={"email": attempt.email})
    form = PasswordForm(request.POST if request.method == "POST" else None, initial=filled)
    status = 200
    if request.method == "POST":
        status = 400
        if form.is_valid():
            claim = flows.claim(attempt)
            try:
                outcome = check_password(
                    attempt,
                    claim,
                    form.cleaned_data["password"],
                    origin=attempt_origin(origin_of(request), attempt),
                    note=getattr(request, "policy_note", None),
                )
            except TooMany as error:
                return _page(request, attempt, form, error.public, 429, retry_after=error.retry_after)
            if outcome is PasswordOutcome.CHECK_DUE:
                return proceed(request, attempt)
            if outcome is PasswordOutcome.RIGHT and claim.principal is not None:
                return _proved(request, attempt, claim.principal)
            attempts.save(request, attempt)
            return _page(request, attempt, form, wrong_words(), 403)
    return _page(request, attempt, form, "", status)


def _proved(request: HttpRequest, attempt: Attempt, principal: Principal) -> HttpResponse:
    refusal = refusal_of(principal)
    if refusal is not None:
        attempts.forget(request)
        return refused(request, refusal)
    attempt.code_needed = not attempt.browser_known
    note_principal(request, principal)
    attempts.renew(request, attempt)
    if attempt.code_needed:
        try:
            if not flows.send_code(attempt, language=get_language() or "en"):
                return start_over(request)
        except TooMany as error:
            return _page(request, attempt, PasswordForm(), error.public, 429, retry_after=error.retry_after)
    return proceed(request, attempt)


def _context(attempt: Attempt, form: PasswordForm, error: str) -> dict[str, Any]:
    return {"form": form, "email": attempt.email, "forgot_url": reverse("password_reset:start"), "error": error}


def _page(request: HttpRequest, attempt: Attempt, form: PasswordForm, error: str, status: int, *, retry_after: int = 0) -> HttpResponse:
    response = render(request, "accounts/signin/root_password.html", _context(attempt, form, error), status=status)
    if retry_after:
        response.headers["Retry-After"] = str(retry_after)
    return response


@require_http_methods(["GET", "HEAD", "POST"])
@stage_page(VERIFICATION_CODE.url_name)
def verification_code(request: HttpRequest, attempt: Attempt) -> HttpResponse:
    """Ask for the account verification code that was mailed because this browser is new."""
    form = MailedCodeForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        outcome = flows.redeem_code(attempt, form.cleaned_data["code"])
        if not isinstance(outcome, Failure):
            attempt.code_proved = True
            return proceed(request, attempt)
        failure = CodeFailure(outcome.reason)
        if failure is CodeFailure.TOO_MANY_TRIES:
            attempts.forget(request)
            return see_other(reverse("console:entry") + "?too_many_codes=1")
        form.add_error("code", failure.words)
    context = {
        "form": form,
        "masked_email": masked_email(attempt.email),
        "resend_url": reverse("signin:resend_code"),
        "sent_again": request.GET.get("sent") == "1",
    }
    return render(request, "accounts/signin/mailed_code.html", context, status=400 if form.errors else 200)


@require_POST
@stage_page(VERIFICATION_CODE.url_name)
def resend_code(request: HttpRequest, attempt: Attempt) -> HttpResponse:  # the signature of a stage's view
    """Mail a new code; the one before is dead."""
    if not flows.send_code(attempt, language=get_language() or "en"):
        return start_over(request)
    return see_other(reverse("signin:verification_code") + "?sent=1")
