"""Security Token Service: who am I, and sessions of roles (IAM user guide, "Methods to assume a role"; service model `sts` 2011-06-15)."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from accounts.access_keys import temporary
from accounts.models import Account, Principal, Role
from accounts.roles.flows import role_of, session_arn
from mfa.base.guessing import count_try, forgive
from mfa.totp.flows import verify
from policies.enforcement.documents import PolicyUnreadable, compiled, compiled_managed
from policies.evaluation.decision import Layer
from policies.evaluation.statements import Policy
from policies.language import PolicyInvalid, PolicyType, read
from portal.awsapi.errors import CallRefused, Fault
from portal.awsapi.permissions import Denied, decide
from portal.awsapi.registry import Answer, Call, operation

DEFAULT_SECONDS = 3600
CHAINED_SECONDS = 3600
"""How long a session may last that another session opened (role chaining)."""
POLICY_CHARACTERS = 2048
"""Characters of session policies and ARNs together (STS API reference, AssumeRole)."""
MOST_ARNS = 10
ROLE_TYPE = "AWS::IAM::Role"


@operation("sts", reads=True, authorized=False)
def get_caller_identity(call: Call) -> Answer:
    """Tell whose credentials these are; nobody needs a permission for it, and no policy can deny it."""
    signer = call.signer
    return Answer({"UserId": signer.user_id, "Account": signer.account, "Arn": signer.arn})


@operation("sts", reads=True, authorized=False)
def assume_role(call: Call) -> Answer:
    """Open a session of a role that trusts the caller, and return its credentials."""
    given, signer = call.parameters, call.signer
    if signer.is_root:
        raise CallRefused(Fault.DENIED, "Roles may not be assumed by root accounts.")
    if given.get("Tags") or given.get("TransitiveTagKeys") or given.get("ProvidedContexts"):
        raise CallRefused(Fault.INVALID, "Session tags and provided contexts are not part of this simulation; leave them out.")
    mfa_at = _second_factor(call)
    role = _trusting_role(call, mfa_at)
    written, named = _session_policies(given)
    session = temporary.RoleSession(
        role_id=role.unique_id,
        name=given["RoleSessionName"],
        began_at=call.now,
        ends_at=call.now + timedelta(seconds=_seconds(call, role)),
        policies=written,
        policy_arns=named,
        source_identity=given.get("SourceIdentity", ""),
        mfa_at=mfa_at,
    )
    return _answer(call, role, session)


def _answer(call: Call, role: Role, session: temporary.RoleSession) -> Answer:
    issued = temporary.issue(session)
    assumed = {"AssumedRoleId": f"{role.unique_id}:{session.name}", "Arn": session_arn(role, session.name)}
    output = {
        "Credentials": {
            "AccessKeyId": issued.key_id,
            "SecretAccessKey": issued.secret,
            "SessionToken": issued.token,
            "Expiration": session.ends_at,
        },
        "AssumedRoleUser": assumed,
        "PackedPolicySize": _packed(session) if session.is_limited else None,
        "SourceIdentity": session.source_identity or None,
    }
    recorded = {"Credentials": {"AccessKeyId": issued.key_id, "Expiration": session.ends_at}, "AssumedRoleUser": assumed}
    shared = role.account_id if role.account_id != call.signer.account else ""
    return Answer(output, recorded=recorded, resources=((role.arn, ROLE_TYPE),), shared_with=shared)


def _packed(session: temporary.RoleSession) -> int:
    used = sum(map(len, (*session.policies, *session.policy_arns)))
    return max(1, used * 100 // POLICY_CHARACTERS)


def _second_factor(call: Call) -> datetime | None:
    """Return when the caller proved a second factor: now, where a code came with the call; refuses a code that is not right."""
    serial, code, user = call.parameters.get("SerialNumber"), call.parameters.get("TokenCode"), call.signer.holder
    if serial is None and code is None:
        return None
    if serial is None or code is None:
        raise CallRefused(Fault.INVALID, "Give SerialNumber and TokenCode together.")
    if isinstance(user, Principal):
        binding = f"sts {call.signer.key_id}"
        counted = count_try(user.pk, binding, call.origin.caller)
        device = None if counted.spent or counted.wait else verify(user, code)
        if device is not None and device.serial == serial:
            forgive(user.pk, binding, call.origin.caller)
            return call.now
    raise CallRefused(Fault.DENIED, "MultiFactorAuthentication failed with invalid MFA one time pass code.")


def _trusting_role(call: Call, mfa_at: datetime | None) -> Role:
    """Return the role of the call, if it trusts the caller and the caller may assume it. A role that is not there is refused alike."""
    given = call.parameters
    arn: str = given["RoleArn"]
    keys: dict[str, str | Sequence[str]] = {"sts:RoleSessionName": given["RoleSessionName"]}
    keys |= {key: given[name] for key, name in (("sts:ExternalId", "ExternalId"), ("sts:SourceIdentity", "SourceIdentity")) if name in given}
    if mfa_at is not None:
        keys |= {"aws:MultiFactorAuthPresent": "true", "aws:MultiFactorAuthAge": "0"}
    role = role_of(arn)
    if role is not None and role.account.status == Account.Status.ACTIVE:
        actions = ("sts:AssumeRole", "sts:SetSourceIdentity") if "SourceIdentity" in given else ("sts:AssumeRole",)
        for action in actions:
            _require_trust(call, role, action, keys)
        return role
    raise CallRefused(Fault.DENIED, _not_authorized(call, "sts:AssumeRole", arn))


def _require_trust(call: Call, role: Role, action: str, keys: Mapping[str, str | Sequence[str]]) -> None:
    """Refuse unless the role's own policy allows the caller; what the caller's policies allow is never enough."""
    message = _not_authorized(call, action, role.arn)
    try:
        trust: tuple[Policy, ...] = (Policy(read(role.trust, PolicyType.TRUST), name=f"trust policy of {role.name}"),)
    except PolicyInvalid:
        raise CallRefused(Fault.DENIED, message) from None
    decision = decide(call, action, resource=role.arn, account=role.account_id, keys=keys, resource_policies=trust)
    if not decision.allowed or not any(deciding.layer is Layer.RESOURCE for deciding in decision.deciding):
        raise Denied(message, decision)


def _not_authorized(call: Call, action: str, arn: str) -> str:
    return f"User: {call.signer.arn} is not authorized to perform: {action} on resource: {arn}"


def _seconds(call: Call, role: Role) -> int:
    wanted: int | None = call.parameters.get("DurationSeconds")
    if wanted is None:
        return DEFAULT_SECONDS
    if call.signer.session is not None and wanted > CHAINED_SECONDS:
        raise CallRefused(Fault.INVALID, "The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining.")
    if wanted > role.max_session_seconds:
        raise CallRefused(Fault.INVALID, "The requested DurationSeconds exceeds the MaxSessionDuration set for this role.")
    return wanted


def _session_policies(given: Mapping[str, object]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the texts and ARNs of session policies; refuses what is no policy, or too much."""
    text, listed = given.get("Policy"), given.get("PolicyArns", [])
    assert isinstance(listed, list)  # noqa: S101  # as the model says
    arns = tuple(str(item.get("arn", "")) for item in listed)
    written = (str(text),) if text is not None else ()
    if len(arns) > MOST_ARNS or sum(map(len, (*written, *arns))) > POLICY_CHARACTERS:
        raise CallRefused("PackedPolicyTooLarge", f"Session policies may have {POLICY_CHARACTERS} characters and {MOST_ARNS} managed policies.")
    try:
        for policy in written:
            compiled(policy, PolicyType.IDENTITY, "session policy")
        for arn in arns:
            compiled_managed(arn)
    except PolicyUnreadable as error:
        raise CallRefused("MalformedPolicyDocument", str(error)) from None
    return written, arns
