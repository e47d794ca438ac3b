"""The policies that have a say in an account's console, read from the database and compiled."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import NamedTuple

from accounts.models import Account, OrganizationalUnit
from policies.enforcement.documents import PolicyUnreadable, compiled, compiled_row
from policies.evaluation.statements import Policy
from policies.language import PolicyType
from policies.models import ConsoleAuthorization, PermissionStatement, PolicyTarget
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

    `path` is where RCPs and SCPs reach the account from, its organisation's root first and itself last, and `rcps` and `scps` hold those
    attached at each; all three are empty where neither kind has an effect. It holds until `until`, when a Region learns of the next change.
    `unreadable` are policies that have a say and cannot be used.
    """

    targets: frozenset[str]
    path: tuple[str, ...] = ()
    rcps: tuple[tuple[Policy, ...], ...] = ()
    scps: tuple[tuple[Policy, ...], ...] = ()
    resource: tuple[Policy, ...] = ()
    unreadable: tuple[PolicyUnreadable, ...] = ()
    until: datetime = FOREVER

    def is_guarded(self, on: Collection[str]) -> bool:
        """Tell whether the console's policies are evaluated where console authorization is on for the targets `on`."""
        return not self.targets.isdisjoint(on)


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
    path: tuple[str, ...] = ()
    if account.organization is not None:
        organization = account.organization
        targets += [organization.pk, organization.root_id]
        # Neither kind has an effect on the management account (Organizations user guide).
        if account.is_member:
            path = (organization.root_id, *_units(account), account_id)
            levels = {kind: _levels(organization.pk, kind, path, unreadable) for kind in (PolicyType.RCP, PolicyType.SCP)}
    resource, until = _resource(account_id, region, now, unreadable)
    rcps, scps = levels.get(PolicyType.RCP, ()), levels.get(PolicyType.SCP, ())
    return Console(frozenset(targets), path, rcps, scps, resource, tuple(unreadable), until)


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
        policy = _usable(row, unreadable)
        if policy is not None:
            attached[row.target].append(policy)
    return tuple(tuple(level) for level in attached.values())


def _usable(row: PolicyTarget, unreadable: list[PolicyUnreadable]) -> Policy | None:
    try:
        return compiled_row(row.document)
    except PolicyUnreadable as error:
        unreadable.append(error.at(row.target))
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
