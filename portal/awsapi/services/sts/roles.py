"""Sessions of roles (IAM user guide, "Methods to assume a role")."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from accounts.access_keys import temporary
from accounts.models import Account, Role
from accounts.roles.flows import role_of, session_arn
from policies.evaluation.decision import Layer
from policies.evaluation.statements import Policy
from policies.language import PolicyInvalid, PolicyType, read
from portal.awsapi.errors import CallRefused, Fault
from portal.awsapi.permissions import Denied, decide
from portal.awsapi.registry import Answer, Call, operation
from portal.awsapi.services.sts.second_factor import second_factor
from portal.awsapi.services.sts.session_policies import packed_size, refuse_tags, session_policies

DEFAULT_SECONDS = 3600
CHAINED_SECONDS = 3600
"""How long a session may last that another session opened (role chaining)."""
ROLE_TYPE = "AWS::IAM::Role"


@operation("sts", reads=True, authorized=False)
def assume_role(call: Call) -> Answer:
    """Open a session of a role that trusts the caller, and return its credentials."""
    given, signer = call.parameters, call.signer
    if signer.is_root:
        raise CallRefused(Fault.DENIED, "Roles may not be assumed by root accounts.")
    refuse_tags(given)
    mfa_at = second_factor(call)
    source = _source_identity(call)
    role = _trusting_role(call, mfa_at, source)
    written, named = session_policies(given)
    session = temporary.RoleSession(
        role_id=role.unique_id,
        name=given["RoleSessionName"],
        began_at=call.now,
        ends_at=call.now + timedelta(seconds=_seconds(call, role)),
        policies=written,
        policy_arns=named,
        source_identity=source,
        mfa_at=mfa_at,
        standing=role.account.standing_epoch,
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
        "PackedPolicySize": packed_size(session.policies, session.policy_arns),
        "SourceIdentity": session.source_identity or None,
    }
    recorded = {"Credentials": {"AccessKeyId": issued.key_id, "Expiration": session.ends_at}, "AssumedRoleUser": assumed}
    shared = role.account_id if role.account_id != call.signer.account else ""
    return Answer(output, recorded=recorded, resources=((role.arn, ROLE_TYPE),), shared_with=shared)


def _source_identity(call: Call) -> str:
    """Return who the new session says is behind it. A session that has a source identity passes it on, and nobody changes it.

    IAM user guide, "Monitor and control actions taken with assumed roles".
    """
    session = call.signer.session
    standing = session.source_identity if isinstance(session, temporary.RoleSession) else ""
    wanted: str = call.parameters.get("SourceIdentity", standing)
    if standing and wanted != standing:
        raise CallRefused(Fault.DENIED, _not_authorized(call, "sts:SetSourceIdentity", call.parameters["RoleArn"]))
    return wanted


def _trusting_role(call: Call, mfa_at: datetime | None, source: str) -> Role:
    """Return the role of the call, if it trusts the caller and the caller may assume it. A role that is not there is refused alike."""
    given = call.parameters
    arn: str = given["RoleArn"]
    keys: dict[str, str | Sequence[str]] = {"sts:RoleSessionName": given["RoleSessionName"]}
    keys |= {key: value for key, value in (("sts:ExternalId", given.get("ExternalId")), ("sts:SourceIdentity", source)) if value}
    if mfa_at is not None:
        keys |= {"aws:MultiFactorAuthPresent": "true", "aws:MultiFactorAuthAge": "0"}
    role = role_of(arn)
    if role is not None and role.account.status == Account.Status.ACTIVE:
        actions = ("sts:AssumeRole", "sts:SetSourceIdentity") if source else ("sts:AssumeRole",)
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
    if isinstance(call.signer.session, temporary.RoleSession) and wanted > CHAINED_SECONDS:
        raise CallRefused(Fault.INVALID, "The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining.")
    if wanted > role.max_session_seconds:
        raise CallRefused(Fault.INVALID, "The requested DurationSeconds exceeds the MaxSessionDuration set for this role.")
    return wanted
