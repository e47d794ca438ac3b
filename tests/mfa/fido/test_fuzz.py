"""Hostile bytes of every kind: out come only the ceremonies' own outcomes, and soon (security catalogue PK-10)."""

import json
import time
from typing import Any

import cbor2
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from accounts.outcomes import Failure
from mfa.fido import answers, cbor
from mfa.fido.cbor import Malformed
from mfa.fido.ceremony import Registered, Shown
from tests.mfa.fido.authenticator import SoftwareAuthenticator, decode, encode
from tests.mfa.fido.relying_party import CREATE, GET, known, registered, shown

PATIENCE = 0.05
"""Seconds of CPU that one answer may cost."""

FUZZ = settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.too_slow])
PASSKEY = SoftwareAuthenticator(counts=False)
STORED = known(PASSKEY)
MADE = PASSKEY.make(CREATE)
SHOWN = PASSKEY.show(GET)

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=20,
)
CBOR = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20) | st.binary(max_size=80),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8) | st.integers(), inner, max_size=4),
    max_leaves=20,
)
NAMES = st.sampled_from(["clientDataJSON", "attestationObject", "authenticatorData", "signature", "userHandle", "transports"])


def checked(posted: str) -> None:
    """Hand what is posted to both ceremonies; a second time where the first was slow, as what is loaded then is loaded once."""
    for last in (False, True):
        begun = time.process_time()
        assert isinstance(registered(posted), Registered | Failure)
        assert isinstance(shown(posted, STORED), Shown | Failure)
        spent = time.process_time() - begun
        if spent < PATIENCE:
            return
        assert not last, f"{spent:.3f} s for {posted}"


@FUZZ
@given(st.text(max_size=400) | JSON.map(json.dumps))
def test_pk_10_any_text_and_any_json(posted: str) -> None:
    checked(posted)


@FUZZ
@given(st.sampled_from([MADE, SHOWN]), NAMES, JSON | st.binary(max_size=200).map(encode))
def test_pk_10_any_value_in_place_of_one_part(posted: dict[str, Any], name: str, value: Any) -> None:
    checked(json.dumps(posted | {"response": posted["response"] | {name: value}}))


@FUZZ
@given(st.sampled_from(["clientDataJSON", "attestationObject"]), st.data())
def test_pk_10_any_few_bytes_of_a_registration_changed(name: str, data: st.DataObject) -> None:
    checked(_mutated(MADE, name, data))


@FUZZ
@given(st.sampled_from(["clientDataJSON", "authenticatorData", "signature"]), st.data())
def test_pk_10_no_few_bytes_of_a_sign_in_changed_pass(name: str, data: st.DataObject) -> None:
    posted = _mutated(SHOWN, name, data)
    checked(posted)
    if json.loads(posted) != SHOWN:
        assert isinstance(shown(posted, STORED), Failure)


def _mutated(posted: dict[str, Any], name: str, data: st.DataObject) -> str:
    raw = bytearray(decode(posted["response"][name]))
    for _change in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(0, len(raw)))
        raw[at : at + data.draw(st.integers(0, 3))] = data.draw(st.binary(max_size=4))
    return json.dumps(posted | {"response": posted["response"] | {name: encode(bytes(raw))}})


@FUZZ
@given(CBOR)
def test_pk_10_any_statement_of_any_attestation(statement: Any) -> None:
    for form in ("none", "packed", "fido-u2f", "tpm", "apple", "android-key", "android-safetynet"):
        posted = PASSKEY.make(CREATE, attestation=lambda whole, form=form: whole | {"fmt": form, "attStmt": statement})  # type: ignore[misc]
        checked(json.dumps(posted))


@FUZZ
@given(CBOR.filter(lambda cose: cose is not None))
def test_pk_10_any_key(cose: Any) -> None:
    outcome = registered(PASSKEY.make(CREATE, cose=cose))
    assert isinstance(outcome, Failure)


@FUZZ
@given(st.binary(max_size=200))
def test_reading_cbor_gives_what_the_library_gives_or_nothing(raw: bytes) -> None:
    try:
        value, end = cbor.read(raw)
    except Malformed:
        return
    assert cbor2.loads(raw[:end]) == value
    assert cbor2.dumps(value) == raw[:end]


@FUZZ
@given(CBOR)
def test_whatever_is_of_the_strict_kind_is_read(value: Any) -> None:
    raw = cbor2.dumps(value)
    try:
        found, end = cbor.read(raw)
    except Malformed:
        assert _is_not_strict(value)
        return
    assert (found, end) == (value, len(raw))


def _is_not_strict(value: Any, depth: int = cbor.DEEPEST) -> bool:
    """Tell whether a value is outside of what authenticators write: floats, integers over 64 bits, or nested too deep."""
    if isinstance(value, float):
        return True
    if isinstance(value, int):
        return not -(2**64) <= value < 2**64
    if isinstance(value, list | dict):
        inner = [*value, *value.values()] if isinstance(value, dict) else value
        return depth == 0 or any(_is_not_strict(one, depth - 1) for one in inner)
    return False


@FUZZ
@given(st.text(max_size=60))
def test_base64url_has_one_spelling(text: str) -> None:
    try:
        raw = answers.decode(text)
    except Malformed:
        return
    assert answers.encode(raw) == text
