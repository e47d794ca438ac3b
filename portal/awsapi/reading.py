"""Read a call's parameters as its service's model describes them: types first, then the rules of each member.

Members that the model does not name are ignored, as the services do. Every broken rule is told, not only the first.
"""

import base64
import binascii
import json
import math
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

from botocore import xform_name
from botocore.model import Shape

from portal.awsapi import models
from portal.awsapi.errors import CallRefused, Fault

DEEPEST = 32
"""Levels of JSON that are read; no operation comes near."""
LONGEST_ECHO = 100
"""Characters of a wrong value that an error repeats."""
_WHOLE = re.compile(r"[+-]?[0-9]{1,18}", re.ASCII)
_DECIMAL = re.compile(r"[+-]?[0-9]{1,18}(?:\.[0-9]{1,18})?", re.ASCII)


HIDDEN = "HIDDEN_DUE_TO_SECURITY_REASONS"
"""What stands in place of a secret."""
_CODES = frozenset({"AuthenticationCode1", "AuthenticationCode2", "TokenCode"})
"""Members that hold a code of a second factor, which the models do not mark as sensitive."""


def is_secret(name: str, shape: Shape) -> bool:
    """Tell whether a parameter must stand in no event, log or error."""
    return bool(shape.metadata.get("sensitive")) or name in _CODES


def json_object(body: bytes) -> dict[str, Any]:
    """Return the JSON object of a body; an empty body is an empty one. Raises `CallRefused` for anything else."""
    if not body.strip():
        return {}
    try:
        value = json.loads(body.decode("utf-8"), object_pairs_hook=_unique, parse_constant=_no_constant)
        json.dumps(value, ensure_ascii=False).encode("utf-8")
    except (UnicodeError, ValueError, RecursionError):
        raise CallRefused(Fault.MALFORMED, "The body is not one well-formed JSON object in UTF-8 with each name once.") from None
    if not isinstance(value, dict):
        raise CallRefused(Fault.MALFORMED, "The body must be one JSON object.")
    return value


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a name stands twice")
    return found


def _no_constant(text: str) -> Any:
    raise ValueError(text)


def from_json(shape: Shape, value: Any, *, at: str = "", depth: int = 0) -> Any:
    """Return a JSON value as the shape's type, members by the model's names; null members count as left out."""
    if depth > DEEPEST:
        raise CallRefused(Fault.MALFORMED, "The body is nested too deeply.")
    kind = shape.type_name
    if kind == "structure" and isinstance(value, dict):
        found = {}
        for name, member in shape.members.items():
            given = value.get(member.serialization.get("name", name))
            if given is not None:
                found[name] = from_json(member, given, at=f"{at}.{name}" if at else name, depth=depth + 1)
        return found
    if kind == "list" and isinstance(value, list):
        return [from_json(shape.member, item, at=f"{at}.{number}.member", depth=depth + 1) for number, item in enumerate(value, 1)]
    if kind == "map" and isinstance(value, dict):
        return {name: from_json(shape.value, item, at=f"{at}.{name}", depth=depth + 1) for name, item in value.items()}
    return _scalar_from_json(kind, value, at)


def _scalar_from_json(kind: str, value: Any, at: str) -> Any:
    if kind == "string" and isinstance(value, str):
        return value
    if kind == "boolean" and isinstance(value, bool):
        return value
    number = isinstance(value, int | float) and not isinstance(value, bool)
    if kind in {"integer", "long"} and number and abs(value) < 2**63 and int(value) == value:
        return int(value)
    if kind in {"float", "double"} and number:
        return float(value)
    if kind == "timestamp" and (number or isinstance(value, str)):
        return _moment(value, at)
    if kind == "blob" and isinstance(value, str):
        return _octets(value, at)
    raise CallRefused(Fault.MALFORMED, f"`{at or 'The body'}` has the wrong type; expected {kind}.")


def _moment(value: float | str, at: str) -> datetime:
    """Return a time given as seconds since 1970 or in ISO 8601; without an offset it is UTC."""
    try:
        if isinstance(value, str):
            if not _DECIMAL.fullmatch(value):
                found = datetime.fromisoformat(value)
                return (found if found.tzinfo else found.replace(tzinfo=UTC)).astimezone(UTC)
            value = float(value)
        if not math.isfinite(value):
            raise ValueError(value)
        return datetime.fromtimestamp(value, UTC)
    except (ValueError, OverflowError, OSError):
        raise CallRefused(Fault.MALFORMED, f"`{at}` is not a time.") from None


def _octets(value: str, at: str) -> bytes:
    try:
        return base64.b64decode(value, validate=True)
    except (ValueError, binascii.Error):
        raise CallRefused(Fault.MALFORMED, f"`{at}` is not base64.") from None


def from_form(shape: Shape | None, form: Mapping[str, str]) -> dict[str, Any]:
    """Return the parameters of a query call: `Name`, `List.member.1`, `List.member.1.Key`."""
    return {name: found for name, member in models.members(shape).items() if (found := _part(member, form, _query_name(member, name))) is not None}


def _query_name(shape: Shape, name: str) -> str:
    return str(shape.serialization.get("name", name))


def _part(shape: Shape, form: Mapping[str, str], prefix: str) -> Any:
    kind = shape.type_name
    if kind == "structure":
        parts = {name: _part(member, form, f"{prefix}.{_query_name(member, name)}") for name, member in shape.members.items()}
        return {name: part for name, part in parts.items() if part is not None} or None
    if kind == "list":
        stem = prefix if shape.serialization.get("flattened") else f"{prefix}.{shape.member.serialization.get('name', 'member')}"
        items: list[Any] = []
        while (item := _part(shape.member, form, f"{stem}.{len(items) + 1}")) is not None:
            items.append(item)
        return items or None
    given = form.get(prefix)
    return None if given is None else _scalar_from_text(kind, given, prefix)


