"""Find roles by ARN and by unique id, and name their sessions."""

import re

from accounts.models import Account, Role

_ROLE_ARN = re.compile(r"arn:aws:iam::([0-9]{12}):role(/(?:[!-~]+/)?)([A-Za-z0-9_+=,.@-]{1,64})", re.ASCII)


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
