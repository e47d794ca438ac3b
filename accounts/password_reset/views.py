"""Pages of a password recovery."""

from collections.abc import Callable
from functools import wraps

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import get_language
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.captcha.reasons import Reason
from accounts.captcha.views import ask
from accounts.credentials.rules import ROOT, rule_texts
from accounts.models import Principal, SignInSession
from accounts.outcomes import Failure
from accounts.password_reset import flows
from accounts.password_reset.forms import RecoveryForm
from accounts.sessions.browser import sessions_in, take_back
from accounts.sessions.flows import sign_out
from accounts.signin import attempt as attempts
from accounts.signin import known_browser
from accounts.signin.forms import NewPasswordForm
from accounts.signin.refusals import refused
from portal.core import ids
from portal.core.http import see_other
from portal.network.origin import origin_of

View = Callable[[HttpRequest], HttpResponse]

EMAIL_KEY = "password_reset.email"
LINK_KEY = "password_reset.link"
PURPOSE = "password_recovery"


def _iam_users(request: HttpRequest) -> list[SignInSession]:
    return [session for session in sessions_in(request) if session.principal.kind == Principal.Kind.IAM_USER]


def signed_out_of_iam(view: View) -> View:
    """Let a step run only in a browser in which no IAM user is signed in, at whatever step of a recovery one has come.

    The guide wants it so: whoever is signed in as an IAM user signs out before resetting the root user's password.
    """

    @wraps(view)
    def page(request: HttpRequest) -> HttpResponse:
        if not (iam_users := _iam_users(request)):
            return view(request)
        context = {"sessions": iam_users, "sign_out_url": reverse("password_reset:sign_out")}
        return render(request, "accounts/password_reset/signed_in_as_iam.html", context)

    return page


@require_http_methods(["GET", "HEAD", "POST"])
@signed_out_of_iam
def start(request: HttpRequest) -> HttpResponse:
    """Ask for the address of the root user whose password is forgotten."""
    attempt = attempts.load(request)
    form = RecoveryForm(
        request.POST if request.method == "POST" else None,
        initial={"email": attempt.email if attempt and attempt.journey == "root" else request.session.get(EMAIL_KEY, "")},
    )
    if request.method == "POST" and form.is_valid():
        request.session[EMAIL_KEY] = form.cleaned_data["email"]
        return see_other(reverse("password_reset:check"))
    return render(request, "accounts/password_reset/start.html", {"form": form}, status=400 if form.errors else 200)


@require_POST
def sign_out_of_iam(request: HttpRequest) -> HttpResponse:
    """Sign this browser's IAM users out, and go on with the recovery where it stands."""
    iam_users = _iam_users(request)
    sign_out(iam_users, origin=origin_of(request))
    response = see_other(reverse("password_reset:new" if LINK_KEY in request.session else "password_reset:start"))
    for session in iam_users:
        take_back(response, session)
    return response


@require_http_methods(["GET", "HEAD", "POST"])
@signed_out_of_iam
def check(request: HttpRequest) -> HttpResponse:
    """The security check that every recovery has; when it is passed, the link is mailed."""
    email = request.session.get(EMAIL_KEY, "")
    if not email:
        return see_other(reverse("password_reset:start"))
    page = ask(request, purpose=PURPOSE, reason=Reason.PASSWORD_RECOVERY, action=reverse("password_reset:check"))
    if page is not None:
        return page
    flows.request_link(email=email, origin=origin_of(request), language=get_language() or "en")
    request.session.flush()
    return see_other(reverse("password_reset:sent"))


@require_safe
def sent(request: HttpRequest) -> HttpResponse:
    """Tell that instructions were sent, whether or not anybody stands behind the address."""
    return render(request, "accounts/password_reset/sent.html", {})


@require_safe
def follow(request: HttpRequest, token: str) -> HttpResponse:
    """Take the link's token out of the address: it goes into this browser's session, and the address becomes clean. Nothing is consumed."""
    link = flows.open_link(token)
    if link is None:
        response = render(request, "accounts/password_reset/invalid.html", {}, status=404)
    else:
        request.session.flush()
        request.session[LINK_KEY] = link.row.token_digest
        response = see_other(reverse("password_reset:new"))
    response.headers["Referrer-Policy"] = "no-referrer"
    return response


@require_http_methods(["GET", "HEAD", "POST"])
@signed_out_of_iam
def new(request: HttpRequest) -> HttpResponse:
    """Ask for the new password, twice, and set it."""
    link = flows.live_link(request.session.get(LINK_KEY, ""))
    if link is None:
        return render(request, "accounts/password_reset/invalid.html", {}, status=404)
    if link.obstacle is flows.Obstacle.NO_ROOT_CREDENTIALS:
        return render(request, "accounts/password_reset/unavailable.html", {}, status=403)
    if link.refusal is not None:
        return refused(request, link.refusal)
    form = NewPasswordForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        outcome = flows.complete(link, form.cleaned_data["new_password"], origin=origin_of(request))
        if not isinstance(outcome, Failure):
            request.session.flush()
            response = see_other(reverse("password_reset:done"))
            # This browser holds what was mailed to the owner, so whoever guesses from elsewhere does not keep it out (THR-02).
            known_browser.remember(request, response, link.principal)
            return response
        for problem in outcome.problems:
            form.add_error("new_password", problem)
    context = {"form": form, "rules": rule_texts(ROOT), "email": link.principal.email}
    return render(request, "accounts/password_reset/new.html", context, status=400 if form.errors else 200)


@require_safe
def done(request: HttpRequest) -> HttpResponse:
    """Confirm the new password. Nobody is signed in by it."""
    return render(request, "accounts/password_reset/done.html", {})


@require_safe
def iam_forgot(request: HttpRequest) -> HttpResponse:
    """Tell an IAM user that only an administrator can reset the password, and whom to ask."""
    account = ids.account_key(request.GET.get("account", ""))
    known = ids.ACCOUNT_ID.fullmatch(account) or ids.ALIAS.fullmatch(account)
    context = {"account": account if known else "", "administrator": flows.administrator_of(account) if known else ""}
    return render(request, "accounts/password_reset/iam_forgot.html", context)
