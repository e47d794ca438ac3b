"""One call from its bytes to its answer, in steps that are the same for every service.

Find the operation; verify the signature; read and check the parameters; ask the caller's policies; call the operation's function;
write answer and event. What is refused before the signature is verified has no caller and is no event. Operations that nobody signs
have a way of their own, without caller, policies and event: their functions see to what stands in for those.
"""

import logging
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache, partial
from typing import Any
from urllib.parse import parse_qsl

from django.core.exceptions import BadRequest, RequestDataTooBig, SuspiciousOperation
from django.http import HttpRequest, HttpResponse
from django.http.request import UnreadablePostError

from portal.awsapi import models, reading, registry, writing
from portal.awsapi.callers import claim_of, signer_of
from portal.awsapi.errors import CallRefused, Fault
from portal.awsapi.permissions import Denied, explained, require
from portal.awsapi.registry import Answer, Call, Offered, OpenCall, OpenOffered
from portal.awsapi.restrictions import refuse_restricted
from portal.awsapi.services import MODULES
from portal.awsapi.sigv4 import SignedRequest
from portal.conf import conf
from portal.core import clock, randomness
from portal.core.errors import PortalError, TooMany
from portal.core.realness import looks_like_access_key
from portal.guardrails.errors import family_of, log_unexpected
from portal.network.origin import origin_of
from portal.trail.calls import record_call

logger = logging.getLogger("portal.awsapi")

FORM = "application/x-www-form-urlencoded"
BODY_LIMIT = 128 * 1024
"""Bytes of a body that are read; no operation comes near."""
MOST_FIELDS = 500
_TARGET = re.compile(r"(?:[A-Za-z0-9_.]+\.)?([A-Za-z0-9_]+)\.([A-Za-z0-9]+)", re.ASCII)


@dataclass(frozen=True, slots=True)
class _Found:
    """The operation that a request names, in the protocol that it was named in; `offered` is None where the portal does not have it."""

    protocol: str
    operation: models.Operation | None
    offered: Offered | OpenOffered | None
    form: Mapping[str, str]


@lru_cache(maxsize=1)
def _routes() -> dict[str, list[tuple[models.Route, models.Operation]]]:
    """Return the REST operations by path, those first whose address says the most."""
    found: dict[str, list[tuple[models.Route, models.Operation]]] = {}
    for name in registry.services():
        if models.service(name).protocol.startswith("rest-"):
            for function in registry.functions(name):
                operation = models.operation_of(name, function)
                route = models.Route.of(operation)
                found.setdefault(route.path, []).append((route, operation))
    for routes in found.values():
        routes.sort(key=lambda pair: -len(pair[0].query))
    return found


@lru_cache(maxsize=1)
def _by_target() -> dict[str, str]:
    """Return the services of JSON 1.1 by the last part of their target's prefix."""
    services = [models.service(name) for name in registry.services()]
    return {str(found.model.metadata["targetPrefix"]).rpartition(".")[2]: found.name for found in services if found.protocol == "json"}


@lru_cache(maxsize=1)
def _by_version() -> dict[str, str]:
    """Return the services of the query protocol by their API's version."""
    services = [models.service(name) for name in registry.services()]
    return {str(found.model.metadata["apiVersion"]): found.name for found in services if found.protocol == "query"}


def prepare() -> None:
    """Load every service's model, so that no caller waits for it."""
    assert MODULES  # noqa: S101  # importing them is what offers their operations
    _routes(), _by_target(), _by_version()


def is_call(request: HttpRequest) -> bool:
    """Tell whether a request is a program's: a REST operation's path, or a POST to the root that is signed or names an operation."""
    path = request.path_info
    if path != "/":
        return path in _routes()
    if request.method != "POST":
        return False
    meta = request.META
    if "HTTP_X_AMZ_TARGET" in meta or "HTTP_X_AMZ_DATE" in meta or meta.get("HTTP_AUTHORIZATION", "").startswith("AWS4-"):
        return True
    return "X-Amz-" in meta.get("QUERY_STRING", "") or (request.content_type == FORM and b"Action=" in _peek(request))


