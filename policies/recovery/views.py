"""Pages of a recovery: the mailed link, the sign-in past the policies, and the one page that it leads to."""

from collections.abc import Callable
from functools import wraps

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.models import Principal
from accounts.outcomes import Failure
from accounts.signin import attempt as attempts
from accounts.signin import known_browser
from accounts.signin.attempt import Attempt, attempt_origin
from accounts.signin.begin import begin
from accounts.signin.controller import proceed, stage_page
from accounts.signin.iam_user import flows as iam_user
from accounts.signin.iam_user.views import go_on_proved
from accounts.signin.password import PasswordOutcome, check_password, wrong_words
from accounts.signin.remembered_account import remembers_account
from policies.enforcement.words import reasons_in_words
from policies.models import RecoveryCase, RecoveryVisit
from policies.recovery import deletion
from policies.recovery.arrival import dead_link
from policies.recovery.diagnosis import diagnose, is_on_for, statements_of
from policies.recovery.forms import ConfirmForm, RecoverySignInForm
from policies.recovery.rules import ACTION, RecoveryFailure
from policies.recovery.stages import LIVE_CASE
from policies.recovery.visits import COOKIE, case_by_token, end_visit, live_case, visit_of
from policies.statements.flows import list_statements
from portal.conf import conf
from portal.core import regions
from portal.core.errors import TooMany
from portal.core.http import address, drop_cookie, no_store, read_cookie, see_other
from portal.network.origin import origin_of

LINK_KEY = "recovery.link"
"""Session key of the digest of the link that this browser came by."""

SHOWN = 100
"""Statements that the recovery page lists; an account has no more (quota)."""

VisitView = Callable[[HttpRequest, RecoveryVisit], HttpResponse]


@require_safe
def follow(request: HttpRequest, token: str) -> HttpResponse:
    """Take the link's token out of the address: its digest goes into this browser's session, and the address becomes clean. Nothing is consumed."""
    case = case_by_token(token)
    if case is None:
        response = dead_link(request)
    else:
        request.session.flush()
        request.session[LINK_KEY] = case.link_digest
        response = see_other(address("recovery:sign_in"))
    response.headers["Referrer-Policy"] = "no-referrer"
    return no_store(response)


@require_http_methods(["GET", "HEAD", "POST"])
def sign_in(request: HttpRequest) -> HttpResponse:
    """Explain what happened and what is going to be deleted, and sign an IAM user of the account in.

    No sign-in action is declared here, for the policies are what keeps everybody out; the live case takes their place.
    """
    case = live_case(request.session.get(LINK_KEY, ""))
    if case is None:
        return no_store(dead_link(request))
    if request.method != "POST":
        return _sign_in_page(request, case, RecoverySignInForm(initial=_initial(request)))
    form = RecoverySignInForm(request.POST)
    if not form.is_valid():
        return _sign_in_page(request, case, form, status=400)
    found = iam_user.find(str(case.account_id), form.cleaned_data["username"])
    attempt = _attempt(request, case, found, form.cleaned_data["username"])
    claim = iam_user.claim(attempt, found, remembers_account=remembers_account(request))
    note: dict[str, object] = {"recovery": {"case": case.pk}}
    try:
        outcome = check_password(attempt, claim, form.cleaned_data["password"], origin=attempt_origin(origin_of(request), attempt), note=note)
    except TooMany as error:
        response = _sign_in_page(request, case, form, error=error.public, status=429)
        response.headers["Retry-After"] = str(error.retry_after)
        return response
    if outcome is PasswordOutcome.RIGHT and claim.principal is not None:
        return go_on_proved(request, attempt, claim.principal, found)
    attempts.save(request, attempt)
    if outcome is PasswordOutcome.CHECK_DUE:
        return proceed(request, attempt)
    return _sign_in_page(request, case, form, error=wrong_words(), status=403)


def _initial(request: HttpRequest) -> dict[str, object]:
    attempt = attempts.load(request)
    return {"username": attempt.username} if attempt and attempt.journey == "recovery" else {}


