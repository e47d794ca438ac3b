"""Roles and policy documents of a world: checked, inserted, and read back for a dump."""

import hashlib
import re
from base64 import b32encode
from collections.abc import Iterable, Iterator
from datetime import datetime

from accounts.models import Role, RolePolicy
from policies.language import PolicyInvalid, PolicyType, read
from policies.managed import managed_policies, managed_policy
from policies.models import PolicyDocument, PolicyTarget
from portal.core import ids
from portal.world import definition

_PATH = re.compile(r"(?:/[A-Za-z0-9.,+@=_-]+)+/", re.ASCII)


def lasting_id(prefix: str, arn: str) -> str:
    """Return the IAM unique id that an identity has in every load of the world, so that events before and after a reset agree."""
    return prefix + b32encode(hashlib.sha256(arn.encode()).digest()).decode()[:17]


def role_faults(role: definition.Role, place: str) -> Iterator[tuple[str, str]]:
    """Yield what is wrong with a role, each with its place."""
    if not ids.USER_NAME.fullmatch(role.name):
        yield f"{place}.name", f"expected a role name, found `{role.name}`"
    if not (role.path.startswith("/") and role.path.endswith("/")):
        yield f"{place}.path", f"expected a path between slashes, found `{role.path}`"
    if not 3600 <= role.max_session_seconds <= 43200:
        yield f"{place}.max_session_seconds", "expected 3600 to 43200 seconds"
    yield from _document_faults(role.trust, PolicyType.TRUST, f"{place}.trust")


def policy_faults(policy: definition.Policy, place: str, types: Iterable[PolicyType]) -> Iterator[tuple[str, str]]:
    """Yield what is wrong with a policy document of one of these types, each with its place."""
    allowed = [each.value for each in types]
    if policy.type not in allowed:
        yield f"{place}.type", f"expected {' or '.join(allowed)}, found `{policy.type}`"
    elif policy.path != "/" and (policy.type != PolicyType.IDENTITY or not _PATH.fullmatch(policy.path)):
        yield f"{place}.path", f"expected a path between slashes, of an account's policy only, found `{policy.path}`"
    else:
        yield from _document_faults(policy.document, PolicyType(policy.type), f"{place}.document")


def attachment_faults(arns: Iterable[str], account: definition.Account, place: str) -> Iterator[tuple[str, str]]:
    """Yield each ARN that is neither an AWS managed policy of the portal nor a policy of the account."""
    own = {f"arn:aws:iam::{account.id}:policy{policy.path}{policy.name}" for policy in account.policies}
    for index, arn in enumerate(arns):
        if arn not in own and managed_policy(arn) is None:
            known = ", ".join(policy.name for policy in managed_policies())
            yield f"{place}[{index}]", f"expected the ARN of a policy of this account or an AWS managed policy ({known}), found `{arn}`"


def _document_faults(text: str, policy_type: PolicyType, place: str) -> Iterator[tuple[str, str]]:
    try:
        read(text, policy_type)
    except PolicyInvalid as invalid:
        yield place, f"expected a valid policy document; {invalid.problems[0]}"


def insert_roles(account: definition.Account, *, now: datetime) -> None:
    """Insert the roles of an account with what is attached to them."""
    for role in account.roles:
        row = Role(
            account_id=account.id,
            name=role.name,
            path=role.path,
            trust=role.trust,
            max_session_seconds=role.max_session_seconds,
            description=role.description,
            created_at=now,
        )
        row.unique_id = lasting_id("AROA", row.arn)
        row.save(force_insert=True)
        RolePolicy.objects.bulk_create(RolePolicy(role=row, policy_arn=arn) for arn in role.policies)


def insert_policies(policies: Iterable[definition.Policy], *, now: datetime, organization: str = "", account: str = "") -> None:
    """Insert the documents of an organisation or an account with their attachments."""
    for policy in policies:
        row = PolicyDocument(
            type=policy.type,
            name=policy.name,
            organization_id=organization or None,
            account_id=account or None,
            text=policy.document,
            path=policy.path,
            description=policy.description,
            created_at=now,
            version_at=now,
            updated_at=now,
        )
        row.unique_id = lasting_id("ANPA", row.arn) if row.arn else ""
        row.save(force_insert=True)
        PolicyTarget.objects.bulk_create(PolicyTarget(document=row, target=target) for target in policy.targets)


def roles_of(account: str) -> tuple[definition.Role, ...]:
    """Return the roles of an account as a world file says them."""
    rows = Role.objects.filter(account_id=account).prefetch_related("policy_attachments").order_by("pk")
    return tuple(
        definition.Role(
            name=row.name,
            trust=row.trust,
            path=row.path,
            policies=tuple(attachment.policy_arn for attachment in row.policy_attachments.all()),
            max_session_seconds=row.max_session_seconds,
            description=row.description,
        )
        for row in rows
    )


def policies_in(**owner: str) -> tuple[definition.Policy, ...]:
    """Return the documents of an organisation (`organization=`) or an account (`account=`) as a world file says them."""
    rows = PolicyDocument.objects.filter(**owner).prefetch_related("targets").order_by("pk")
    return tuple(
        definition.Policy(row.type, row.name, row.text, tuple(target.target for target in row.targets.all()), row.path, row.description)
        for row in rows
    )
