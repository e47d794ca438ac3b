"""Whether somebody may do something that is not signing in: identity-based and service control policies, by the one evaluation of the portal.

Policies of console access (permission statements, RCPs) have no say here: they concern signing in only (guide, "Controlling console
access"). Whoever signs requests is asked about in `portal.awsapi.permissions`, which shares the keys and the organisation's part.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime

from accounts.models import Principal
from policies.enforcement.consoles import Console, read_console
from policies.enforcement.documents import PolicyUnreadable
from policies.enforcement.identity import policies_of
from policies.enforcement.layers import Shelf
from policies.evaluation.authorization import Policies, authorize
from policies.evaluation.decision import Decision, DeniedBy, Effect, Layer
from policies.evaluation.request import Caller, Request
from policies.evaluation.statements import Policy
from portal.conf import conf
from portal.core import clock, regions
from portal.network.origin import Origin

Keys = Mapping[str, str | Sequence[str]]

_organisations: Shelf[Console | None] = Shelf()
_own: Shelf[tuple[Policy, ...]] = Shelf()


def service_control_policies(account: str) -> tuple[tuple[Policy, ...], ...]:
    """Return the SCPs that apply to an account's identities, level by level; none for a management account. Raises `PolicyUnreadable`."""
    now = clock.now()
    found = _organisations.get(account, now, lambda: read_console(account, regions.DEFAULT, now))
    if found is None:
        return ()
    unreadable = [error for error in found.unreadable if error.layer is Layer.SCP]
    if unreadable:
        raise unreadable[0]
    # A level without a policy of its own still has the one that allows everything, which no organisation may do without.
    return tuple(level for level in found.scps if level)


def _identity_policies(principal: Principal) -> tuple[Policy, ...]:
    """Return the identity-based policies of a principal, kept under the version stamp. Raises `PolicyUnreadable`."""
    return _own.get((principal.pk, principal.arn), clock.now(), lambda: policies_of(principal))


def request_keys(origin: Origin, now: datetime) -> dict[str, str]:
    """Return the keys that every request has (IAM user guide, "AWS global condition context keys"): time, Region, and where it comes from.

    A request comes from a public address, or from a VPC with its endpoint and private address, never both; what is not known is missing.
    """
    found = {
        "aws:RequestedRegion": origin.region,
        "aws:CurrentTime": now.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "aws:EpochTime": str(int(now.timestamp())),
        "aws:SecureTransport": "true" if conf.secure else "false",
        "aws:ViaAWSService": "false",
        "aws:UserAgent": origin.user_agent,
    }
    if origin.vpc:
        found |= {"aws:SourceVpc": origin.vpc, "aws:SourceVpce": origin.vpce, "aws:VpcSourceIp": origin.vpc_source_ip}
    else:
        found["aws:SourceIp"] = origin.address
    return {name: value for name, value in found.items() if value}


def decide(principal: Principal, action: str, *, origin: Origin, resource: str = "*", with_mfa: bool | None = None) -> Decision:
    """Decide whether a signed-in root user or IAM user may do `action` in its own account; never raises for a policy.

    `with_mfa` tells whether the sign-in used a second factor; None where it is not known, and then the key is missing. A policy that
    cannot be read denies and says so.
    """
    account = str(principal.account_id)
    is_root = principal.kind == Principal.Kind.ROOT
    keys = request_keys(origin, clock.now()) | {
        "aws:PrincipalArn": principal.arn,
        "aws:PrincipalAccount": account,
        "aws:ResourceAccount": account,
        "aws:PrincipalType": "Account" if is_root else "User",
        "aws:userid": principal.unique_id,
    }
    if not is_root:
        keys["aws:username"] = principal.name
    if with_mfa is not None:
        keys["aws:MultiFactorAuthPresent"] = "true" if with_mfa else "false"
    if principal.account is not None and principal.account.organization_id:
        keys["aws:PrincipalOrgID"] = principal.account.organization_id
    caller = Caller.root(account) if is_root else Caller.user(principal.arn, unique_id=principal.unique_id)
    request = Request.of(action, caller=caller, keys=keys, resource=resource)
    try:
        return authorize(request, Policies(scps=service_control_policies(account), identity=_identity_policies(principal)))
    except PolicyUnreadable as error:
        return Decision(Effect.DENY, (str(error),), DeniedBy.OTHER)
