"""Write the database's world as a world file, so that a trainer can keep it, change it and load it again."""

import dataclasses
from collections.abc import Mapping
from datetime import datetime
from typing import Any

import yaml
from django.contrib.auth.hashers import check_password

from accounts.models import Account, Organization, Principal
from portal.core import clock
from portal.world import definition
from portal.world.people import Person, people

_Known = Mapping[tuple[str, str, str], Person]


def dump_world(*, name: str = "dumped") -> str:
    """Return organisations, accounts and people as the text of a world file called `name`.

    A password is named only where it still is the one of the loaded world file, which anybody can read there; whoever has
    changed it is dumped without one. Hashes, sessions, mails and events are never dumped.
    """
    now = clock.now()
    known = {_key(person.kind, person.account, person.email if person.kind == "root" else person.username): person for person in people()}
    accounts = Account.objects.select_related("password_policy").order_by("id")
    principals = Principal.objects.prefetch_related("policy_attachments").order_by("id")
    by_account: dict[str, list[Principal]] = {}
    for principal in principals.exclude(account=None):
        by_account.setdefault(str(principal.account_id), []).append(principal)
    world = definition.World(
        name=name,
        organizations=tuple(_organization(row) for row in Organization.objects.prefetch_related("units").order_by("id")),
        accounts=tuple(dumped for row in accounts if (dumped := _account(row, by_account.get(row.id, []), known, now))),
        operators=tuple(_operator(row, known) for row in principals.filter(kind=Principal.Kind.OPERATOR)),
    )
    return yaml.safe_dump(_sparse(world), allow_unicode=True, sort_keys=False, width=140)


def _organization(row: Organization) -> definition.Organization:
    units = sorted(row.units.all(), key=lambda unit: (unit.parent_id is not None, unit.id))
    ordered: list[definition.Unit] = []
    while units:
        placed = {unit.id for unit in ordered}
        ready = [unit for unit in units if not unit.parent_id or unit.parent_id in placed]
        if not ready:
            break
        ordered += [definition.Unit(id=unit.id, name=unit.name, parent=unit.parent_id or "") for unit in ready]
        units = [unit for unit in units if unit not in ready]
    return definition.Organization(id=row.id, name=row.name, management_account=row.management_account_id or "", units=tuple(ordered))


def _account(row: Account, principals: list[Principal], known: _Known, now: datetime) -> definition.Account | None:
    """Return the account, or None for one that lost its root user, which a world file cannot say."""
    root = next((principal for principal in principals if principal.kind == Principal.Kind.ROOT), None)
    if root is None:
        return None
    policy = getattr(row, "password_policy", None)
    rules = {field.name: getattr(policy, field.name) for field in dataclasses.fields(definition.PasswordRules)} if policy else None
    return definition.Account(
        id=row.id,
        name=row.name,
        root=_root(root, known, now),
        alias=row.alias or "",
        organization=row.organization_id or "",
        unit=row.unit_id or "",
        status=row.status,
        closed_days_ago=_days(row.closed_at, now) if row.status == Account.Status.CLOSED else None,
        created_days_ago=_days(row.created_at, now),
        has_root_credentials=row.has_root_credentials,
        administrator=row.administrator,
        password_policy=definition.PasswordRules(**rules) if rules else None,
        users=tuple(_user(user, known, now) for user in principals if user.kind == Principal.Kind.IAM_USER),
    )


def _root(row: Principal, known: _Known, now: datetime) -> definition.Root:
    return definition.Root(
        email=row.email,
        password=_password(row, known),
        password_age_days=_days(row.password_changed_at, now),
        reset_required_because=row.reset_required_because,
        may_sign_in=row.is_active,
    )


def _user(row: Principal, known: _Known, now: datetime) -> definition.User:
    return definition.User(
        name=row.name,
        password=_password(row, known),
        password_age_days=_days(row.password_changed_at, now),
        must_change_password=row.must_change_password,
        may_sign_in=row.is_active,
        policies=tuple(attachment.policy_arn for attachment in row.policy_attachments.all()),
    )


def _operator(row: Principal, known: _Known) -> definition.Operator:
    return definition.Operator(name=row.name, password=_password(row, known), email=row.email)


def _password(row: Principal, known: _Known) -> str:
    person = known.get(_key(row.kind, str(row.account_id or ""), row.label))
    return person.password if person and person.password and check_password(person.password, row.password) else ""


def _key(kind: str, account: str, label: str) -> tuple[str, str, str]:
    return kind, account, label


def _days(moment: datetime | None, now: datetime) -> int:
    return max(0, (now - moment).days) if moment else 0


def _sparse(value: Any) -> Any:
    """Return dataclasses as mappings without the fields that say no more than the default."""
    if isinstance(value, tuple):
        return [_sparse(item) for item in value]
    if not dataclasses.is_dataclass(value):
        return value
    return {field.name: _sparse(found) for field in dataclasses.fields(value) if (found := getattr(value, field.name)) != field.default}
