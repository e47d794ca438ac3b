"""Pages of recovery cases."""

from collections.abc import Callable
from functools import wraps

from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.administration.acts import Actor
from accounts.models import Account, SignInSession
from accounts.outcomes import Failure, Outcome
from policies.models import RecoveryCase
from policies.recovery import flows
from policies.recovery.diagnosis import diagnose
from policies.recovery.rules import RecoveryFailure
from portal.core import ids
from portal.core.errors import BadInput, NotFound, TooMany
from portal.core.http import see_other
from portal.core.moments import moment
from portal.network.origin import origin_of
from portal.operator.recovery.case_list import history_of, key_before, listed_cases, state_of
from portal.operator.recovery.forms import OpenForm, VerifyForm
from portal.operator.visits import confirmed_recently, operator_page

NOTICES = {
    "opened": gettext_lazy("The case is open. Verify the root user’s email address next."),
    "code": gettext_lazy("A code was mailed to the root user’s address. Ask the caller to read it to you."),
    "verified": gettext_lazy("The address is verified."),
    "link": gettext_lazy("The recovery link was mailed to the root user’s address. It works for 72 hours."),
    "withdrawn": gettext_lazy("The case is withdrawn. Its link no longer works."),
}
_BIGGEST = 2**63 - 1
"""The largest key of a row."""

CaseView = Callable[[HttpRequest, SignInSession, RecoveryCase], HttpResponse]


def _actor(request: HttpRequest, session: SignInSession) -> Actor:
    return Actor(session.principal, origin_of(request))


@require_safe
@operator_page
def cases(request: HttpRequest, _session: SignInSession) -> HttpResponse:
    """List the cases, newest first, twenty a page by key."""
    before = key_before(request)
    return render(request, "portal/operator/recovery/cases.html", {"page": listed_cases(before=before), "is_first_page": before is None})


@require_http_methods(["GET", "HEAD", "POST"])
@operator_page
def new(request: HttpRequest, session: SignInSession) -> HttpResponse:
    """Ask for the account and the reason, and open a case."""
    if request.method != "POST":
        return _new_page(request, OpenForm(initial={"account": _asked_account(request.GET)}))
    account = _asked_account(request.POST)
    return confirmed_recently(_open, resume=f"{request.path}?account={account}" if account else request.path)(request, session)


def _asked_account(given: QueryDict) -> str:
    asked = ids.account_key(given.get("account", ""))
    return asked if ids.ACCOUNT_ID.fullmatch(asked) or ids.ALIAS.fullmatch(asked) else ""


def _new_page(request: HttpRequest, form: OpenForm, *, error: str = "", status: int = 200, already: RecoveryCase | None = None) -> HttpResponse:
    return render(request, "portal/operator/recovery/new.html", {"form": form, "error": error, "already": already}, status=status)


def _open(request: HttpRequest, session: SignInSession) -> HttpResponse:
    form = OpenForm(request.POST)
    if not form.is_valid():
        return _new_page(request, form, status=400)
    key = form.cleaned_data["account"]
    account = Account.objects.select_related("organization").filter(**{"pk" if ids.ACCOUNT_ID.fullmatch(key) else "alias": key}).first()
    if account is None:
        form.add_error("account", _("There is no account with this ID or alias."))
        return _new_page(request, form, status=400)
    outcome = flows.open_case(account, reason=form.cleaned_data["reason"], by=_actor(request, session))
    if isinstance(outcome, Failure):
        already = RecoveryCase.objects.filter(account=account, closed_at=None).first()
        return _new_page(request, form, error=RecoveryFailure(outcome.reason).words, status=409, already=already)
    return see_other(_address(outcome.case, done="opened"))


def _address(case: RecoveryCase, *, done: str = "") -> str:
    return _page_of(case.pk) + (f"?done={done}" if done else "")


def _page_of(case_id: int) -> str:
    return reverse("operator_recovery:case", args=[case_id])


def _case_page_of(view: CaseView) -> Callable[..., HttpResponse]:
    """Give `view` the case that the address names."""

    @wraps(view)
    def page(request: HttpRequest, session: SignInSession, case_id: int) -> HttpResponse:
        rows = RecoveryCase.objects.select_related("account__organization")
        found = rows.filter(pk=case_id).first() if case_id <= _BIGGEST else None
        if found is None:
            raise NotFound(_("There is no such case."))
        return view(request, session, found)

    return page