def _attempt(request: HttpRequest, case: RecoveryCase, found: iam_user.Found, username: str) -> Attempt:
    """Return the attempt of this form: a new one of this case, which keeps a security check that was passed for the same name."""
    attempt = begin(request, "recovery")
    account = str(case.account_id)
    earlier = attempts.load(request)
    if earlier and earlier.journey == "recovery" and (earlier.account, earlier.username) == (account, username):
        attempt.check_reason, attempt.check_passed = earlier.check_reason, earlier.check_passed
    iam_user.identify(attempt, found, account=account, username=username, remember=False)
    attempt.recovery = case.link_digest
    principal: Principal | None = found.principal
    attempt.browser_known = known_browser.knows(request, principal.pk if principal else 0, principal.credential_epoch if principal else 0)
    return attempt


def _sign_in_page(request: HttpRequest, case: RecoveryCase, form: RecoverySignInForm, *, error: str = "", status: int = 200) -> HttpResponse:
    context = {
        "form": form,
        "error": error,
        "account": case.account,
        "statements": statements_of(str(case.account_id)),
        "is_on": is_on_for(str(case.account_id)),
        "action": ACTION,
    }
    return no_store(render(request, "policies/recovery/sign_in.html", context, status=status))


@require_safe
@stage_page(LIVE_CASE.url_name)
def over(request: HttpRequest, _attempt: Attempt) -> HttpResponse:
    """End a sign-in whose case is no longer live."""
    attempts.forget(request)
    return no_store(dead_link(request))


def visit_page(view: VisitView) -> Callable[[HttpRequest], HttpResponse]:
    """Give `view` this browser's live visit; without one there is no such page."""

    @wraps(view)
    def page(request: HttpRequest) -> HttpResponse:
        secret = read_cookie(request, COOKIE)
        visit = visit_of(secret)
        if visit is None:
            response = dead_link(request)
            if secret:
                drop_cookie(response, COOKIE)
            return no_store(response)
        return no_store(view(request, visit))

    return page


@require_http_methods(["GET", "HEAD", "POST"])
@visit_page
def delete(request: HttpRequest, visit: RecoveryVisit) -> HttpResponse:
    """Show what is going to be deleted, and delete it for somebody who may."""
    if request.method != "POST":
        return _delete_page(request, visit)
    form = ConfirmForm(request.POST, expected=str(visit.case.account_id))
    if not form.is_valid():
        return _delete_page(request, visit, form=form, status=400)
    outcome = deletion.complete(visit, origin=origin_of(request))
    if isinstance(outcome, Failure):
        reason = RecoveryFailure(outcome.reason)
        if reason is RecoveryFailure.OVER:
            return dead_link(request)
        return _delete_page(request, visit, error=reason.words, status=403 if reason is RecoveryFailure.NOT_PERMITTED else 409)
    request.session.flush()
    response = see_other(address("recovery:done"))
    drop_cookie(response, COOKIE)
    return response


def _delete_page(request: HttpRequest, visit: RecoveryVisit, *, form: ConfirmForm | None = None, error: str = "", status: int = 200) -> HttpResponse:
    account = visit.case.account
    decision = deletion.decision_on(visit, origin_of(request))
    context = {
        "account": account,
        "principal": visit.principal,
        "statements": list_statements(account.id, regions.DEFAULT, limit=SHOWN).statements,
        "diagnosis": diagnose(account),
        "may_delete": decision.allowed,
        "why": [] if decision.allowed else reasons_in_words(decision),
        "action": ACTION,
        "form": form or ConfirmForm(expected=account.id),
        "error": error,
        "propagation": int(conf.policy_propagation.total_seconds()),
    }
    return render(request, "policies/recovery/delete.html", context, status=status if decision.allowed else 403)


@require_POST
@visit_page
def leave(request: HttpRequest, visit: RecoveryVisit) -> HttpResponse:
    """End the visit, and let somebody else sign in with the same link."""
    end_visit(visit)
    request.session.flush()
    request.session[LINK_KEY] = visit.link_digest
    response = see_other(address("recovery:sign_in"))
    drop_cookie(response, COOKIE)
    return response


@require_safe
def done(request: HttpRequest) -> HttpResponse:
    """Tell what to do after access has been regained (guide). Nobody is signed in by a recovery."""
    return render(request, "policies/recovery/done.html", {"propagation": int(conf.policy_propagation.total_seconds())})
