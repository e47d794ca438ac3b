"""Write the database's world as a world file, so that a trainer can keep it, change it and load it again."""

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import yaml
from django.contrib.auth.hashers import check_password

from accounts.models import Account, Organization, Principal
from portal.core import clock
from portal.world import definition
from portal.world.flows import loaded_world
from portal.world.people import Person, people
from portal.world.policies import policies_in, roles_of
from portal.world.second_factors import Registered, registered


@dataclass(frozen=True, slots=True)
class _Known:
    """What a dump compares the database with: the loaded world's people, what is registered, and the moment that ages count back from."""

    people: Mapping[tuple[str, str, str], Person]
    registered: Registered
    now: datetime

    def person(self, row: Principal) -> Person | None:
        """Return who the world file says that `row` is."""
        return self.people.get(_key(row.kind, str(row.account_id or ""), row.label))

    def password(self, row: Principal) -> str:
        """Return the file's password where it still is the stored one."""
        person = self.person(row)
        return person.password if person and person.password and check_password(person.password, row.password) else ""

    def totp_secret(self, row: Principal) -> str:
        """Return the file's secret where an authenticator app still has it."""
        person = self.person(row)
        return person.totp_secret if person and self.registered.has_secret(row, person.totp_secret) else ""

    def passkey(self, row: Principal) -> definition.Passkey | None:
        """Return the file's passkey where it still is registered."""
        person = self.person(row)
        return person.passkey if person and self.registered.has_passkey(person.passkey) else None


def dump_world(*, name: str = "dumped") -> str:
    """Return organisations, accounts and people, and the loaded world's networks, as the text of a world file called `name`.

    A password or second factor is named only where it still is the one of the loaded world file, which anybody can read there;
    whoever has changed it is dumped without one. Hashes, secrets, sessions, mails and events are never dumped.
    """
    accounts = Account.objects.select_related("password_policy").order_by("id")
    principals = tuple(Principal.objects.prefetch_related("policy_attachments").order_by("id"))
    known = _Known(
        {_key(person.kind, person.account, person.email if person.kind == "root" else person.username): person for person in people()},
        registered(principals),
        clock.now(),
    )
    by_account: dict[str, list[Principal]] = {}
    for principal in principals:
        by_account.setdefault(str(principal.account_id), []).append(principal)
    world = definition.World(
        name=name,
        organizations=tuple(_organization(row) for row in Organization.objects.prefetch_related("units").order_by("id")),
        accounts=tuple(dumped for row in accounts if (dumped := _account(row, by_account.get(row.id, []), known))),
        operators=tuple(_operator(row, known) for row in principals if row.kind == Principal.Kind.OPERATOR),
        networks=loaded_world().networks,
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
    return definition.Organization(
        id=row.id,
        name=row.name,
        management_account=row.management_account_id or "",
        root_id=row.root_id,
        units=tuple(ordered),
        policies=policies_in(organization=row.id),
    )


def _account(row: Account, principals: list[Principal], known: _Known) -> definition.Account | None:
    """Return the account, or None for one that lost its root user, which a world file cannot say."""
    root = next((principal for principal in principals if principal.kind == Principal.Kind.ROOT), None)
    if root is None:
        return None
    policy = getattr(row, "password_policy", None)
    rules = {field.name: getattr(policy, field.name) for field in dataclasses.fields(definition.PasswordRules)} if policy else None
    return definition.Account(
        id=row.id,
        name=row.name,
        root=_root(root, known),
        alias=row.alias or "",
        organization=row.organization_id or "",
        unit=row.unit_id or "",
        status=row.status,
        closed_days_ago=_days(row.closed_at, known.now) if row.status == Account.Status.CLOSED else None,
        created_days_ago=_days(row.created_at, known.now),
        has_root_credentials=row.has_root_credentials,
        administrator=row.administrator,
        contact_phone=row.contact_phone,
        iam_users_need_mfa=row.iam_users_need_mfa,
        password_policy=definition.PasswordRules(**rules) if rules else None,
        users=tuple(_user(user, known) for user in principals if user.kind == Principal.Kind.IAM_USER),
        roles=roles_of(row.id),
        policies=policies_in(account=row.id),
    )


def _root(row: Principal, known: _Known) -> definition.Root:
    return definition.Root(
        email=row.email,
        password=known.password(row),
        password_age_days=_days(row.password_changed_at, known.now),
        reset_required_because=row.reset_required_because,
        may_sign_in=row.is_active,
        totp_secret=known.totp_secret(row),
        first_sign_in_days_ago=_days(row.first_sign_in_at, known.now) if row.first_sign_in_at else None,
    )


def _user(row: Principal, known: _Known) -> definition.User:
    return definition.User(
        name=row.name,
        password=known.password(row),
        password_age_days=_days(row.password_changed_at, known.now),
        must_change_password=row.must_change_password,
        may_sign_in=row.is_active,
        policies=tuple(attachment.policy_arn for attachment in row.policy_attachments.all()),
        totp_secret=known.totp_secret(row),
        passkey=known.passkey(row),
    )


def _operator(row: Principal, known: _Known) -> definition.Operator:
    return definition.Operator(name=row.name, password=known.password(row), email=row.email, totp_secret=known.totp_secret(row))


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
