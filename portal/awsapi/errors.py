"""What a call may be refused with, and each protocol's own name and status for it.

Signature and token errors come from the front of every service and are in no service's model; names and statuses of a service's
own errors are read from its model.
"""

from collections.abc import Mapping
from enum import Enum
from typing import NamedTuple

from portal.awsapi.sigv4 import Flaw


class _Names(NamedTuple):
    """Names in the query protocol and in the JSON protocols, and the HTTP status (JSON 1.1 answers 400 to whatever a client did wrong)."""

    query: str
    json: str
    status: int


class Fault(Enum):
    """Errors that every service has in common."""

    MISSING_TOKEN = _Names("MissingAuthenticationToken", "MissingAuthenticationTokenException", 403)
    INCOMPLETE_SIGNATURE = _Names("IncompleteSignature", "IncompleteSignatureException", 403)
    WRONG_SIGNATURE = _Names("SignatureDoesNotMatch", "InvalidSignatureException", 403)
    UNKNOWN_KEY = _Names("InvalidClientTokenId", "UnrecognizedClientException", 403)
    EXPIRED_TOKEN = _Names("ExpiredToken", "ExpiredTokenException", 403)
    DENIED = _Names("AccessDenied", "AccessDeniedException", 403)
    INVALID = _Names("ValidationError", "ValidationException", 400)
    MALFORMED = _Names("MalformedInput", "SerializationException", 400)
    UNKNOWN_OPERATION = _Names("InvalidAction", "UnknownOperationException", 400)
    THROTTLED = _Names("Throttling", "ThrottlingException", 400)
    TOO_LARGE = _Names("RequestEntityTooLarge", "RequestEntityTooLargeException", 413)
    UNAVAILABLE = _Names("ServiceUnavailable", "ServiceUnavailableException", 503)
    INTERNAL = _Names("InternalFailure", "InternalServerException", 500)


FAULT_OF_FLAW = {
    Flaw.MISSING: Fault.MISSING_TOKEN,
    Flaw.INCOMPLETE: Fault.INCOMPLETE_SIGNATURE,
    Flaw.MISMATCH: Fault.WRONG_SIGNATURE,
}


class CallRefused(Exception):
    """A call ends with an error: one of those that all services have, or one that the service's model names. `message` is shown.

    `members` stand in the body of a REST error beside the message, or in place of what it would say. `retry_after` is in whole seconds,
    0 where waiting does not help.
    """

    def __init__(self, error: Fault | str, message: str, *, members: Mapping[str, str] | None = None, retry_after: int = 0) -> None:
        super().__init__(message)
        self.error = error
        self.message = message
        self.members = members or {}
        self.retry_after = retry_after


ERROR_WORDS = {
    "AccessDeniedException": "INSUFFICIENT_PERMISSIONS",
    "ConflictException": "CONFLICT",
    "InternalServerException": "server_error",
    "ResourceNotFoundException": "RESOURCE_NOT_FOUND",
    "ServiceQuotaExceededException": "SERVICE_QUOTA_EXCEEDED",
    "ServiceUnavailableException": "service_unavailable",
    "TooManyRequestsError": "rate_exceeded",
    "ValidationException": "INVALID_REQUEST",
}
"""The member `error` that AWS Sign-In's errors have beside `message` (service model `signin` 2023-01-01)."""
