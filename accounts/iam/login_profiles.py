"""Login profiles: the passwords that an account's administrator gives IAM users, changes and takes away, and the one that a user changes itself.

What hashes stands apart from what writes: `checked` and `prove` run outside of any transaction, in the hash pool.
"""

from django.contrib.auth.hashers import make_password
from django.db.models import QuerySet

from accounts.credentials.flows import TRIES, keep_former, policy_of, problems_with, tell_owner
from accounts.credentials.hashing import hashed, verify
from accounts.iam.credential_errors import EntityTemporarilyUnmodifiableException, PasswordPolicyViolationException
from accounts.iam.errors import EntityAlreadyExistsException, LimitExceededException, NoSuchEntityException
from accounts.models import Principal, SignInSession
from accounts.sessions.flows import end_all
from portal.core import clock
from portal.core.errors import PortalError, TooMany
from portal.network.origin import Origin


def missing(name: str) -> NoSuchEntityException:
    """Return the error for a user without a password, in IAM's words."""
    return NoSuchEntityException(f"Login Profile for User {name} cannot be found.")


def existing(name: str) -> EntityAlreadyExistsException:
    """Return the error for a user who has a password, in IAM's words."""
    return EntityAlreadyExistsException(f"Login Profile for user {name} already exists.")


def checked(user: Principal, password: str) -> str:
    """Return the hash of a new password that the account's policy allows; raises `PasswordPolicyViolationException`, TooMany."""
    refused = problems_with(user, password, policy_of(user))
    if refused is not None:
        raise PasswordPolicyViolationException(" ".join(refused.problems))
    return hashed(password)


def prove(user: Principal, password: str) -> bool:
    """Tell whether this is the user's present password: one counted try and one hash, on the same ladder as in the console.

    Raises `LimitExceededException` while the next try has to wait, TooMany when the hash queue is full.
    """
    wait = TRIES.climb(str(user.pk)).wait
    if wait:
        raise LimitExceededException(f"Too many wrong passwords. Wait {wait} seconds and try again.")
    try:
        right = verify(password, user.answerable)
    except TooMany:
        TRIES.take_back(str(user.pk))
        raise
    if right:
        TRIES.forget(str(user.pk))
    return right


def create(user: Principal, encoded: str, *, reset_required: bool) -> None:
    """Give a user without a password this one, as its hash; raises `EntityAlreadyExistsException`."""
    _store(user, encoded, reset_required=reset_required, otherwise=existing(user.name))


def update(user: Principal, encoded: str | None, *, reset_required: bool | None, origin: Origin) -> None:
    """Give a user another password, or only say whether the next sign-in asks for a new one.

    With another password every session, program's sign-in, link and code of the user is over, and its owner is told. Raises
    `EntityTemporarilyUnmodifiableException` where the password was changed since `user` was read.
    """
    if encoded is None:
        if reset_required is not None:
            Principal.objects.filter(pk=user.pk).update(must_change_password=reset_required)
        return
    keep_former(user)
    _store(user, encoded, reset_required=bool(reset_required), otherwise=_superseded(user))
    end_all(user, SignInSession.End.PASSWORD_CHANGED)
    tell_owner(user, origin)


def delete(user: Principal) -> None:
    """Take a user's password away: nobody signs in with it any more, and every session ends (security catalogue SES-06)."""
    keep_former(user)
    nothing = make_password(None)
    written = _as_read(user).update(password=nothing, password_changed_at=None, must_change_password=False, reset_required_because="")
    if written != 1:
        raise _superseded(user)
    user.password = nothing
    end_all(user, SignInSession.End.PASSWORD_CHANGED)


def _as_read(user: Principal) -> QuerySet[Principal]:
    return Principal.objects.filter(pk=user.pk, credential_epoch=user.credential_epoch, password=user.password)


def _store(user: Principal, encoded: str, *, reset_required: bool, otherwise: PortalError) -> None:
    """Write the new hash; raises `otherwise` where the password has changed since `user` was read."""
    now = clock.now()
    new = {"password": encoded, "password_changed_at": now, "must_change_password": reset_required, "reset_required_because": ""}
    if _as_read(user).update(**new) != 1:
        raise otherwise
    user.password, user.password_changed_at, user.must_change_password = encoded, now, reset_required


def _superseded(user: Principal) -> EntityTemporarilyUnmodifiableException:
    return EntityTemporarilyUnmodifiableException(f"The password of {user.name} was changed at this moment. Try again.")
