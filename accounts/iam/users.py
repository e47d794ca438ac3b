"""Make, list, rename and delete IAM users (IAM API, operations of the same names). Permissions and events are the caller's."""

from collections.abc import Callable
from datetime import datetime

from django.contrib.auth.hashers import is_password_usable, make_password
from django.db import IntegrityError, transaction
from django.db.models import OuterRef, QuerySet, Subquery
from django.db.models.functions import Substr

from accounts.access_keys.revocation import standing_changed
from accounts.iam.errors import DeleteConflictException, EntityAlreadyExistsException, LimitExceededException, NoSuchEntityException
from accounts.iam.finding import locked
from accounts.iam.user_arns import moved
from accounts.models import Principal, SignInSession
from policies.models import PolicyTarget
from portal.core import clock, ids

MOST_USERS = 5000
"""IAM users of an account (IAM quotas)."""


def has_login_profile(user: Principal) -> bool:
    """Tell whether a user has a password, which is what a login profile is."""
    return bool(user.password) and is_password_usable(user.password)


def users_of(account: str, *, path_prefix: str = "/") -> QuerySet[Principal]:
    """Return the IAM users of an account whose path begins so, each with what `last_sign_in` answers read along."""
    newest = SignInSession.objects.filter(principal=OuterRef("pk")).order_by("-id").values("created_at")[:1]
    found = Principal.objects.select_related("account").filter(kind=Principal.Kind.IAM_USER, account_id=account)
    if path_prefix != "/":
        # `startswith` knows no capitals in SQLite; a substring that is equal is equal everywhere.
        found = found.annotate(path_start=Substr("path", 1, len(path_prefix))).filter(path_start=path_prefix)
    return found.annotate(newest_session=Subquery(newest))


def last_sign_in(principal: Principal) -> datetime | None:
    """Return when the newest console session of somebody began; None where there is none that the portal remembers."""
    if hasattr(principal, "newest_session"):
        found: datetime | None = principal.newest_session
        return found
    return SignInSession.objects.filter(principal=principal).order_by("-id").values_list("created_at", flat=True).first()


def missing(name: str) -> NoSuchEntityException:
    """Return the error for a user that is not there, in IAM's words."""
    return NoSuchEntityException(f"The user with name {name} cannot be found.")


def create(account: str, name: str, *, path: str = "/") -> Principal:
    """Make an IAM user, without password, key or permission; raises `EntityAlreadyExistsException`, `LimitExceededException`."""
    with locked(account):
        if Principal.objects.filter(kind=Principal.Kind.IAM_USER, account_id=account).count() >= MOST_USERS:
            raise LimitExceededException(f"Cannot exceed quota for UsersPerAccount: {MOST_USERS}.")
        user = Principal(kind=Principal.Kind.IAM_USER, account_id=account, name=name, path=path, password=make_password(None), created_at=clock.now())
        try:
            with transaction.atomic():
                user.save(force_insert=True)
        except IntegrityError:
            raise _exists(name) from None
    return user


def _exists(name: str) -> EntityAlreadyExistsException:
    return EntityAlreadyExistsException(f"User with name {name} already exists.")


def update(user: Principal, *, name: str = "", path: str = "") -> None:
    """Give a user another name, another path, or both; sessions and keys go on, as its unique id stays.

    Its ARN is another then. What is attached to the user moves along, and so do trust policies that name it, since the cloud keeps
    its unique id in those (IAM user guide, "Principal"). Conditions and resources that spell the old ARN stay as they are written.
    Raises `EntityAlreadyExistsException`, and `NoSuchEntityException` where somebody else renamed or deleted it meanwhile.
    """
    former, new_name, new_path = user.arn, name or user.name, path or user.path
    as_read = Principal.objects.filter(pk=user.pk, name=user.name, path=user.path)
    with locked(str(user.account_id)):
        try:
            with transaction.atomic():
                if as_read.update(name=new_name, name_key=ids.user_name_key(new_name), path=new_path) != 1:
                    raise missing(user.name)
        except IntegrityError:
            raise _exists(new_name) from None
        user.name, user.name_key, user.path = new_name, ids.user_name_key(new_name), new_path
        standing_changed()
        if user.arn != former:
            moved(former, user.arn)


_TIES: tuple[tuple[str, Callable[[Principal], bool]], ...] = (
    ("must delete access keys first", lambda user: user.access_keys.exists()),
    ("must delete login profile first", has_login_profile),
    ("must deactivate MFA device first", lambda user: user.authenticator_set.filter(confirmed=True).exists()),
    (
        "must detach all policies first",
        lambda user: user.policy_attachments.exists() or PolicyTarget.objects.filter(target=user.arn).exists(),
    ),
    ("must delete policies first", lambda user: user.inline_policies.exists()),
    ("must remove users from group first", lambda user: user.memberships.exists()),
)
"""What must be gone before a user may be deleted (IAM API reference, `DeleteUser`), and the words for it."""


def delete(user: Principal) -> None:
    """Delete a user on whom nothing hangs any more, and with it its sessions and programs' sign-ins (security catalogue SES-06).

    Trust policies that named it name its unique id from now on, so that a later user of the same name is trusted by none of them.
    Raises `DeleteConflictException`; `NoSuchEntityException` where it is gone.
    """
    with locked(str(user.account_id)):
        # Whoever is about to refer to the user's row, with a key or a device, waits until it is gone.
        held = Principal.objects.select_for_update().filter(pk=user.pk).first()
        if held is None:
            raise missing(user.name)
        for words, is_tied in _TIES:
            if is_tied(held):
                raise DeleteConflictException(f"Cannot delete entity, {words}.")
        moved(held.arn, held.unique_id)
        Principal.objects.filter(pk=held.pk).delete()
