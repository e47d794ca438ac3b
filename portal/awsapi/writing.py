"""Write answers and errors as each protocol has them (service models; error formats of REST JSON, JSON 1.1 and query)."""

import base64
import json
import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any
from xml.sax.saxutils import escape

from botocore import xform_name
from botocore.model import Shape
from django.http import HttpResponse

from portal.awsapi import models
from portal.awsapi.errors import ERROR_WORDS, CallRefused, Fault
from portal.core.answers import Finished

JSON = "application/json"
JSON_1_1 = "application/x-amz-json-1.1"
XML = "text/xml"
_PLAIN = re.compile("[ !#-%'-;=?-~]*")
"""Texts that XML has as they are."""
_NO_XML = re.compile("[^\t\n\r -\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def answer(operation: models.Operation, output: Mapping[str, Any], *, request_id: str) -> HttpResponse:
    """Return the response of a call that succeeded; `output` goes by the model's member names, None and what it does not name is left out."""
    shape = operation.model.output_shape
    if operation.service.protocol == "query":
        return _response(_query_answer(operation, shape, output, request_id), 200, XML, request_id)
    status = int(operation.model.http.get("responseCode", 200))
    kind = JSON_1_1 if operation.service.protocol == "json" else JSON
    headers: dict[str, str] = {}
    body: dict[str, Any] = {}
    if shape is not None:
        payload = shape.serialization.get("payload")
        for name, member in shape.members.items():
            value = output.get(name)
            if value is None:
                continue
            wire = member.serialization.get("name", name)
            if member.serialization.get("location") == "header":
                headers[wire] = str(value)
            elif payload == name:
                body = _to_json(member, value)
            elif payload is None:
                body[wire] = _to_json(member, value)
    response = _response(json.dumps(body, separators=(",", ":")), status, kind, request_id)
    for name, value in headers.items():
        response.headers[name] = value
    return response


def form_answer(operation: models.Operation, output: Mapping[str, Any], *, request_id: str) -> HttpResponse:
    """Return the response to a client that sent a form: the members of the payload in snake_case, as OAuth names them (RFC 6749 §5.1)."""
    shape = operation.model.output_shape
    payload = shape.serialization.get("payload") if shape is not None else None
    content = output[payload] if payload else output
    members = {xform_name(name): value for name, value in content.items() if value is not None}
    return _response(json.dumps(members, separators=(",", ":")), 200, JSON, request_id)


def error_of(protocol: str, error: Fault | str, operation: models.Operation | None) -> tuple[str, int]:
    """Return the name and the HTTP status of an error. AWS Sign-In's own model names some of the common ones too."""
    shape = operation.error_shape(error) if operation and isinstance(error, str) else None
    if isinstance(error, Fault):
        name = error.value.query if protocol == "query" else error.value.json
        client = error.value.status < 500
        return name, 400 if protocol == "json" and client else error.value.status
    declared = shape.metadata.get("error", {}) if shape is not None else {}
    name = declared.get("code", error) if protocol == "query" else error
    return str(name), int(declared.get("httpStatusCode", 400))


def refusal(protocol: str, operation: models.Operation | None, refused: CallRefused, *, request_id: str) -> HttpResponse:
    """Return the response of a call that ended with an error, in the protocol that it came by."""
    name, status = error_of(protocol, refused.error, operation)
    if protocol == "query":
        space = f' xmlns="{operation.service.model.metadata["xmlNamespace"]}"' if operation else ""
        sender = "Receiver" if status >= 500 else "Sender"
        error = f"<Error><Type>{sender}</Type><Code>{_text(name)}</Code><Message>{_text(refused.message)}</Message></Error>"
        body = f"<ErrorResponse{space}>{error}<RequestId>{request_id}</RequestId></ErrorResponse>"
        return _response(body, status, XML, request_id)
    members = {"message": refused.message}
    if protocol == "json":
        return _response(json.dumps({"__type": name, **members}), status, JSON_1_1, request_id)
    shape = operation.error_shape(name) if operation else None
    if shape is not None and "error" in shape.members:
        members = {"error": ERROR_WORDS.get(name, "server_error"), **members}
    response = _response(json.dumps({**members, **refused.members}), status, JSON, request_id)
    response.headers["x-amzn-ErrorType"] = name
    return response


def _response(body: str, status: int, kind: str, request_id: str) -> HttpResponse:
    return Finished(body, status=status, kind=kind, headers={"x-amzn-RequestId": request_id, "Cache-Control": "no-store"})


def _to_json(shape: Shape, value: Any) -> Any:
    kind = shape.type_name
    if kind == "structure":
        return {
            member.serialization.get("name", name): _to_json(member, value[name])
            for name, member in shape.members.items()
            if value.get(name) is not None
        }
    if kind == "list":
        return [_to_json(shape.member, item) for item in value]
    if kind == "map":
        return {name: _to_json(shape.value, item) for name, item in value.items()}
    if kind == "timestamp":
        written = shape.serialization.get("timestampFormat", "unixTimestamp")
        return _iso(value) if written == "iso8601" else int(value.timestamp())
    if kind == "blob":
        return base64.b64encode(value).decode()
    return value


def _query_answer(operation: models.Operation, shape: Shape | None, output: Mapping[str, Any], request_id: str) -> str:
    name, space = operation.name, operation.service.model.metadata["xmlNamespace"]
    result = ""
    if shape is not None:
        wrapper = shape.serialization.get("resultWrapper", f"{name}Result")
        result = f"<{wrapper}>{''.join(_members(shape, output))}</{wrapper}>"
    metadata = f"<ResponseMetadata><RequestId>{request_id}</RequestId></ResponseMetadata>"
    return f'<{name}Response xmlns="{space}">{result}{metadata}</{name}Response>'


def _members(shape: Shape, value: Mapping[str, Any]) -> Iterator[str]:
    for name, member in shape.members.items():
        if value.get(name) is not None:
            yield from _to_xml(member, value[name], str(member.serialization.get("name", name)))


def _to_xml(shape: Shape, value: Any, tag: str) -> Iterator[str]:
    if shape.type_name == "list":
        flattened = shape.serialization.get("flattened")
        inner = tag if flattened else str(shape.member.serialization.get("name", "member"))
        items = "".join(part for item in value for part in _to_xml(shape.member, item, inner))
        yield items if flattened else f"<{tag}>{items}</{tag}>"
    elif shape.type_name == "structure":
        yield f"<{tag}>{''.join(_members(shape, value))}</{tag}>"
    elif shape.type_name == "map":
        key, inner = (str(part.serialization.get("name", name)) for part, name in ((shape.key, "key"), (shape.value, "value")))
        entries = (f"<entry><{key}>{_text(name)}</{key}>{''.join(_to_xml(shape.value, item, inner))}</entry>" for name, item in value.items())
        yield f"<{tag}>{''.join(entries)}</{tag}>"
    else:
        yield f"<{tag}>{_text(_scalar(value))}</{tag}>"


def _scalar(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, datetime):
        return _iso(value)
    return base64.b64encode(value).decode() if isinstance(value, bytes) else str(value)


def _iso(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _text(text: str) -> str:
    """Return a text for XML, without the characters that XML cannot hold."""
    return text if _PLAIN.fullmatch(text) else escape(_NO_XML.sub("", text))
