"""Whether a program may act for somebody: what is asked when a code is made for it, and at every token (guide, "Sign in through the AWS CLI").

Two questions, and both must be answered yes: the sign-in question of console access control, as for the console itself, and whether
identity-based and service control policies allow the action on the program's client. A root user needs no permission for the second.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from accounts.models import Principal
from policies.enforcement import permission
from policies.enforcement.context import question_of
from policies.enforcement.decide import decide
from policies.evaluation.decision import Decision, Question
from portal.core.actions import SigninAction, Subject
from portal.network.origin import Origin


@dataclass(frozen=True, slots=True)
class Verdict:
    """The decision, which of the two questions it answers, and what of it is kept in the note of the event."""

    decision: Decision
    by_console_access: bool
    note: Mapping[str, Any]

    @property
    def allowed(self) -> bool:
        """Whether the program may go on."""
        return self.decision.allowed


def oauth_keys(*, client_id: str, redirect_uri: str, grant_type: str = "") -> dict[str, str]:
    """Return the condition keys of a public client's request (guide, "OAuth condition keys"); only token requests have a `grant_type`."""
    keys = {"signin:OAuthClientId": client_id, "signin:OAuthRedirectUri": redirect_uri}
    if grant_type:
        keys |= {"signin:OAuthGrantType": grant_type, "signin:OAuthClientAuthentication": "none"}
    return {name: value for name, value in keys.items() if value}


def may_act(
    principal: Principal,
    action: SigninAction,
    *,
    resource: str,
    region: str,
    origin: Origin,
    with_mfa: bool,
    keys: Mapping[str, str] | None = None,
) -> Verdict:
    """Decide whether a program may do `action` for `principal`, who must have been read with its account; never raises.

    `resource` is the ARN that policies mean the client by, in `region`, whose endpoint was reached; `keys` are those of `oauth_keys`.
    """
    here = origin.at_endpoint(region)
    question = question_of(action, Subject(str(principal.account_id), principal.arn, region), here)
    if keys:
        question = Question(question.action, question.account, question.principal_arn, {**question.keys, **keys})
    decision = decide(question)
    denied = not decision.allowed
    if not denied:
        decision = permission.decide(principal, action, origin=here, resource=resource, with_mfa=with_mfa, more=keys)
    return Verdict(decision, denied, _note(action, resource, question.keys, decision))


def _note(action: SigninAction, resource: str, keys: Mapping[str, str], decision: Decision) -> Mapping[str, Any]:
    deciding = [
        {"layer": each.layer, "policy": each.policy, "statement": each.number + 1, **({"sid": each.sid} if each.sid else {})}
        for each in decision.deciding
    ]
    return {
        "question": {"action": action, "resource": resource, "keys": dict(keys)},
        "decision": {"effect": decision.effect, "reasons": list(decision.reasons), **({"deciding": deciding} if deciding else {})},
    }