def _scalar_from_text(kind: str, given: str, at: str) -> Any:
    if kind == "string":
        return given
    if kind in {"integer", "long"} and _WHOLE.fullmatch(given):
        return int(given)
    if kind in {"float", "double"} and _DECIMAL.fullmatch(given):
        return float(given)
    if kind == "boolean" and given in {"true", "false"}:
        return given == "true"
    if kind == "timestamp":
        return _moment(given, at)
    if kind == "blob":
        return _octets(given, at)
    raise CallRefused(Fault.MALFORMED, f"`{at}` has the wrong type; expected {kind}.")


def from_rest(shape: Shape | None, *, body: bytes, query: Mapping[str, str], headers: Mapping[str, str]) -> dict[str, Any]:
    """Return the parameters of a REST call, each from where the model puts it: body, address, or a header."""
    if shape is None:
        return {}
    found: dict[str, Any] = {}
    payload = shape.serialization.get("payload")
    in_body = {}
    for name, member in shape.members.items():
        place, wire = member.serialization.get("location"), member.serialization.get("name", name)
        source = {"querystring": query, "header": headers}.get(place)
        if source is not None:
            given = source.get(wire.lower() if place == "header" else wire)
            if given is not None:
                found[name] = _scalar_from_text(member.type_name, given, name)
        elif payload is None or name == payload:
            in_body[name] = member
    if payload:
        return found | {payload: from_json(in_body[payload], json_object(body))}
    if not in_body:
        return found
    read = from_json(shape, json_object(body))
    return found | {name: value for name, value in read.items() if name in in_body}


def from_oauth_form(shape: Shape | None, form: Mapping[str, str]) -> dict[str, Any]:
    """Return the parameters of a REST call that came as a form with names in snake_case, as OAuth clients send it (RFC 6749 §4.1.3)."""
    payload = shape.serialization.get("payload") if shape is not None else None
    wanted = shape.members[payload] if shape is not None and payload else shape
    found = {
        name: _scalar_from_text(member.type_name, form[xform_name(name)], name)
        for name, member in models.members(wanted).items()
        if xform_name(name) in form
    }
    return {payload: found} if payload else found


@lru_cache(maxsize=1024)
def _pattern(text: str) -> re.Pattern[str] | None:
    try:
        return re.compile(text, re.ASCII)
    except re.error:
        return None  # a pattern of Java's that Python does not know is left to the operation


def check(shape: Shape | None, parameters: Mapping[str, Any], *, open_members: frozenset[str] = frozenset()) -> None:
    """Refuse parameters that break the model's rules, naming all of them as the services do.

    The pattern of `open_members` is not asked of: the published model knows fewer values there than the service takes.
    """
    found: list[str] = []
    if shape is not None:
        _faults(shape, parameters, "", found, open_members)
    if found:
        count = f"{len(found)} validation error{'s' if len(found) > 1 else ''} detected: "
        raise CallRefused(Fault.INVALID, count + "; ".join(found))


def _faults(shape: Shape, value: Any, at: str, found: list[str], open_members: frozenset[str]) -> None:
    rules = shape.metadata
    if shape.type_name == "structure":
        missing = [_label(at, name) for name in shape.required_members if name not in value]
        found.extend(f"Value null at '{label}' failed to satisfy constraint: Member must not be null" for label in missing)
        for name, given in value.items():
            _faults(shape.members[name], given, _label(at, name), found, open_members)
    elif shape.type_name == "list":
        _bounds(rules, len(value), "length", at, value, found)
        for number, item in enumerate(value, 1):
            _faults(shape.member, item, f"{at}.{number}.member", found, open_members)
    elif shape.type_name == "string":
        name = at.rpartition(".")[2]
        shown = HIDDEN if is_secret(name[:1].upper() + name[1:], shape) else value
        _text(rules, value, shown, at, found, patterned=name not in open_members)
    elif shape.type_name in {"integer", "long", "float", "double"}:
        _bounds(rules, value, "value", at, value, found)


def _text(rules: Mapping[str, Any], value: str, shown: str, at: str, found: list[str], *, patterned: bool) -> None:
    _bounds(rules, len(value), "length", at, shown, found)
    pattern = _pattern(rules["pattern"]) if "pattern" in rules and patterned else None
    if pattern is not None and not pattern.fullmatch(value):
        found.append(_sentence(shown, at, f"Member must satisfy regular expression pattern: {rules['pattern']}"))
    if "enum" in rules and value not in rules["enum"]:
        found.append(_sentence(shown, at, f"Member must satisfy enum value set: [{', '.join(rules['enum'])}]"))


def _bounds(rules: Mapping[str, Any], measure: float, what: str, at: str, value: Any, found: list[str]) -> None:
    if "min" in rules and measure < rules["min"]:
        found.append(_sentence(value, at, f"Member must have {what} greater than or equal to {rules['min']}"))
    if "max" in rules and measure > rules["max"]:
        found.append(_sentence(value, at, f"Member must have {what} less than or equal to {rules['max']}"))


def _label(at: str, name: str) -> str:
    first = name[:1].lower() + name[1:]
    return f"{at}.{first}" if at else first


def _sentence(value: Any, at: str, rule: str) -> str:
    text = str(value)
    shown = text if len(text) <= LONGEST_ECHO else text[:LONGEST_ECHO] + "…"
    return f"Value '{shown}' at '{at}' failed to satisfy constraint: {rule}"
