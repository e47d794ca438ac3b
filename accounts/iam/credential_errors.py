"""What IAM refuses a change of credentials with; the names of the classes are those of its service model (2010-05-08)."""

from accounts.iam.errors import IamConflict
from portal.core.errors import BadInput, Forbidden


class PasswordPolicyViolationException(BadInput):
    """The password breaks the account's password policy."""


class InvalidUserTypeException(BadInput):
    """The operation is for IAM users alone."""


class InvalidAuthenticationCodeException(Forbidden):
    """The codes are not two that the device shows one after the other."""


class EntityTemporarilyUnmodifiableException(IamConflict):
    """It must stay as it is while something else stands as it does."""
