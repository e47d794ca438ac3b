"""What IAM refuses with; the names of the classes are those of its service model (2010-05-08)."""

from typing import ClassVar

from portal.core.errors import BadInput, NotFound, PortalError


class IamConflict(PortalError):
    """What is asked for is at odds with what stands."""

    code: ClassVar[str] = "conflict"
    status: ClassVar[int] = 409


class NoSuchEntityException(NotFound):
    """The account has no such user, group, role or policy."""


class EntityAlreadyExistsException(IamConflict):
    """The account has one of this name."""


class DeleteConflictException(IamConflict):
    """Something hangs on what is to be deleted."""


class LimitExceededException(IamConflict):
    """A quota is used up (IAM user guide, "IAM and AWS STS quotas")."""


class InvalidInputException(BadInput):
    """A parameter is not what the operation takes."""


class MalformedPolicyDocumentException(BadInput):
    """The document is not valid; the sentence names every problem with its place."""


class PolicyEvaluationException(PortalError):
    """A policy that stands cannot be evaluated."""
