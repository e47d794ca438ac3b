"""The policies that have a say in an account's console, read from the database and compiled."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import NamedTuple

from accounts.models import Account, OrganizationalUnit, Principal, Role
from policies.enforcement.documents import PolicyUnreadable, compiled, compiled_row
from policies.enforcement.identity import policies_of
from policies.evaluation.decision import Layer
from policies.evaluation.statements import Policy
from policies.language import PolicyType
from policies.models import ConsoleAuthorization, PermissionStatement, PolicyDocument, PolicyTarget
from policies.statements.consolidated import Numbered
from policies.statements.consolidated import text_of as consolidated_text
from policies.statements.flows import horizon, parameters_of
from portal.conf import conf
from portal.core import regions

FOREVER = datetime.max.replace(tzinfo=UTC)
FULL_ACCESS = '{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}'
"""The service control policy `FullAWSAccess`, which is attached everywhere and, in this simulator, cannot be detached."""
RESOURCE_POLICY = "sign-in policy of account {}"
"""Name of an account's consolidated policy in decisions."""


class Change(NamedTuple):
    """Something that was there from `put` until `removed`, or is still."""

    target: str
    put: datetime
    removed: datetime | None

    def is_known(self, region: str, now: datetime) -> bool:
        """Tell whether a Region takes it to be there now."""
        if region == regions.DEFAULT:
            return self.removed is None
        known = horizon(region, now)
        return self.put <= known and (self.removed is None or self.removed > known)


@dataclass(frozen=True, slots=True)
class Console:
    """What is asked before anybody enters an account's console, compiled; `targets` are what console authorization may be on for.

    It holds until `until`, when a Region learns of the next change. `unreadable` are policies that have a say and cannot be used.
    """

    targets: frozenset[str]
    rcps: tuple[tuple[Policy, ...], ...] = ()
    scps: tuple[tuple[Policy, ...], ...] = ()
    resource: tuple[Policy, ...] = ()
    unreadable: tuple[PolicyUnreadable, ...] = ()
    until: datetime = FOREVER


def authorizations(now: datetime) -> tuple[Change, ...]:
    """Return where console authorization is on, or was until so lately that a Region may not know better."""
    recent = ConsoleAuthorization.objects.filter(removed_at__gt=now - conf.policy_propagation)
    rows = ConsoleAuthorization.objects.filter(removed_at=None) | recent
    return tuple(Change(*row) for row in rows.values_list("target", "created_at", "removed_at"))


def read_console(account_id: str, region: str, now: datetime) -> Console | None:
    """Return the policies of an account's console as a Region knows them now; None where there is no such account."""
    account = Account.objects.select_related("organization").filter(pk=account_id).first()
    if account is None:
        return None
    unreadable: list[PolicyUnreadable] = []
    targets, levels = [account_id], {}
    if account.organization is not None:
        organization = account.organization
        targets += [organization.pk, organization.root_id]
        # Neither kind has an effect on the management account (Organizations user guide).
        if account.is_member:
            path = (organization.root_id, *_units(account), account_id)
            levels = {kind: _levels(organization.pk, kind, path, unreadable) for kind in (PolicyType.RCP, PolicyType.SCP)}
    resource, until = _resource(account_id, region, now, unreadable)
    return Console(frozenset(targets), levels.get(PolicyType.RCP, ()), levels.get(PolicyType.SCP, ()), resource, tuple(unreadable), until)


def _units(account: Account) -> list[str]:
    """Return the units above an account, from the root down."""
    parents = dict(OrganizationalUnit.objects.filter(organization=account.organization_id).values_list("pk", "parent"))
    path: list[str] = []
    unit = account.unit_id
    while unit in parents and unit not in path:
        path.insert(0, str(unit))
        unit = parents[unit]
    return path


def _levels(organization: str, kind: PolicyType, path: tuple[str, ...], unreadable: list[PolicyUnreadable]) -> tuple[tuple[Policy, ...], ...]:
    everywhere = [compiled(FULL_ACCESS, PolicyType.SCP, "FullAWSAccess")] if kind is PolicyType.SCP else []
    attached: dict[str, list[Policy]] = {target: [*everywhere] for target in path}
    rows = PolicyTarget.objects.filter(document__organization=organization, document__type=kind.value, target__in=path)
    for row in rows.select_related("document").order_by("document_id"):
        policy = _usable(row.document, unreadable)
        if policy is not None:
            attached[row.target].append(policy)
    return tuple(tuple(level) for level in attached.values())


def _usable(document: PolicyDocument, unreadable: list[PolicyUnreadable]) -> Policy | None:
    try:
        return compiled_row(document)
    except PolicyUnreadable as error:
        unreadable.append(error)
        return None


def _resource(account_id: str, region: str, now: datetime, unreadable: list[PolicyUnreadable]) -> tuple[tuple[Policy, ...], datetime]:
    """Return the account's resource-based policy, and until when it stays as it is in this Region."""
    of_account = PermissionStatement.objects.filter(account_id=account_id)
    rows = of_account.filter(removed_at=None)
    if region != regions.DEFAULT:
        rows |= of_account.filter(removed_at__gt=horizon(region, now))
    found = [(row, Change("", row.created_at, row.removed_at)) for row in rows.order_by("pk")]
    known = [Numbered(row.sid, parameters_of(row)) for row, change in found if change.is_known(region, now)]
    until = FOREVER
    if region != regions.DEFAULT:
        learned = (moment + conf.policy_propagation for _row, change in found for moment in (change.put, change.removed) if moment)
        until = min((moment for moment in learned if moment > now), default=FOREVER)
    text = consolidated_text(known, account_id)
    if not text:
        return (), until
    try:
        return (compiled(text, PolicyType.RESOURCE, RESOURCE_POLICY.format(account_id)),), until
    except PolicyUnreadable as error:
        unreadable.append(error)
        return (), until


def read_identity(arn: str) -> tuple[Policy, ...]:
    """Return the identity-based policies of whoever has this ARN; raises PolicyUnreadable, also where nobody has it."""
    _partition, _aws, _service, _region, account, name = arn.split(":", 5)
    kind, _slash, rest = name.partition("/")
    holder: Principal | Role | None = None
    if kind == "user":
        holder = Principal.objects.filter(kind=Principal.Kind.IAM_USER, account_id=account, name=rest.rpartition("/")[2]).first()
    elif kind == "role":
        holder = Role.objects.filter(account_id=account, name=rest.rpartition("/")[2]).first()
    elif name == "root":
        return ()
    if holder is None:
        raise PolicyUnreadable(Layer.IDENTITY, arn, "nobody has this ARN.")
    return policies_of(holder)
