"""Write a world's definition into an empty database, within the caller's transaction."""

import secrets
from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime, timedelta

from django.contrib.auth.hashers import make_password

from accounts.mail.kinds import MailKind
from accounts.mail.outbox import post
from accounts.models import Account, Organization, OrganizationalUnit, PasswordPolicy, PolicyAttachment, Principal
from portal.conf import conf
from portal.core import arns, ids
from portal.world import definition
from portal.world.definition import World
from portal.world.policies import insert_policies, insert_roles, lasting_id
from portal.world.second_factors import insert_app, insert_passkey


def insert_world(world: World, encoded: Mapping[str, str], *, now: datetime) -> None:
    """Insert `world`; `encoded` holds the hash of each password, and ages count back from `now`. Operators who are there already stay."""
    for organization in world.organizations:
        _insert_organization(organization)
    for account in world.accounts:
        _insert_account(account, now)
        _insert_root(account, encoded, now)
        for user in account.users:
            _insert_user(account, user, encoded, now)
        insert_roles(account, now=now)
        insert_policies(account.policies, now=now, account=account.id)
    for organization in world.organizations:
        insert_policies(organization.policies, now=now, organization=organization.id)
        Organization.objects.filter(pk=organization.id).update(management_account_id=organization.management_account)
    present = set(Principal.objects.filter(kind=Principal.Kind.OPERATOR).values_list("name_key", flat=True))
    for operator in world.operators:
        if ids.user_name_key(operator.name) not in present:
            _insert_operator(operator, encoded, now)


def _insert_organization(organization: definition.Organization) -> None:
    row = Organization(id=organization.id, name=organization.name, root_id=organization.root_id)
    row.save(force_insert=True)
    for unit in organization.units:
        OrganizationalUnit(id=unit.id, organization=row, parent_id=unit.parent or None, name=unit.name).save(force_insert=True)


def _insert_account(account: definition.Account, now: datetime) -> None:
    Account(
        id=account.id,
        name=account.name,
        alias=account.alias or None,
        organization_id=account.organization or None,
        unit_id=account.unit or None,
        status=account.status,
        closed_at=None if account.closed_days_ago is None else now - timedelta(days=account.closed_days_ago),
        has_root_credentials=account.has_root_credentials,
        administrator=account.administrator,
        contact_phone=account.contact_phone,
        iam_users_need_mfa=account.iam_users_need_mfa,
        standing_epoch=secrets.randbits(30),
        created_at=now - timedelta(days=account.created_days_ago),
    ).save(force_insert=True)
    if account.password_policy:
        PasswordPolicy(account_id=account.id, **asdict(account.password_policy)).save(force_insert=True)


def _insert_root(account: definition.Account, encoded: Mapping[str, str], now: datetime) -> None:
    root = account.root
    first_sign_in = root.first_sign_in_days_ago
    row = Principal(
        kind=Principal.Kind.ROOT,
        account_id=account.id,
        email=root.email,
        password=_stored(root.password, encoded),
        password_changed_at=now - timedelta(days=root.password_age_days) if root.password else None,
        reset_required_because=root.reset_required_because,
        is_active=root.may_sign_in,
        first_sign_in_at=None if first_sign_in is None else now - timedelta(days=first_sign_in),
        created_at=now - timedelta(days=account.created_days_ago),
    )
    row.save(force_insert=True)
    insert_app(row, root.totp_secret)
    if root.reset_required_because:
        post(MailKind.RESET_REQUIRED, recipient=root.email, language="en", context={"reason": root.reset_required_because})


def _insert_user(account: definition.Account, user: definition.User, encoded: Mapping[str, str], now: datetime) -> None:
    row = Principal(
        kind=Principal.Kind.IAM_USER,
        account_id=account.id,
        name=user.name,
        unique_id=lasting_id("AIDA", arns.user_arn(account.id, user.name)),
        password=_stored(user.password, encoded),
        password_changed_at=now - timedelta(days=user.password_age_days) if user.password else None,
        must_change_password=user.must_change_password,
        is_active=user.may_sign_in,
        created_at=now - timedelta(days=min(account.created_days_ago, max(user.password_age_days, 30))),
    )
    row.save(force_insert=True)
    PolicyAttachment.objects.bulk_create(PolicyAttachment(principal=row, policy_arn=arn) for arn in user.policies)
    insert_app(row, user.totp_secret)
    insert_passkey(row, user.passkey)


def _insert_operator(operator: definition.Operator, encoded: Mapping[str, str], now: datetime) -> None:
    """Insert an operator. Where others reach the portal it gets no password and no second factor: everybody knows the file's (ASVS 6.3.2)."""
    password = "" if conf.reachable else operator.password
    row = Principal(
        kind=Principal.Kind.OPERATOR,
        name=operator.name,
        email=operator.email,
        password=_stored(password, encoded),
        password_changed_at=now if password else None,
        is_staff=True,
        is_superuser=True,
    )
    row.save(force_insert=True)
    if not conf.reachable:
        insert_app(row, operator.totp_secret)


def _stored(password: str, encoded: Mapping[str, str]) -> str:
    return encoded[password] if password else make_password(None)