def _with_case(view: CaseView, *, acts: bool) -> Callable[..., HttpResponse]:
    """Make `view` a page of a signed-in operator and of one case; what `acts` is for operators who proved who they are recently.

    Who confirms it first comes back to the case, and sends the step again.
    """

    @wraps(view)
    def page(request: HttpRequest, case_id: int) -> HttpResponse:
        def of_case(asking: HttpRequest, session: SignInSession) -> HttpResponse:
            return _case_page_of(view)(asking, session, case_id)

        answer = operator_page(confirmed_recently(of_case, resume=_page_of(case_id)) if acts else of_case)(request)
        assert isinstance(answer, HttpResponse)  # noqa: S101  # what every view here returns
        return answer

    return page


def _step(view: CaseView) -> Callable[..., HttpResponse]:
    """Make `view` a step of a case: sent by POST, by an operator who proved who it is recently, for the account of that very case."""

    @wraps(view)
    def step(request: HttpRequest, session: SignInSession, case: RecoveryCase) -> HttpResponse:
        if request.POST.get("account", "") != case.account_id:
            flows.refuse_swap(case, _actor(request, session))
            raise BadInput(_("This step was sent for another account than the one of this case. Open the case again."))
        try:
            return view(request, session, case)
        except TooMany as error:
            response = _page(request, case, error=error.public, status=429)
            response.headers["Retry-After"] = str(error.retry_after)
            return response

    return require_POST(_with_case(step, acts=True))


def _show(request: HttpRequest, _session: SignInSession, case: RecoveryCase) -> HttpResponse:
    """Show a case: what it is about, what keeps the account's users out, the next step, and its history."""
    return _page(request, case, notice=str(NOTICES.get(request.GET.get("done", ""), "")))


case = require_safe(_with_case(_show, acts=False))


def _page(
    request: HttpRequest, case: RecoveryCase, *, form: VerifyForm | None = None, notice: str = "", error: str = "", status: int = 200
) -> HttpResponse:
    case.refresh_from_db()
    root, state = flows.root_of(str(case.account_id)), state_of(case)
    context = {
        "case": case,
        "account": case.account,
        "root": root,
        "state": state,
        "opened": moment(case.opened_at),
        "expires": moment(case.expires_at),
        "diagnosis": diagnose(case.account),
        "address_changed": bool(root and case.email and root.email != case.email),
        "history": history_of(case),
        "form": form or VerifyForm(),
        "notice": notice,
        "error": error,
    }
    return render(request, "portal/operator/recovery/case.html", context, status=status)


def _answer(request: HttpRequest, case: RecoveryCase, outcome: Outcome, *, done: str, form: VerifyForm | None = None) -> HttpResponse:
    if not isinstance(outcome, Failure):
        return see_other(_address(case, done=done))
    reason = RecoveryFailure(outcome.reason)
    return _page(request, case, form=form, error=reason.words, status=409 if reason is RecoveryFailure.OVERTAKEN else 400)


def _seen(request: HttpRequest) -> int:
    """Return the version of the case that the operator's page showed; raises BadInput for what is none."""
    text = request.POST.get("seen", "")
    if not (text.isascii() and text.isdigit() and len(text) <= 9):
        raise BadInput(_("The form is not complete. Open the case again."))
    return int(text)


def _code(request: HttpRequest, session: SignInSession, case: RecoveryCase) -> HttpResponse:
    """Mail a code to the root user's address."""
    return _answer(request, case, flows.send_code(case, seen=_seen(request), by=_actor(request, session)), done="code")


def _verify(request: HttpRequest, session: SignInSession, case: RecoveryCase) -> HttpResponse:
    """Check the code that the caller read."""
    form = VerifyForm(request.POST)
    if not form.is_valid():
        return _page(request, case, form=form, status=400)
    outcome = flows.verify(case, form.cleaned_data["code"], seen=_seen(request), by=_actor(request, session))
    return _answer(request, case, outcome, done="verified")


def _link(request: HttpRequest, session: SignInSession, case: RecoveryCase) -> HttpResponse:
    """Mail the recovery link."""
    return _answer(request, case, flows.issue_link(case, seen=_seen(request), by=_actor(request, session)), done="link")


def _withdraw(request: HttpRequest, session: SignInSession, case: RecoveryCase) -> HttpResponse:
    """Withdraw the case."""
    return _answer(request, case, flows.withdraw(case, seen=_seen(request), by=_actor(request, session)), done="withdrawn")


code, verify, link, withdraw = _step(_code), _step(_verify), _step(_link), _step(_withdraw)
