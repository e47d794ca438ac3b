"""Make, change and delete groups, and put users into them (IAM API, operations of the same names)."""

from django.db import IntegrityError, transaction

from accounts.iam.errors import DeleteConflictException, EntityAlreadyExistsException, LimitExceededException, NoSuchEntityException
from accounts.iam.finding import group_named, locked
from accounts.models import Group, GroupMembership, Principal
from portal.core import clock

MOST_GROUPS = 300
"""Groups of one account (IAM quotas)."""
MOST_GROUPS_OF_USER = 10
"""Groups that one user may be in (IAM quotas)."""


def create_group(account: str, *, name: str, path: str = "/") -> Group:
    """Make a group; raises EntityAlreadyExistsException, LimitExceededException."""
    with locked(account):
        _check_free(account, name)
        if Group.objects.filter(account_id=account).count() >= MOST_GROUPS:
            raise LimitExceededException(f"Cannot exceed quota for GroupsPerAccount: {MOST_GROUPS}.")
        row = Group(account_id=account, name=name, path=path, created_at=clock.now())
        _save(row)
    return row


def update_group(group: Group, *, name: str = "", path: str = "") -> None:
    """Give a group another name or path; raises EntityAlreadyExistsException, NoSuchEntityException."""
    with locked(group.account_id):
        row = _standing(group)
        if name:
            _check_free(group.account_id, name, but=row)
        row.name, row.path = name or row.name, path or row.path
        _save(row)


def delete_group(group: Group) -> None:
    """Delete a group that nobody is in and that has no policies; raises DeleteConflictException, NoSuchEntityException."""
    with locked(group.account_id):
        row = _standing(group)
        if row.memberships.exists():
            raise DeleteConflictException("Cannot delete entity, must remove users from group first.")
        if row.policy_attachments.exists():
            raise DeleteConflictException("Cannot delete entity, must detach all policies first.")
        if row.inline_policies.exists():
            raise DeleteConflictException("Cannot delete entity, must delete policies first.")
        row.delete()


def add_user(group: Group, user: Principal) -> None:
    """Put a user into a group, if it is not in it; raises LimitExceededException, NoSuchEntityException."""
    with locked(group.account_id):
        _standing(group)
        if not Principal.objects.filter(pk=user.pk).exists():
            raise NoSuchEntityException(f"The user with name {user.name} cannot be found.")
        standing = set(user.memberships.values_list("group_id", flat=True))
        if group.pk in standing:
            return
        if len(standing) >= MOST_GROUPS_OF_USER:
            raise LimitExceededException(f"Cannot exceed quota for GroupsPerUser: {MOST_GROUPS_OF_USER}.")
        GroupMembership(group=group, principal=user).save(force_insert=True)


def remove_user(group: Group, user: Principal) -> None:
    """Take a user out of a group; raises NoSuchEntityException where it is not in it."""
    with locked(group.account_id):
        membership = GroupMembership.objects.filter(group=group, principal=user).first()
        if membership is None:
            raise NoSuchEntityException(f"The user {user.name} is not in the group {group.name}.")
        membership.delete()


def _standing(group: Group) -> Group:
    row = Group.objects.filter(pk=group.pk).first()
    if row is None:
        raise NoSuchEntityException(f"The group with name {group.name} cannot be found.")
    return row


def _check_free(account: str, name: str, *, but: Group | None = None) -> None:
    found = group_named(account, name)
    if found is not None and found != but:
        raise _exists(name)


def _exists(name: str) -> EntityAlreadyExistsException:
    return EntityAlreadyExistsException(f"Group with name {name} already exists.")


def _save(row: Group) -> None:
    try:
        with transaction.atomic():
            row.save()
    except IntegrityError as error:
        raise _exists(row.name) from error
