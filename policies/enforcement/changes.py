"""Follow the rows that decisions are made from: whatever of them is saved or deleted makes a new version stamp."""

from django.db.models import Model
from django.db.models.signals import post_delete, post_save

from accounts.models import (
    Account,
    Group,
    GroupMembership,
    GroupPolicy,
    Organization,
    OrganizationalUnit,
    PolicyAttachment,
    Principal,
    Role,
    RolePolicy,
)
from policies.enforcement import stamp
from policies.models import ConsoleAuthorization, InlinePolicy, PermissionStatement, PolicyDocument, PolicyTarget
from policies.models.changes import policies_changed

FOLLOWED: tuple[type[Model], ...] = (
    *(ConsoleAuthorization, PermissionStatement, PolicyDocument, PolicyTarget, PolicyAttachment),
    *(InlinePolicy, Group, GroupMembership, GroupPolicy),
    # Who takes another's name takes its ARN, by which policies are kept; signals name the proxy that was saved or deleted.
    *(Principal, *Principal.__subclasses__()),
    *(Role, RolePolicy, Account, Organization, OrganizationalUnit),
)


def follow() -> None:
    """Connect the signals. Whoever changes many rows by one statement calls `stamp.changed` itself."""
    for model in FOLLOWED:
        for signal in (post_save, post_delete):
            signal.connect(stamp.changed, sender=model, dispatch_uid=f"policies {model._meta.label}")
    policies_changed.connect(stamp.changed, dispatch_uid="policies")
