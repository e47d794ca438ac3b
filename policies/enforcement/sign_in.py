"""The decision on a sign-in question, from the policies of the console and of whoever signs in: enforcement and rehearsal make it here. Pure."""

from policies.enforcement.consoles import Console
from policies.enforcement.identity import Identity
from policies.evaluation.authorization import Explanation, Policies, explain, sign_in
from policies.evaluation.decision import Decision, DeniedBy, Effect, Layer, Question
from policies.evaluation.request import ANONYMOUS, Caller, Request
from portal.core import arns
from portal.core.actions import SigninAction

RESOURCE = "arn:aws:signin:::console/console"
"""The resource of a console sign-in (Service Authorization Reference: `arn:aws:signin:::console/NAME`; the name is the simulator's own)."""

_DENIED_BY = {Layer.RESOURCE: DeniedBy.RESOURCE_POLICY, Layer.RCP: DeniedBy.RESOURCE_CONTROL_POLICY}


def decide_sign_in(question: Question, console: Console, identity: Identity) -> Decision:
    """Decide a question of an account for whose console authorization is on. A policy that cannot be used denies.

    Identity-based policies count after authentication only: before it nobody knows who asks (guide, "How AWS Sign-In evaluates
    resource-based policies").
    """
    unreadable = console.unreadable if is_before_authentication(question) else (*console.unreadable, *identity.unreadable)
    if unreadable:
        return Decision(Effect.DENY, tuple(map(str, unreadable)), _DENIED_BY.get(unreadable[0].layer, DeniedBy.OTHER))
    return sign_in(_request(question), _policies(question, console, identity))


def explain_sign_in(question: Question, console: Console, identity: Identity) -> Explanation:
    """Return the decision on a question with the result of every statement that can be read."""
    decision = decide_sign_in(question, console, identity)
    return explain(_request(question), _policies(question, console, identity), decision)


def is_before_authentication(question: Question) -> bool:
    """Tell whether a question is asked before anybody is authenticated."""
    return question.action == SigninAction.AUTHENTICATE


def _policies(question: Question, console: Console, identity: Identity) -> Policies:
    own = () if is_before_authentication(question) else identity.policies
    return Policies(rcps=console.rcps, scps=console.scps, resource=console.resource, identity=own)


def _request(question: Question) -> Request:
    caller = ANONYMOUS if is_before_authentication(question) else _caller(question)
    return Request.of(question.action, caller=caller, keys=question.keys, resource=RESOURCE, account=question.account)


def _caller(question: Question) -> Caller:
    """Return who is signed in: root user, or whoever else has the ARN."""
    if question.principal_arn == arns.root_arn(question.account):
        return Caller.root(question.account)
    return Caller.user(question.principal_arn)
