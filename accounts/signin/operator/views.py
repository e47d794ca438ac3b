"""The page of the operator's sign-in."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_http_methods

from accounts.models import Principal
from accounts.signin import attempt as attempts
from accounts.signin import known_browser
from accounts.signin.attempt import Attempt
from accounts.signin.begin import begin, prefill
from accounts.signin.controller import proceed
from accounts.signin.operator.forms import OperatorForm
from accounts.signin.password import Claim, PasswordOutcome, check_password, wrong_words
from portal.core import ids
from portal.core.errors import TooMany
from portal.network.origin import origin_of
from portal.trail.identity import Identity


@require_http_methods(["GET", "HEAD", "POST"])
def operator_form(request: HttpRequest) -> HttpResponse:
    """Ask for an operator's name and password, and check them."""
    if request.method != "POST":
        return _page(request, OperatorForm(initial=prefill(request, "username", "password")))
    form = OperatorForm(request.POST)
    if not form.is_valid():
        return _page(request, form, status=400)
    username = form.cleaned_data["username"]
    principal = Principal.objects.filter(kind=Principal.Kind.OPERATOR, name_key=ids.user_name_key(username)).first()
    attempt = _attempt(request, username, principal)
    claim = Claim(f"operator:{ids.user_name_key(username)}", principal, unknown=Identity.operator(""))
    try:
        outcome = check_password(attempt, claim, form.cleaned_data["password"], origin=origin_of(request))
    except TooMany as error:
        response = _page(request, form, error=error.public, status=429)
        response.headers["Retry-After"] = str(error.retry_after)
        return response
    if outcome is PasswordOutcome.RIGHT:
        attempts.renew(request, attempt)
        return proceed(request, attempt)
    attempts.save(request, attempt)
    if outcome is PasswordOutcome.CHECK_DUE:
        return proceed(request, attempt)
    return _page(request, form, error=wrong_words(), status=403)


def _attempt(request: HttpRequest, username: str, principal: Principal | None) -> Attempt:
    attempt = begin(request, "operator")
    earlier = attempts.load(request)
    if earlier and earlier.journey == "operator" and earlier.username == username:
        attempt.check_reason, attempt.check_passed = earlier.check_reason, earlier.check_passed
        attempt.destination = attempt.destination or earlier.destination
    attempt.username = username
    attempt.identified = True
    attempt.principal = principal.pk if principal else 0
    attempt.browser_known = known_browser.knows(request, attempt.principal, principal.credential_epoch if principal else 0)
    return attempt


def _page(request: HttpRequest, form: OperatorForm, *, error: str = "", status: int = 200) -> HttpResponse:
    return render(request, "accounts/signin/operator.html", {"form": form, "error": error}, status=status)