def _peek(request: HttpRequest) -> bytes:
    try:
        return request.body
    except (SuspiciousOperation, BadRequest, UnreadablePostError):
        return b""


def answer(request: HttpRequest) -> HttpResponse:
    """Answer a call; never raises."""
    request_id = str(randomness.uuid())
    found = _Found("rest-json" if request.path_info != "/" else _guess(request), None, None, {})
    try:
        signed = _read(request)
        found = _find(signed)
        if isinstance(found.offered, OpenOffered):
            return _carry_out_unsigned(request, signed, found, found.offered, request_id)
        return _carry_out(request, signed, found, found.offered, request_id)
    except CallRefused as refused:
        response = writing.refusal(found.protocol, found.operation, refused, request_id=request_id)
        if refused.retry_after:
            response.headers["Retry-After"] = str(refused.retry_after)
        return response
    except Exception as error:  # noqa: BLE001  # a client must get an answer in its own protocol, whatever happened
        return writing.refusal(found.protocol, found.operation, _unforeseen(error), request_id=request_id)


def _unforeseen(error: Exception) -> CallRefused:
    family = family_of(error)
    if isinstance(error, RequestDataTooBig):
        return CallRefused(Fault.TOO_LARGE, f"The body is longer than {BODY_LIMIT} bytes.")
    if family is not None and family.status == 503:
        return CallRefused(Fault.UNAVAILABLE, "A part of the portal does not answer. Try again in a few seconds.")
    if family is not None and family.status < 500:
        return CallRefused(Fault.MALFORMED, family.public or "The request cannot be read.")
    number = log_unexpected(error)
    return CallRefused(Fault.INTERNAL, f"The error has been logged under the number {number}.")


def _guess(request: HttpRequest) -> str:
    return "json" if "HTTP_X_AMZ_TARGET" in request.META else "query"


_OWN_VARIABLES = (("CONTENT_TYPE", "content-type"), ("CONTENT_LENGTH", "content-length"))
"""Variables of WSGI that hold a header and do not begin with `HTTP_` (PEP 3333)."""


@lru_cache(maxsize=256)
def _header_name(variable: str) -> str:
    """Return the name of the header that a variable of WSGI holds; empty for one that holds none."""
    return variable[5:].replace("_", "-").lower() if variable.startswith("HTTP_") else ""


def _read(request: HttpRequest) -> SignedRequest:
    meta = request.META
    headers = {name: value for variable, value in meta.items() if (name := _header_name(variable)) and isinstance(value, str)}
    for variable, name in _OWN_VARIABLES:
        if value := meta.get(variable):
            headers[name] = value
    if not all(map(str.isascii, headers.values())):
        # WSGI hands header bytes on as Latin-1 (PEP 3333); clients sign them as UTF-8.
        headers = {name: value.encode("latin-1", "replace").decode("utf-8", "replace") for name, value in headers.items()}
    if "transfer-encoding" in headers and "content-length" not in headers:
        raise CallRefused(Fault.INCOMPLETE_SIGNATURE, "Bodies in chunks (Transfer-Encoding: chunked) are not supported; send Content-Length.")
    if "aws-chunked" in headers.get("content-encoding", ""):
        raise CallRefused(Fault.INCOMPLETE_SIGNATURE, "Bodies signed chunk by chunk (aws-chunked) are not supported; sign the whole body.")
    body = request.body
    if len(body) > BODY_LIMIT:
        raise CallRefused(Fault.TOO_LARGE, f"The body is longer than {BODY_LIMIT} bytes.")
    if looks_like_access_key(body.decode("utf-8", "replace")):
        raise CallRefused(Fault.INVALID, "Something in the body looks like a real access key. It was dropped unread.")
    return SignedRequest(str(request.method), request.path_info, meta.get("QUERY_STRING", ""), headers, body)


