"""What botocore writes is read, and what is written botocore reads: the same values, for every operation that is offered."""

from collections.abc import Callable
from datetime import UTC, datetime
from functools import cache
from typing import Any
from urllib.parse import parse_qsl, urlencode

import pytest
from botocore.model import Shape
from botocore.parsers import create_parser
from botocore.serialize import create_serializer
from hypothesis import given
from hypothesis import strategies as st

from portal.awsapi import gateway, models, reading, registry, writing
from portal.awsapi.errors import CallRefused, Fault

gateway.prepare()
OPERATIONS = [models.operation_of(service, function) for service in registry.services() for function in registry.functions(service)]
TEXT = st.text(st.characters(codec="utf-8", exclude_categories=("Cs", "Cc")), min_size=1, max_size=20)


UNDERSTOOD = {None, Fault.MALFORMED, Fault.INVALID}


def outcome(read: Callable[[], None]) -> Fault | str | None:
    """Return the error that reading ends with; None for none."""
    try:
        read()
    except CallRefused as refused:
        return refused.error
    return None


@cache  # a strategy is dear to make, and every example asks for the same ones
def values(shape: Shape) -> st.SearchStrategy[Any]:
    """Return values of a shape, whatever its rules say beyond the type."""
    match shape.type_name:
        case "structure":
            required = {name: values(member) for name, member in shape.members.items() if name in shape.required_members}
            return st.fixed_dictionaries(required, optional={name: values(m) for name, m in shape.members.items() if name not in required})
        case "list":
            return st.lists(values(shape.member), min_size=1, max_size=3)
        case "map":
            return st.dictionaries(TEXT, values(shape.value), min_size=1, max_size=3)
        case "boolean":
            return st.booleans()
        case "blob":
            return st.binary(min_size=1, max_size=20)
        case "integer" | "long":
            return st.integers(-(2**31), 2**31)
        case "timestamp":
            return st.integers(0, 4_000_000_000).map(lambda seconds: datetime.fromtimestamp(seconds, UTC))
        case _:
            return TEXT


def _without_empty(value: Any) -> Any:
    """Return what a form can carry of a value: a structure without members is not there."""
    if isinstance(value, dict):
        kept = {name: _without_empty(item) for name, item in value.items()}
        return {name: item for name, item in kept.items() if item not in ({}, [])}
    if isinstance(value, list):
        items = [_without_empty(item) for item in value]
        return items[: items.index({})] if {} in items else items
    return value


@given(st.sampled_from([operation for operation in OPERATIONS if operation.model.input_shape is not None]), st.data())
def test_a_request_is_read_as_it_was_written(operation: models.Operation, data: st.DataObject) -> None:
    shape = operation.model.input_shape
    given_values = data.draw(values(shape))
    protocol = operation.service.protocol
    written = create_serializer(protocol, include_validation=False).serialize_to_request(given_values, operation.model)
    body = written["body"]
    if protocol == "query":
        form = dict(parse_qsl(urlencode(body), keep_blank_values=True))
        assert reading.from_form(shape, form) == _without_empty(given_values)
    elif protocol == "json":
        assert reading.from_json(shape, reading.json_object(body)) == given_values
    else:
        raw = body if isinstance(body, bytes) else str(body).encode()
        assert reading.from_rest(shape, body=raw, query={}, headers={}) == given_values


@given(st.sampled_from(OPERATIONS), st.data())
def test_an_answer_is_read_as_it_was_written(operation: models.Operation, data: st.DataObject) -> None:
    shape = operation.model.output_shape
    output = data.draw(values(shape)) if shape is not None else {}
    response = writing.answer(operation, output, request_id="1-2-3")
    raw = {"body": response.content, "headers": {name.lower(): value for name, value in response.items()}, "status_code": response.status_code}
    parsed = create_parser(operation.service.protocol).parse(raw, shape)
    metadata = parsed.pop("ResponseMetadata")
    assert metadata["RequestId"] == "1-2-3"
    assert {name: value for name, value in parsed.items() if value not in ({}, [])} == {n: v for n, v in output.items() if v not in ({}, [])}


@given(st.sampled_from([operation for operation in OPERATIONS if operation.service.name == "signin"]), st.binary(max_size=60))
def test_whatever_a_body_holds_it_is_read_or_refused(operation: models.Operation, body: bytes) -> None:
    shape = operation.model.input_shape
    assert outcome(lambda: reading.check(shape, reading.from_rest(shape, body=body, query={}, headers={}))) in UNDERSTOOD


MEMBERS = st.sampled_from(["LookupAttributes", "AttributeKey", "StartTime", "MaxResults"])
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(MEMBERS, inner),
)


@given(JSON)
def test_whatever_json_holds_it_is_read_or_refused(value: Any) -> None:
    shape = models.operation("cloudtrail", "LookupEvents").model.input_shape
    assert outcome(lambda: reading.check(shape, reading.from_json(shape, value))) in UNDERSTOOD


@pytest.mark.parametrize("body", [b"[]", b"1", b'{"a":1,"a":2}', b'{"a":NaN}', b"\xff", b'{"a":"\\ud800"}', b"[" * 100_000, b"{"])
def test_a_body_that_is_no_object_is_refused(body: bytes) -> None:
    with pytest.raises(CallRefused) as caught:
        reading.json_object(body)
    assert caught.value.error is Fault.MALFORMED


def test_all_broken_rules_are_told_in_the_services_own_words() -> None:
    shape = models.operation("sts", "AssumeRole").model.input_shape
    with pytest.raises(CallRefused) as caught:
        reading.check(shape, {"RoleSessionName": "a b", "DurationSeconds": 1})
    assert caught.value.message == (
        "3 validation errors detected: Value null at 'roleArn' failed to satisfy constraint: Member must not be null; "
        "Value 'a b' at 'roleSessionName' failed to satisfy constraint: Member must satisfy regular expression pattern: [\\w+=,.@-]*; "
        "Value '1' at 'durationSeconds' failed to satisfy constraint: Member must have value greater than or equal to 900"
    )
