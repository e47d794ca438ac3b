"""Whether a caller may do what a call asks: identity, session and service control policies, by the one evaluation of the portal.

Policies of console access (permission statements, RCPs) have no say here: they never concern signed requests (guide, "Controlling
console access").
"""

from collections.abc import Mapping, Sequence

from accounts.access_keys.temporary import FederatedSession, PrincipalSession, RoleSession
from accounts.oauth.terms import session_arn
from policies.enforcement.documents import PolicyUnreadable
from policies.enforcement.permission import request_keys, service_control_policies
from policies.evaluation.authorization import Policies, authorize
from policies.evaluation.decision import Decision, DeniedBy, Effect, Layer
from policies.evaluation.request import Request
from policies.evaluation.statements import Policy
from portal.awsapi.callers import Signer
from portal.awsapi.errors import CallRefused, Fault
from portal.awsapi.explanations import encode
from portal.awsapi.registry import Call

_KINDS = {
    Layer.SCP: "a service control policy",
    Layer.IDENTITY: "an identity-based policy",
    Layer.SESSION: "a session policy",
    Layer.RESOURCE: "a resource-based policy",
}


def keys_of(call: Call) -> dict[str, str | Sequence[str]]:
    """Return the condition keys of a call (IAM user guide, "AWS global condition context keys"); what does not apply is missing."""
    signer, now = call.signer, call.now
    keys: dict[str, str | Sequence[str]] = {
        **request_keys(call.origin, now),
        "aws:PrincipalArn": signer.principal_arn,
        "aws:PrincipalAccount": signer.account,
        "aws:PrincipalType": signer.type,
        "aws:userid": signer.user_id,
        "aws:RequestedRegion": call.region,
    }
    if signer.type == "User" and signer.identity.user_name:
        keys["aws:username"] = signer.identity.user_name
    if signer.session is not None:
        keys["aws:TokenIssueTime"] = signer.session.began_at.strftime("%Y-%m-%dT%H:%M:%SZ")
        mfa_at = None if isinstance(signer.session, FederatedSession) else signer.session.mfa_at
        keys["aws:MultiFactorAuthPresent"] = "true" if mfa_at else "false"
        if mfa_at:
            keys["aws:MultiFactorAuthAge"] = str(int((now - mfa_at).total_seconds()))
        if isinstance(signer.session, RoleSession) and signer.session.source_identity:
            keys["aws:SourceIdentity"] = signer.session.source_identity
        if isinstance(signer.session, PrincipalSession) and signer.session.grant:
            named = signer.session
            keys["aws:SignInSessionArn"] = session_arn(named.grant, account=named.account, region=named.region)
    organization = signer.holder.account.organization_id if signer.holder.account else None
    if organization:
        keys["aws:PrincipalOrgID"] = organization
    return keys


def policies_on(signer: Signer, *, resource: tuple[Policy, ...] = (), lent: tuple[Policy, ...] = ()) -> Policies:
    """Return every policy that has a say in what `signer` does, and those lent to it for once; raises `PolicyUnreadable`."""
    scps = service_control_policies(signer.account)
    return Policies(scps=scps, resource=resource, identity=signer.identity_policies() + lent, session=signer.session_policies())


def decide(
    call: Call,
    action: str,
    *,
    resource: str = "*",
    account: str = "",
    keys: Mapping[str, str | Sequence[str]] | None = None,
    resource_policies: tuple[Policy, ...] = (),
    lent: tuple[Policy, ...] = (),
) -> Decision:
    """Decide whether the caller may do `action` on `resource` of `account`. A policy that cannot be read denies and says so.

    `lent` are identity-based policies that the caller has for this once beside its own.
    """
    named: dict[str, str | Sequence[str]] = {**keys_of(call), "aws:ResourceAccount": account or call.signer.account, **(keys or {})}
    request = Request.of(action, caller=call.signer.caller, keys=named, resource=resource, account=account)
    try:
        return authorize(request, policies_on(call.signer, resource=resource_policies, lent=lent))
    except PolicyUnreadable as error:
        return Decision(Effect.DENY, (str(error),), DeniedBy.OTHER)


def require(call: Call, action: str, *, resource: str = "*", keys: Mapping[str, str | Sequence[str]] | None = None) -> None:
    """Refuse a call that its caller's policies do not allow; `keys` are the action's own condition keys."""
    decision = decide(call, action, resource=resource, keys=keys)
    if not decision.allowed:
        raise refused(call.signer, action, resource, decision)


def refused(signer: Signer, action: str, resource: str, decision: Decision) -> CallRefused:
    """Return the refusal of an action, in the words that the services use."""
    return Denied(denial(signer.arn, action, resource, decision), decision, action=action, resource=resource)


def explained(call: Call, denied: "Denied") -> CallRefused:
    """Return a refusal with its reasons behind what it says, sealed, for those who may decode them; as it is where it names no action."""
    if not denied.action:
        return denied
    signer = call.signer
    try:
        policies = policies_on(signer)
    except PolicyUnreadable:
        policies = None
    encoded = encode(
        denied.decision,
        action=denied.action,
        resource=denied.resource,
        account=signer.account,
        principal={"id": signer.user_id, "arn": signer.arn},
        keys=keys_of(call),
        policies=policies,
        now=call.now,
    )
    return CallRefused(denied.error, f"{denied.message}. Encoded authorization failure message: {encoded}", members=denied.members)


def denial(arn: str, action: str, resource: str, decision: Decision) -> str:
    """Return the sentence that the services refuse an action with (IAM user guide, "Access denied error messages")."""
    layer = decision.deciding[0].layer if decision.deciding else None
    if layer is not None and layer in _KINDS:
        because = f"with an explicit deny in {_KINDS[layer]}"
    else:
        because = f"because no identity-based policy allows the {action} action"
    return f"User: {arn} is not authorized to perform: {action} on resource: {resource} {because}"


class Denied(CallRefused):
    """The caller's policies do not allow the call; `decision` is for the event's note.

    `action` and `resource` are what was asked; empty where the caller may not learn that anything was (a role that may not be there).
    """

    def __init__(self, message: str, decision: Decision, *, action: str = "", resource: str = "") -> None:
        super().__init__(Fault.DENIED, message)
        self.decision = decision
        self.action = action
        self.resource = resource
