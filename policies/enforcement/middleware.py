"""The only place that enforces sign-in policies: before a view that declares a sign-in action runs, its question is decided."""

from collections.abc import Callable
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from accounts.signin.remembered_account import remembers_account
from policies.enforcement.context import question_of
from policies.enforcement.decide import decide
from policies.enforcement.words import denial_words
from policies.evaluation.decision import Decision, DeniedBy, Question
from portal.conf import conf
from portal.core import arns
from portal.core.actions import Declaration, SigninAction
from portal.network.origin import origin_of
from portal.trail.identity import Identity
from portal.trail.names import ErrorMessage
from portal.trail.record import console_login

_ERRORS = {
    DeniedBy.RESOURCE_POLICY: ErrorMessage.RESOURCE_POLICY_DENIED,
    DeniedBy.RESOURCE_CONTROL_POLICY: ErrorMessage.RESOURCE_CONTROL_POLICY_DENIED,
}


class SigninPolicies:
    """Asks the policies wherever a view declares a sign-in action.

    What was asked and answered is left on the request as `policy_note`, which flows keep beside the event or grant they write.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Pass the request on; questions are asked in `process_view`, when the view is known."""
        return self.get_response(request)

    def process_view(
        self, request: HttpRequest, view: Callable[..., HttpResponse], args: tuple[Any, ...], kwargs: dict[str, Any]
    ) -> HttpResponse | None:
        """Decide on the view's declared action; a denial answers in the view's place."""
        declared: Declaration | None = getattr(view, "signin_action", None)
        if declared is None or request.method not in declared.methods:
            return None
        origin = origin_of(request)
        question = question_of(declared.action, declared.subject(request), origin)
        decision = decide(question)
        request.policy_note = {  # type: ignore[attr-defined]  # read by the flows that record
            "question": {"action": question.action, "account": question.account, "keys": dict(question.keys)},
            "decision": {"effect": decision.effect, "reasons": list(decision.reasons), **_deciding(decision)},
        }
        if decision.allowed:
            return None
        console_login(
            denied_identity(declared.action, question),
            origin=origin,
            succeeded=False,
            login_to=f"{conf.base_url}/console/",
            error=_ERRORS.get(decision.denied_by or DeniedBy.OTHER, ErrorMessage.FAILED_AUTHENTICATION),
            remembers_account=remembers_account(request),
            note=request.policy_note,  # type: ignore[attr-defined]  # set just above
        )
        return render(request, "policies/denied.html", {"text": denial_words(declared.action, decision)}, status=403)


def _deciding(decision: Decision) -> dict[str, Any]:
    """Return the statements that decided, for the note; nothing where none did."""
    found = [
        {"layer": each.layer, "policy": each.policy, "statement": each.number + 1, **({"sid": each.sid} if each.sid else {})}
        for each in decision.deciding
    ]
    return {"deciding": found} if found else {}


def denied_identity(action: SigninAction, question: Question) -> Identity:
    """Return the identity that a denial is recorded under. Before authentication the name of an IAM user is only a claim, and hidden."""
    if question.account and question.principal_arn == arns.root_arn(question.account):
        return Identity.root(question.account)
    if action is SigninAction.AUTHENTICATE:
        return Identity.unknown_iam_user(question.account)
    return Identity("iam_user", "IAMUser", question.account, arn=question.principal_arn)
