"""What AWS Organizations refuses with; the names of the classes are those of its service model (2016-11-28)."""

from typing import ClassVar

from policies.language import Problem
from portal.core.errors import BadInput, NotFound, PortalError


class OrganizationsConflict(PortalError):
    """What is asked for is at odds with what stands."""

    code: ClassVar[str] = "CONFLICT"
    status: ClassVar[int] = 409


class InvalidInputException(BadInput):
    """A name or an id is none."""


class MalformedPolicyDocumentException(BadInput):
    """The document is not valid, or too long; `problems` are those of its text, in its order."""

    def __init__(self, public: str, problems: tuple[Problem, ...] = ()) -> None:
        super().__init__(public)
        self.problems = problems


class PolicyNotFoundException(NotFound):
    """The organisation has no such policy."""


class TargetNotFoundException(NotFound):
    """The organisation has no such root, unit or account."""


class DuplicatePolicyException(OrganizationsConflict):
    """The organisation has a policy of this kind and name."""


class DuplicatePolicyAttachmentException(OrganizationsConflict):
    """The policy is attached there."""


class PolicyNotAttachedException(OrganizationsConflict):
    """The policy is not attached there."""


class PolicyInUseException(OrganizationsConflict):
    """The policy is attached somewhere, and so cannot be deleted."""


class ConstraintViolationException(OrganizationsConflict):
    """A quota is used up."""


class ConcurrentModificationException(OrganizationsConflict):
    """The policy was changed by somebody else since it was read."""
