"""Tables of policies: permission statements, console authorization, and the documents of organisations and accounts."""

from policies.models.documents import PolicyDocument, PolicyTarget
from policies.models.statements import ConsoleAuthorization, PermissionStatement

__all__ = ["ConsoleAuthorization", "PermissionStatement", "PolicyDocument", "PolicyTarget"]
