"""Pages of the IAM user's sign-in."""

from functools import cached_property, partial
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_http_methods

from accounts.credentials.flows import policy_of, replace_password, rule_for
from accounts.credentials.rules import rule_texts
from accounts.models import Principal
from accounts.outcomes import Failure
from accounts.signin import attempt as attempts
from accounts.signin import known_browser
from accounts.signin.attempt import Attempt, attempt_origin
from accounts.signin.begin import begin, prefill
from accounts.signin.controller import proceed, stage_page, start_over
from accounts.signin.forms import NewPasswordForm
from accounts.signin.iam_user import flows
from accounts.signin.iam_user.forms import IamUserForm, Typed, typed, typed_plainly
from accounts.signin.iam_user.stages import NEW_PASSWORD
from accounts.signin.password import PasswordOutcome, check_password, wrong_words
from accounts.signin.refusals import Refusal, refusal_of, refused
from accounts.signin.remembered_account import remembered, remembers_account
from accounts.signin.standing import note_principal
from portal.core import ids, regions
from portal.core.actions import NOBODY, SigninAction, Subject, declares
from portal.core.errors import TooMany
from portal.core.http import address, once
from portal.core.pages import render_alike
from portal.network.origin import origin_of
from portal.trail.names import EventName


class _Sent:
    """What one posted form says, looked up once a request for both the policy question and the view; `typed` is None when it cannot be read."""

    def __init__(self, request: HttpRequest) -> None:
        self._post = request.POST
        self.typed = typed_plainly(request.POST) or typed(self.form)
        self.found = flows.find(self.typed.account, self.typed.username) if self.typed else flows.Found(None, None)

    @cached_property
    def form(self) -> IamUserForm:
        """The form as it was sent, to be shown again."""
        return IamUserForm(self._post)


def _sent(request: HttpRequest) -> _Sent:
    return once(request, "iam form", lambda: _Sent(request))


def _subject(request: HttpRequest) -> Subject:
    """Return whom the posted form names; nobody where it cannot be read, which is refused before any password is looked at."""
    sent = _sent(request)
    return flows.subject(sent.found, sent.typed.username) if sent.typed else NOBODY


@require_http_methods(["GET", "HEAD", "POST"])
@declares(SigninAction.AUTHENTICATE, _subject, methods=frozenset({"POST"}))
def iam_form(request: HttpRequest) -> HttpResponse:
    """Ask for account, user name and password, and check them."""
    if request.method != "POST":
        return iam_page(request)
    sent = _sent(request)
    if sent.typed is None:
        return iam_page(request, form=sent.form, status=400)
    attempt = _attempt(request, sent.typed, sent.found)
    claim = flows.claim(attempt, sent.found, remembers_account=remembers_account(request))
    origin = attempt_origin(origin_of(request), attempt)
    try:
        outcome = check_password(attempt, claim, sent.typed.password, origin=origin, note=getattr(request, "policy_note", None))
    except TooMany as error:
        return iam_page(request, form=sent.form, error=error.public, status=429, retry_after=error.retry_after)
    if outcome is PasswordOutcome.RIGHT and claim.principal is not None:
        return go_on_proved(request, attempt, claim.principal, sent.found)
    attempts.save(request, attempt)
    if outcome is PasswordOutcome.CHECK_DUE:
        return proceed(request, attempt)
    return iam_page(request, form=sent.form, error=wrong_words(), status=403)


def _attempt(request: HttpRequest, values: Typed, found: flows.Found) -> Attempt:
    """Return the attempt of this form: a new one, which keeps a security check that was passed for the same identity."""
    attempt = begin(request, "iam_user")
    earlier = attempts.load(request)
    if earlier and earlier.journey == "iam_user" and (earlier.account, earlier.username) == (values.account, values.username):
        attempt.check_reason, attempt.check_passed = earlier.check_reason, earlier.check_passed
        attempt.region, attempt.regional = attempt.region or earlier.region, attempt.regional or earlier.regional
        attempt.destination = attempt.destination or earlier.destination
    flows.identify(attempt, found, account=values.account, username=values.username, remember=values.remember)
    principal = found.principal
    attempt.browser_known = known_browser.knows(request, principal.pk if principal else 0, principal.credential_epoch if principal else 0)
    return attempt