def _find(request: SignedRequest) -> _Found:
    if request.path != "/":
        query = dict(parse_qsl(request.query, keep_blank_values=True, max_num_fields=MOST_FIELDS))
        for route, operation in _routes()[request.path]:
            if route.method == request.method and route.fits(query):
                return _offered("rest-json", operation, query)
        return _Found("rest-json", None, None, query)
    target = request.headers.get("x-amz-target")
    if target is not None:
        named = _TARGET.fullmatch(target)
        service = _by_target().get(named[1], "") if named else ""
        return _named("json", service, named[2] if named else "", {})
    form = _form(request)
    return _named("query", _by_version().get(form.get("Version", ""), ""), form.get("Action", ""), form)


def _form(request: SignedRequest) -> dict[str, str]:
    try:
        pairs = parse_qsl(request.body.decode("utf-8"), keep_blank_values=True, max_num_fields=MOST_FIELDS, errors="strict")
    except (ValueError, UnicodeError):
        return {}
    form = dict(pairs)
    return form if len(form) == len(pairs) else {}


def _named(protocol: str, service: str, name: str, form: Mapping[str, str]) -> _Found:
    if not service:
        return _Found(protocol, None, None, form)
    try:
        return _offered(protocol, models.operation(service, name), form)
    except KeyError:
        return _Found(protocol, None, None, form)


def _offered(protocol: str, operation: models.Operation, form: Mapping[str, str]) -> _Found:
    return _Found(protocol, operation, registry.offered(operation), form)


def _carry_out_unsigned(request: HttpRequest, sent: SignedRequest, found: _Found, offered: OpenOffered, request_id: str) -> HttpResponse:
    operation = found.operation
    assert operation is not None  # noqa: S101  # what is offered is an operation
    is_form = request.content_type == FORM
    shape = operation.model.input_shape
    try:
        parameters = reading.from_oauth_form(shape, _form(sent)) if is_form else _parameters(operation, sent, found.form)
        reading.check(shape, parameters, open_members=offered.open_members)
        made = offered.function(OpenCall(origin_of(request), parameters, clock.now(), request_id, sent, is_form))
    except Exception as error:
        refused = error if isinstance(error, CallRefused) else _foreseen(error, operation)
        if refused.error is Fault.MALFORMED:
            refused = CallRefused(Fault.INVALID, refused.message)
        if is_form:
            named = refused.members or ({"error": "invalid_request"} if refused.error is Fault.INVALID else {})
            members = {**named, "error_description": refused.message}
            refused = CallRefused(refused.error, refused.message, members=members, retry_after=refused.retry_after)
        raise refused from error
    write = writing.form_answer if is_form else writing.answer
    return write(operation, made.output, request_id=request_id)


def _carry_out(request: HttpRequest, signed: SignedRequest, found: _Found, offered: Offered | None, request_id: str) -> HttpResponse:
    # Clients sign by their own clock, which nobody moves: the signature's age is of real time, as that of a second factor's code.
    claim = claim_of(signed, now=datetime.now(UTC), skew=conf.signature_skew)
    if found.operation is None:
        raise CallRefused(Fault.UNKNOWN_OPERATION, "There is no such operation, or it is called in another way.")
    now = clock.now()
    signer = signer_of(signed, claim, service=found.operation.service.signing_name, now=now)
    if offered is None:
        raise CallRefused(Fault.UNKNOWN_OPERATION, f"This simulation does not have the operation {found.operation.name}.")
    origin = origin_of(request).at_endpoint(claim.region)
    call = Call(signer, origin, claim.region, {}, now, request_id)
    try:
        refuse_restricted(signer, found.operation)
        parameters = _parameters(found.operation, signed, found.form)
        call = Call(signer, origin, claim.region, parameters, now, request_id)
        reading.check(found.operation.model.input_shape, parameters)
        if offered.authorized:
            require(call, f"{found.operation.service.signing_name}:{found.operation.name}")
        made = offered.answer(call, partial(_record, call, found.operation, offered))
    except Exception as error:
        refused = error if isinstance(error, CallRefused) else _foreseen(error, found.operation)
        _record_refusal(call, found.operation, offered, refused)
        raise (explained(call, refused) if isinstance(refused, Denied) else refused) from error
    return writing.answer(found.operation, made.output, request_id=request_id)


