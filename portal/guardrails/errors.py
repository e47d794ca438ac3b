"""Error pages: every error family, and every error nobody foresaw, becomes one page or one JSON object.

Nothing that was typed is shown or logged here: texts come from the family, log lines from the code path alone.
"""

import logging
import secrets
import sys
import traceback
from collections.abc import Mapping

import redis
from django.core.exceptions import BadRequest, PermissionDenied, RequestDataTooBig, SuspiciousOperation
from django.db import DataError, InterfaceError, OperationalError
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.http.multipartparser import MultiPartParserError
from django.http.request import UnreadablePostError
from django.template.loader import render_to_string
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from portal.core.errors import BadInput, Forbidden, NotFound, PortalError, TooMany, Unavailable

logger = logging.getLogger("portal.guardrails")

STRIP = "Simulation — training environment. Do not enter real credentials."
"""The sentence on every page and at the foot of every mail."""

TITLES: Mapping[int, Promise] = {
    400: _("The request could not be read"),
    403: _("Not allowed"),
    404: _("Page not found"),
    405: _("This address does not take that kind of request"),
    413: _("The request is too large"),
    415: _("The request has the wrong type"),
    422: _("This looks real. Stop."),
    429: _("Too many tries"),
    500: _("Something went wrong"),
    503: _("Not available right now"),
}
TEXTS: Mapping[int, Promise] = {
    400: _("A part of the request is missing, malformed, too long or sent twice. Go back, reload the page and try again."),
    403: _("You do not have access to this page."),
    404: _("There is nothing at this address. Check the address, or start again."),
    405: _("Open the page this address belongs to, and use its form."),
    413: _("Send less than 256 KB at once."),
    415: _("Send the body as JSON, with the type `application/json`."),
    422: _("Something you typed looks real. It was dropped unread."),
    429: _("Wait a little, then try again."),
    500: _("The error has been logged. Try again; if it happens again, tell the operator this number:"),
    503: _("A part of the portal does not answer. Try again in a few seconds."),
}
_BARE_PAGE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="robots" content="noindex"><title>Something went wrong</title></head>
<body><p role="note">%s</p><h1>Something went wrong</h1><p>The error has been logged. Error number: %s</p></body></html>
"""


class TooLarge(BadInput):
    """The body is larger than the portal reads."""

    code = "request_too_large"
    status = 413


class WrongType(BadInput):
    """The body of an API call is not JSON."""

    code = "unsupported_media_type"
    status = 415


class LooksReal(BadInput):
    """A typed value looks like a real address or a real access key; it was dropped unread."""

    code = "looks_real"
    status = 422


def family_of(error: BaseException | None) -> PortalError | None:
    """Return the family of an exception; None for what nobody foresaw."""
    if isinstance(error, PortalError):
        return error
    if isinstance(error, redis.RedisError | OperationalError | InterfaceError):
        return Unavailable(detail=type(error).__name__)
    if isinstance(error, RequestDataTooBig):
        return TooLarge()
    if isinstance(error, SuspiciousOperation | BadRequest | MultiPartParserError | UnreadablePostError | DataError):
        return BadInput(detail=type(error).__name__)
    if isinstance(error, Http404):
        return NotFound()
    if isinstance(error, PermissionDenied):
        return Forbidden()
    return None


def wants_json(request: HttpRequest) -> bool:
    """Tell whether the address belongs to one of the portal's JSON interfaces."""
    return "/api/" in request.path or request.path == "/v1/token"


def respond(request: HttpRequest, status: int, *, code: str = "error", text: str = "", number: str = "") -> HttpResponse:
    """Return the error page, or the JSON error `{"error", "message"}`, of a status. `number` is what the log calls this error."""
    message = text or str(TEXTS.get(status, TEXTS[400 if status < 500 else 500]))
    if wants_json(request):
        body = {"error": code, "message": message}
        return JsonResponse(body | {"number": number} if number else body, status=status)
    template = "errors/looks_real.html" if status == LooksReal.status else "errors/page.html"
    context = {"status": status, "title": TITLES.get(status, TITLES[400 if status < 500 else 500]), "text": message, "number": number, "here": "/"}
    return HttpResponse(render_to_string(template, context, request), status=status)


def response_for(request: HttpRequest, error: PortalError) -> HttpResponse:
    """Return the page or JSON of an error family, with `Retry-After` in seconds where trying again helps."""
    if error.detail or error.status >= 500:
        logger.warning("%s %s %s", error.status, error.code, error.detail)
    response = respond(request, error.status, code=error.code, text=str(error.public))
    if isinstance(error, TooMany | Unavailable):
        response.headers["Retry-After"] = str(error.retry_after)
    return response


def _frames(error: BaseException) -> str:
    """Name the exception's type and the lines it came through; no message and no locals, which may hold what was typed."""
    lines = [f"{frame.filename}:{frame.lineno} in {frame.name}" for frame in traceback.extract_tb(error.__traceback__)]
    earlier = error.__cause__ or error.__context__
    origin = f" after {type(earlier).__name__}" if earlier else ""
    return f"{type(error).__module__}.{type(error).__qualname__}{origin}\n  " + "\n  ".join(lines)


def log_unexpected(error: BaseException | None) -> str:
    """Log an error nobody foresaw under a fresh number, and return that number."""
    number = secrets.token_hex(5)
    logger.error("error %s: %s", number, _frames(error) if error else "unknown")
    return number


def unexpected(request: HttpRequest, error: BaseException | None) -> HttpResponse:
    """Log an error nobody foresaw and return the page that shows only its number."""
    number = log_unexpected(error)
    try:
        return respond(request, 500, code="server_error", number=number)
    except Exception as broken:  # noqa: BLE001  # the last page of all must appear even when templates are what broke
        logger.error("error %s, its page: %s", number, _frames(broken))  # noqa: TRY400  # the message may hold what was typed
        return HttpResponse(_BARE_PAGE % (STRIP, number), status=500)


def handler500(request: HttpRequest) -> HttpResponse:
    """Answer what was raised outside of a view too: Django calls this while the exception is being handled."""
    error = sys.exc_info()[1]
    family = family_of(error)
    return response_for(request, family) if family else unexpected(request, error)


def handler404(request: HttpRequest, exception: Exception) -> HttpResponse:  # noqa: ARG001  # Django passes it by name
    """Answer an address that leads nowhere."""
    return respond(request, 404, code=NotFound.code)


def handler403(request: HttpRequest, exception: Exception) -> HttpResponse:  # noqa: ARG001  # Django passes it by name
    """Answer a refused permission."""
    return respond(request, 403, code=Forbidden.code)


def handler400(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Answer a request that Django itself could not read."""
    return response_for(request, family_of(exception) or BadInput())


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:  # noqa: ARG001  # Django passes it by name
    """Answer a form that was not sent from the portal's own page, or from one that is no longer valid."""
    text = str(_("The form is no longer valid, or was sent from another page. Go back, reload the page and send it again. Cookies must be allowed."))
    return respond(request, 403, code=Forbidden.code, text=text)
