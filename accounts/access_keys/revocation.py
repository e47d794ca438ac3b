"""Who may use what was issued: principals, roles and programs' sign-ins in good standing, kept at hand so that asking costs no query.

Whatever disables, ends, deletes or changes one of them makes a new version stamp (`portal.core.stamps`): rows that are saved or
deleted do so by their signals, and whoever changes rows by a statement of its own calls `standing_changed`.

Temporary credentials are stored nowhere, so each carries the standing of whoever it is of, a number that rises with every loss of the
right to act. Given back, the right is for what is asked for from then on: `void_issued` and `void_issued_in` are for good.
"""

from django.db.models import F, Model
from django.db.models.signals import post_delete, post_save

from accounts.models import Account, Grant, Principal, Role
from accounts.roles.flows import role_with_id
from portal.core.stamps import Shelf, VersionStamp

FOLLOWED: tuple[type[Model], ...] = (Principal, *Principal.__subclasses__(), Account, Role)

STANDING = VersionStamp("identities:stamp")
"""Another one whenever somebody's standing is."""
_principals: Shelf[Principal | None] = Shelf(STANDING)
_roles: Shelf[Role | None] = Shelf(STANDING)
_grants: Shelf[bool] = Shelf(STANDING)

standing_changed = STANDING.changed
"""Note, in the transaction of the change, that somebody's standing is another now."""


def follow() -> None:
    """Connect the signals of rows that are saved or deleted one by one."""
    for model in FOLLOWED:
        for signal in (post_save, post_delete):
            signal.connect(standing_changed, sender=model, dispatch_uid=f"standing {model._meta.label}")


def void_issued(principal: Principal) -> None:
    """Make void for good what temporary credentials `principal` has got and vouched for, in the caller's transaction."""
    Principal.objects.filter(pk=principal.pk).update(standing_epoch=F("standing_epoch") + 1)
    standing_changed()


def void_issued_in(account: Account) -> None:
    """Make void for good what temporary credentials the users and the roles of `account` have got, in the caller's transaction."""
    Account.objects.filter(pk=account.pk).update(standing_epoch=F("standing_epoch") + 1)
    standing_changed()


def principal_in_standing(unique_id: str) -> Principal | None:
    """Return the root user or IAM user of a unique id, with its account; None for one who was disabled, removed, or has lost its account.

    The instance is shared: nobody may change it. The root user of a member account whose root credentials were removed has none.
    """
    return _principals.get(unique_id, lambda: _principal(unique_id))


def _principal(unique_id: str) -> Principal | None:
    found = Principal.objects.select_related("account").filter(unique_id=unique_id, is_active=True, account__status=Account.Status.ACTIVE).first()
    if found is None or found.account is None:
        return None
    return None if found.kind == Principal.Kind.ROOT and not found.account.has_root_credentials else found


def role_in_standing(unique_id: str) -> Role | None:
    """Return the role of a unique id, with its account, while that account is active. The instance is shared: nobody may change it."""
    return _roles.get(unique_id, lambda: role_with_id(unique_id))


def grant_in_standing(name: str) -> bool:
    """Tell whether a program's sign-in has not been ended."""
    return _grants.get(name, lambda: Grant.objects.filter(name=name, ended_at=None).exists())
