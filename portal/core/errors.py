"""Error families: a code, a public sentence, a private detail. The edge maps each once to HTML, OAuth JSON or AWS errors."""

from typing import ClassVar


class PortalError(Exception):
    """Base of the errors that a person or a client may be told about.

    `public` is a whole sentence that says how to mend it, and is shown; `detail` is for the log and is not.
    """

    code: ClassVar[str] = "server_error"
    status: ClassVar[int] = 500

    def __init__(self, public: str = "", *, detail: str = "") -> None:
        super().__init__(public)
        self.public = public
        self.detail = detail


class BadInput(PortalError):
    """The request cannot be read as what the address expects: wrong type, duplicated, overlong."""

    code = "invalid_request"
    status = 400


class Forbidden(PortalError):
    """Whoever asks may not do this."""

    code = "access_denied"
    status = 403


class NotFound(PortalError):
    """There is no such thing, or not for whoever asks."""

    code = "not_found"
    status = 404


class TooMany(PortalError):
    """A throttle or the hash queue refused; `retry_after` is in whole seconds."""

    code = "rate_exceeded"
    status = 429

    def __init__(self, public: str = "", *, retry_after: int, detail: str = "") -> None:
        super().__init__(public, detail=detail)
        self.retry_after = max(1, retry_after)


class Unavailable(PortalError):
    """Something the portal needs (cache, database) does not answer; trying again later helps."""

    code = "service_unavailable"
    status = 503
    retry_after = 5
