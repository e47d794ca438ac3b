"""Find an account's users, groups and roles by name, and hold the account while they change.

Names are matched without regard to case, because the account cannot have two that differ in case alone (IAM user guide, "Name requirements").
"""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import transaction

from accounts.models import Account, Group, Principal, Role
from portal.core import ids


@contextmanager
def locked(account: str) -> Iterator[None]:
    """Let one change at a time of what IAM keeps of an account go on, so that no two pass a quota or delete what the other needs.

    Sign-ins and their events, which only refer to the account's row, do not wait for it.
    """
    with transaction.atomic():
        Account.objects.select_for_update(no_key=True).filter(pk=account).first()
        yield


def user_named(account: str, name: str) -> Principal | None:
    """Return the IAM user of this name."""
    return Principal.objects.filter(account_id=account, kind=Principal.Kind.IAM_USER, name_key=ids.user_name_key(name)).first()


def group_named(account: str, name: str) -> Group | None:
    """Return the group of this name."""
    return Group.objects.filter(account_id=account, name_key=ids.user_name_key(name)).first()


def role_named(account: str, name: str) -> Role | None:
    """Return the role of this name."""
    return Role.objects.filter(account_id=account, name__iexact=name).order_by("pk").first()
