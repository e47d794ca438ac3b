"""Make a role, and find one by its ARN or unique id."""

import re
from collections.abc import Sequence

from django.db import transaction

from accounts.models import Account, Role, RolePolicy
from policies.language import PolicyType, read, to_text
from portal.core import arns, ids

ORGANIZATION_ACCESS = "OrganizationAccountAccessRole"
"""The role by which an organisation's management account enters an account made in it (Organizations user guide)."""
ADMINISTRATOR = "arn:aws:iam::aws:policy/AdministratorAccess"
_ROLE_ARN = re.compile(r"arn:aws:iam::([0-9]{12}):role(/(?:[!-~]+/)?)([A-Za-z0-9_+=,.@-]{1,64})", re.ASCII)


def make_role(
    account: Account, *, name: str, trust: str, policies: Sequence[str] = (), path: str = "/", max_session_seconds: int = 3600, unique_id: str = ""
) -> Role:
    """Make a role in one transaction; raises `policies.language.PolicyInvalid` where `trust` is no trust policy."""
    document = read(trust, PolicyType.TRUST)
    with transaction.atomic():
        role = Role(
            account=account,
            name=name,
            path=path,
            unique_id=unique_id or ids.unique_id("AROA"),
            trust=to_text(document),
            max_session_seconds=max_session_seconds,
        )
        role.save(force_insert=True)
        RolePolicy.objects.bulk_create(RolePolicy(role=role, policy_arn=arn) for arn in dict.fromkeys(policies))
    return role


def organization_trust(management_account: str) -> str:
    """Return the trust policy of `OrganizationAccountAccessRole`: the management account, which decides who of its own may use it."""
    principal = arns.root_arn(management_account)
    return f'{{"Version": "2012-10-17", "Statement": [{{"Effect": "Allow", "Principal": {{"AWS": "{principal}"}}, "Action": "sts:AssumeRole"}}]}}'


def make_organization_role(account: Account, *, management_account: str, unique_id: str = "") -> Role:
    """Make `OrganizationAccountAccessRole` in a member account."""
    trust = organization_trust(management_account)
    return make_role(account, name=ORGANIZATION_ACCESS, trust=trust, policies=(ADMINISTRATOR,), unique_id=unique_id)


def role_of(arn: str) -> Role | None:
    """Return the role of an ARN, with its account; None where there is none."""
    named = _ROLE_ARN.fullmatch(arn)
    if named is None:
        return None
    account, path, name = named.groups()
    return Role.objects.select_related("account").filter(account_id=account, path=path, name=name).first()


def role_with_id(unique_id: str) -> Role | None:
    """Return the role of a unique id, with its account, while that account is active."""
    return Role.objects.select_related("account").filter(unique_id=unique_id, account__status=Account.Status.ACTIVE).first()


def session_arn(role: Role, session_name: str) -> str:
    """Return the ARN of a role's session, which has no path."""
    return f"arn:aws:sts::{role.account_id}:assumed-role/{role.name}/{session_name}"
