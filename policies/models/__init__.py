"""Tables of policies: permission statements, console authorization, documents of organisations and accounts, and recovery through support."""

from policies.models.documents import PolicyDocument, PolicyTarget, PolicyVersion
from policies.models.inline import InlinePolicy
from policies.models.recovery import RecoveryCase, RecoveryEntry, RecoveryVisit
from policies.models.statements import ConsoleAuthorization, PermissionStatement

__all__ = [
    "ConsoleAuthorization",
    "InlinePolicy",
    "PermissionStatement",
    "PolicyDocument",
    "PolicyTarget",
    "PolicyVersion",
    "RecoveryCase",
    "RecoveryEntry",
    "RecoveryVisit",
]
