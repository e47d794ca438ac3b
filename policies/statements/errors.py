"""What the control plane refuses with. The names of the classes and their codes are those of AWS Sign-In's service model (2023-01-01)."""

from typing import ClassVar

from portal.core.errors import BadInput, NotFound, PortalError


class ValidationException(BadInput):
    """The request breaks a rule; the sentence names every one that it breaks."""

    code: ClassVar[str] = "INVALID_REQUEST"


class ResourceNotFoundException(NotFound):
    """There is no such statement, target or configuration."""

    code: ClassVar[str] = "RESOURCE_NOT_FOUND"


class ConflictException(PortalError):
    """The client token was used for something else."""

    code: ClassVar[str] = "CONFLICT"
    status: ClassVar[int] = 409


class ServiceQuotaExceededException(PortalError):
    """The account has as many statements as it may have."""

    code: ClassVar[str] = "SERVICE_QUOTA_EXCEEDED"
    status: ClassVar[int] = 402
