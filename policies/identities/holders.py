"""Whom policies are attached to and embedded in: IAM users, groups and roles."""

from accounts.iam.errors import NoSuchEntityException
from accounts.models import Group, Principal, Role

Holder = Principal | Group | Role


def kind_of(holder: Holder) -> str:
    """Return what a holder is called: user, group or role."""
    if isinstance(holder, Principal):
        return "user"
    return "group" if isinstance(holder, Group) else "role"


def check_standing(holder: Holder) -> None:
    """Raise NoSuchEntityException for a holder that was deleted meanwhile."""
    rows = {"user": Principal.objects.all(), "group": Group.objects.all(), "role": Role.objects.all()}
    if not rows[kind_of(holder)].filter(pk=holder.pk).exists():
        raise NoSuchEntityException(f"The {kind_of(holder)} with name {holder.name} cannot be found.")
