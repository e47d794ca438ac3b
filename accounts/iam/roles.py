"""Make, change and delete roles (IAM API, operations of the same names)."""

import re
from collections.abc import Iterator

from django.db import IntegrityError, transaction

from accounts.iam.errors import (
    DeleteConflictException,
    EntityAlreadyExistsException,
    LimitExceededException,
    MalformedPolicyDocumentException,
    NoSuchEntityException,
)
from accounts.iam.finding import locked, role_named, user_named
from accounts.models import Account, Role
from policies.language import Document, PolicyInvalid, PolicyType, read
from policies.models import PolicyTarget
from portal.core import clock, ids

MOST_ROLES = 1000
"""Roles of one account (IAM quotas)."""
TRUST_CHARACTERS = 2048
"""Characters of a trust policy, without white space (IAM quotas)."""
SHORTEST_SECONDS = 3600
"""How long a role's session may last at most, unless the role says otherwise (IAM API, `MaxSessionDuration`)."""

_SPACE = re.compile(r"\s+")
_USER_OR_ROLE = re.compile(r"arn:aws:iam::([0-9]{12}):(user|role)(/(?:.*/)?)([^/]+)")


def check_trust(text: str) -> None:
    """Raise MalformedPolicyDocumentException for what is no trust policy or trusts who is not there, LimitExceededException for too much."""
    try:
        document = read(text, PolicyType.TRUST)
    except PolicyInvalid as invalid:
        raise MalformedPolicyDocumentException("; ".join(map(str, invalid.problems))) from invalid
    if len(_SPACE.sub("", text)) > TRUST_CHARACTERS:
        raise LimitExceededException(f"Cannot exceed quota for ACLSizePerRole: {TRUST_CHARACTERS}.")
    for arn in _named(document):
        if not _may_exist(arn):
            raise MalformedPolicyDocumentException(f'Invalid principal in policy: "AWS":"{arn}"')


def _named(document: Document) -> Iterator[str]:
    for statement in document.statements:
        for principals in (statement.principals, statement.not_principals):
            if principals is not None:
                yield from principals.aws


def _may_exist(arn: str) -> bool:
    """Tell whether a user or role of an account that the portal has is there; of other accounts nothing is known."""
    named = _USER_OR_ROLE.fullmatch(arn)
    if named is None:
        return True
    account, kind, _path, name = named.groups()
    found = user_named(account, name) if kind == "user" else role_named(account, name)
    return found.arn == arn if found is not None else not Account.objects.filter(pk=account).exists()


def create_role(account: str, *, name: str, trust: str, path: str = "/", description: str = "", max_session_seconds: int = SHORTEST_SECONDS) -> Role:
    """Make a role; raises EntityAlreadyExistsException, LimitExceededException, MalformedPolicyDocumentException."""
    check_trust(trust)
    with locked(account):
        if role_named(account, name) is not None:
            raise _exists(name)
        if Role.objects.filter(account_id=account).count() >= MOST_ROLES:
            raise LimitExceededException(f"Cannot exceed quota for RolesPerAccount: {MOST_ROLES}.")
        row = Role(
            account_id=account,
            name=name,
            path=path,
            unique_id=ids.unique_id("AROA"),
            trust=trust,
            description=description,
            max_session_seconds=max_session_seconds,
            created_at=clock.now(),
        )
        try:
            with transaction.atomic():
                row.save(force_insert=True)
        except IntegrityError as error:
            raise _exists(name) from error
    return row


def update_role(role: Role, *, description: str | None, max_session_seconds: int | None) -> None:
    """Change a role; raises NoSuchEntityException.

    Without `max_session_seconds` its sessions may last one hour again; without `description` that stays (IAM API, UpdateRole).
    """
    with locked(role.account_id):
        row = _standing(role)
        row.description = row.description if description is None else description
        row.max_session_seconds = max_session_seconds or SHORTEST_SECONDS
        row.save(update_fields=["description", "max_session_seconds"])


def update_trust(role: Role, trust: str) -> None:
    """Change who may assume a role; raises MalformedPolicyDocumentException, LimitExceededException, NoSuchEntityException."""
    check_trust(trust)
    with locked(role.account_id):
        row = _standing(role)
        row.trust = trust
        row.save(update_fields=["trust"])


def delete_role(role: Role) -> None:
    """Delete a role that has no policies, and with it what its sessions may do; raises DeleteConflictException, NoSuchEntityException."""
    with locked(role.account_id):
        row = _standing(role)
        if row.policy_attachments.exists() or PolicyTarget.objects.filter(document__account_id=row.account_id, target=row.arn).exists():
            raise DeleteConflictException("Cannot delete entity, must detach all policies first.")
        if row.inline_policies.exists():
            raise DeleteConflictException("Cannot delete entity, must delete policies first.")
        row.delete()


def _standing(role: Role) -> Role:
    row = Role.objects.filter(pk=role.pk).first()
    if row is None:
        raise NoSuchEntityException(f"The role with name {role.name} cannot be found.")
    return row


def _exists(name: str) -> EntityAlreadyExistsException:
    return EntityAlreadyExistsException(f"Role with name {name} already exists.")
