"""How the API describes users, groups, roles and policies."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from accounts.models import Group, Principal, Role
from policies.identities.managed import Managed
from policies.identities.rules import version_id


def document(text: str) -> str:
    """Return a policy document as answers carry it: percent-encoded (RFC 3986)."""
    return quote(text, safe="-_.~")


def user(row: Principal) -> Mapping[str, Any]:
    """Describe a user as a member of a group."""
    return {"Path": row.path, "UserName": row.name, "UserId": row.unique_id, "Arn": row.arn, "CreateDate": row.created_at}


def group(row: Group) -> Mapping[str, Any]:
    """Describe a group."""
    return {"Path": row.path, "GroupName": row.name, "GroupId": row.unique_id, "Arn": row.arn, "CreateDate": row.created_at}


def role(row: Role) -> Mapping[str, Any]:
    """Describe a role."""
    return {
        "Path": row.path,
        "RoleName": row.name,
        "RoleId": row.unique_id,
        "Arn": row.arn,
        "CreateDate": row.created_at,
        "AssumeRolePolicyDocument": document(row.trust),
        "Description": row.description or None,
        "MaxSessionDuration": row.max_session_seconds,
    }


def policy(found: Managed, *, attached: int) -> dict[str, Any]:
    """Describe a managed policy, attached this often, as lists do: without its description."""
    return {
        "PolicyName": found.name,
        "PolicyId": found.unique_id,
        "Arn": found.arn,
        "Path": found.path,
        "DefaultVersionId": version_id(found.version),
        "AttachmentCount": attached,
        "PermissionsBoundaryUsageCount": 0,
        "IsAttachable": True,
        "CreateDate": found.created_at,
        "UpdateDate": found.updated_at,
    }