def go_on_proved(request: HttpRequest, attempt: Attempt, principal: Principal, found: flows.Found) -> HttpResponse:
    """Carry on the journey of an IAM user whose password was right just now: to the next stage, the end, or a refusal."""
    refusal = refusal_of(principal)
    due = flows.password_due(principal, found) if refusal is None else False
    if isinstance(due, Refusal):
        refusal = due
    if refusal is not None:
        attempts.forget(request)
        return refused(request, refusal, administrator=found.account.administrator if found.account else "")
    attempt.new_password_needed = bool(due)
    note_principal(request, principal)
    return proceed(request, attempt, proved=True)


def iam_page(
    request: HttpRequest,
    *,
    form: IamUserForm | None = None,
    error: str = "",
    notice: str = "",
    status: int = 200,
    action: str = "",
    retry_after: int = 0,
) -> HttpResponse:
    """Return the page with the form; filled in from the address, the attempt or what this browser remembers."""
    if form is None:
        initial = _initial(request)
        if not error and not initial:
            # A form that holds what somebody typed or had remembered is put into none of the kept pages.
            page = partial(_context, request, notice=notice, action=action)
            return render_alike(request, "accounts/signin/iam.html", page, distinct=(notice, action, _root_url(request)))
        form = IamUserForm(initial=initial)
    context = _context(request, form=form, error=error, notice=notice, action=action)
    response = render(request, "accounts/signin/iam.html", context, status=status)
    if retry_after:
        response.headers["Retry-After"] = str(retry_after)
    return response


def _context(
    request: HttpRequest,
    *,
    form: IamUserForm | None = None,
    initial: dict[str, object] | None = None,
    error: str = "",
    notice: str = "",
    action: str = "",
) -> dict[str, Any]:
    form = form or IamUserForm(initial=initial)
    account = str(form["account"].value() or "")
    return {"form": form, "error": error, "notice": notice, "action": action, "forgot_url": _forgot(account), "root_url": _root_url(request)}


def _initial(request: HttpRequest) -> dict[str, object]:
    filled = prefill(request, "account", "username", "password")
    attempt = attempts.load(request)
    if attempt and attempt.journey == "iam_user":
        filled = {"account": attempt.account, "username": attempt.username, "remember": attempt.remember} | filled
    known = remembered(request)
    asked = ids.account_key(request.GET.get("account", ""))
    if known and asked in {"", known.account}:
        filled = {"account": known.account, "username": known.username, "remember": True} | filled
    if ids.ACCOUNT_ID.fullmatch(asked) or ids.ALIAS.fullmatch(asked):
        filled = {"account": asked} | filled
    name = request.GET.get("username", "")
    return {"username": name} | filled if ids.USER_NAME.fullmatch(name) else filled


def _forgot(account: str) -> str:
    query = f"?account={account}" if ids.ACCOUNT_ID.fullmatch(account) or ids.ALIAS.fullmatch(account) else ""
    return address("password_reset:iam_forgot") + query


def _root_url(request: HttpRequest) -> str:
    named = regions.known_region(request.GET.get("region", ""))
    return address("signin:root") + (f"?region={named}" if named else "")


@require_http_methods(["GET", "HEAD", "POST"])
@stage_page(NEW_PASSWORD.url_name)
def new_password(request: HttpRequest, attempt: Attempt) -> HttpResponse:
    """Ask for a new password where an administrator or the account's policy wants one, then go on with the sign-in."""
    still_good = Principal.objects.filter(pk=attempt.principal, credential_epoch=attempt.credential_epoch, is_active=True)
    principal = still_good.select_related("account").first()
    if principal is None:
        return start_over(request)
    form = NewPasswordForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        origin = attempt_origin(origin_of(request), attempt)
        outcome = replace_password(principal, form.cleaned_data["new_password"], origin=origin, event=EventName.CHANGE_PASSWORD)
        if not isinstance(outcome, Failure):
            principal.refresh_from_db()
            attempt.new_password_needed = False
            attempt.browser_known = False  # it was known under the old password; the end of the journey makes it known again
            attempt.credential_epoch = principal.credential_epoch
            return proceed(request, attempt)
        for problem in outcome.problems:
            form.add_error("new_password", problem)
    context = {"form": form, "rules": rule_texts(rule_for(principal, policy_of(principal))), "why": principal.must_change_password}
    return render(request, "accounts/signin/new_password.html", context, status=400 if form.errors else 200)