def _foreseen(error: Exception, operation: models.Operation) -> CallRefused:
    """Return the refusal for what a flow raised: by its class's name, or its code, where the service's model has that error."""
    wait = error.retry_after if isinstance(error, TooMany) else 0
    if isinstance(error, PortalError):
        for name in (type(error).__name__, error.code):
            if operation.error_shape(name) is not None:
                return CallRefused(name, error.public, retry_after=wait)
    if isinstance(error, TooMany) and operation.error_shape("TooManyRequestsError") is not None:
        return CallRefused("TooManyRequestsError", error.public or "Too many calls. Try again later.", retry_after=wait)
    if isinstance(error, TooMany):
        return CallRefused(Fault.THROTTLED, error.public or "Rate exceeded", retry_after=wait)
    return _unforeseen(error)


def _parameters(operation: models.Operation, request: SignedRequest, form: Mapping[str, str]) -> dict[str, Any]:
    shape = operation.model.input_shape
    if operation.service.protocol == "query":
        return reading.from_form(shape, form)
    if operation.service.protocol == "json":
        read = reading.json_object(request.body)
        return dict(reading.from_json(shape, read)) if shape is not None else {}
    return reading.from_rest(shape, body=request.body, query=form, headers=request.headers)


def _camel(content: Any, hidden: frozenset[str] = frozenset()) -> Any:
    """Return what was sent or answered as events spell it: first letters small, times in ISO 8601, secrets hidden."""
    if isinstance(content, Mapping):
        return {
            name[:1].lower() + name[1:]: reading.HIDDEN if name in hidden else _camel(value) for name, value in content.items() if value is not None
        }
    if isinstance(content, list | tuple):
        return [_camel(item) for item in content]
    if isinstance(content, datetime):
        return content.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    return reading.HIDDEN if isinstance(content, bytes) else content


def _requested(call: Call, operation: models.Operation) -> Any:
    hidden = frozenset(name for name, shape in models.members(operation.model.input_shape).items() if reading.is_secret(name, shape))
    return _camel(call.parameters, hidden) or None


def _record(call: Call, operation: models.Operation, offered: Offered, made: Answer) -> None:
    recorded = made.recorded if made.recorded is not None else (None if offered.reads else made.output)
    shared = str(randomness.uuid()) if made.shared_with else ""
    for account in dict.fromkeys((call.signer.account, made.shared_with)):
        if account:
            record_call(
                operation.name,
                source=operation.service.source,
                identity=call.signer.identity,
                origin=call.origin,
                reads=offered.reads,
                account=account,
                request_id=call.request_id,
                request_parameters=_requested(call, operation),
                response_elements=_camel(recorded) or None,
                resources=made.resources,
                shared_event_id=shared,
                extra=made.extra,
            )


def _record_refusal(call: Call, operation: models.Operation, offered: Offered, refused: CallRefused) -> None:
    name, _status = writing.error_of(operation.service.protocol, refused.error, operation)
    note = None
    if isinstance(refused, Denied):
        note = {"decision": {"effect": refused.decision.effect, "reasons": list(refused.decision.reasons)}}
    record_call(
        operation.name,
        source=operation.service.source,
        identity=call.signer.identity,
        origin=call.origin,
        reads=offered.reads,
        request_id=call.request_id,
        error_code=name,
        error=refused.message,
        request_parameters=_requested(call, operation),
        note=note,
    )
