"""The IAM users of an account as its administrators see them, and who is one."""

from dataclasses import dataclass

from django.db.models import OuterRef, Subquery

from accounts.models import PolicyAttachment, Principal, SignInSession
from mfa.manage.device_list import ListedDevice, listed
from mfa.models import Authenticator
from portal.core.moments import Moment, moment

PAGE = 20
ADMINISTRATIVE_POLICIES = frozenset({"arn:aws:iam::aws:policy/AdministratorAccess", "arn:aws:iam::aws:policy/IAMFullAccess"})
"""AWS managed policies that let an IAM user change other users' MFA devices (IAM user guide, "AWS managed policies")."""


@dataclass(frozen=True, slots=True)
class ListedUser:
    """One IAM user. `last_sign_in` is None for someone who has never signed in; `you`: whoever looks at the list."""

    name: str
    arn: str
    is_active: bool
    last_sign_in: Moment | None
    devices: tuple[ListedDevice, ...]
    you: bool


@dataclass(frozen=True, slots=True)
class UserPage:
    """One page of users by name; `after` is the key of the next page, None on the last."""

    rows: tuple[ListedUser, ...]
    after: str | None


def may_administer(principal: Principal) -> bool:
    """Tell whether `principal` may deal with the IAM users of its account: the root user, or an administrator by attached policy."""
    if principal.kind == Principal.Kind.ROOT:
        return True
    return (
        principal.kind == Principal.Kind.IAM_USER
        and PolicyAttachment.objects.filter(principal=principal, policy_arn__in=ADMINISTRATIVE_POLICIES).exists()
    )


def users_of(administrator: Principal, *, after: str) -> UserPage:
    """Return the IAM users of the administrator's account by name, at most `PAGE`, those after the key `after`; two or three queries."""
    newest = SignInSession.objects.filter(principal=OuterRef("pk")).order_by("-id").values("created_at")[:1]
    found = Principal.objects.filter(kind=Principal.Kind.IAM_USER, account_id=administrator.account_id, name_key__gt=after)
    users = list(found.annotate(last_sign_in=Subquery(newest)).order_by("name_key")[: PAGE + 1])
    more = len(users) > PAGE
    users = users[:PAGE]
    registered = list(Authenticator.objects.filter(user__in=[user.pk for user in users], confirmed=True).order_by("id"))
    shown = dict(zip((device.pk for device in registered), listed(registered), strict=True))
    rows = tuple(
        ListedUser(
            name=user.name,
            arn=user.arn,
            is_active=user.is_active,
            last_sign_in=moment(user.last_sign_in) if user.last_sign_in else None,
            devices=tuple(shown[device.pk] for device in registered if device.user_id == user.pk),
            you=user.pk == administrator.pk,
        )
        for user in users
    )
    return UserPage(rows, users[-1].name_key if more else None)


def device_in_account(administrator: Principal, key: int) -> Authenticator | None:
    """Return the device `key` of one of the account's IAM users, its owner and the owner's account with it; None for any other device."""
    found = Authenticator.objects.select_related("user__account").filter(pk=key, confirmed=True, user__kind=Principal.Kind.IAM_USER)
    return found.filter(user__account_id=administrator.account_id).first()
