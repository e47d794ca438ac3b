"""An answer with one thing broken at a time is worth nothing (security catalogue PK-03, PK-09)."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from accounts.outcomes import Failure
from mfa.fido import answers
from mfa.fido.ceremony import Fault, Registered, Shown
from tests.mfa.fido.authenticator import (
    ATTESTED,
    EDDSA,
    ES256,
    EXTENDED,
    PRESENT,
    RS256,
    VERIFIED,
    Posted,
    SoftwareAuthenticator,
    cose_of,
    decode,
    encode,
    flipped,
)
from tests.mfa.fido.relying_party import ALGORITHMS, CHALLENGE, CREATE, GET, HANDLE, known, registered, shown

# PK-03: one thing broken at a time


def changed(posted: Posted, **response: Any) -> Posted:
    """Return what is posted with parts of the response replaced."""
    return posted | {"response": posted["response"] | response}


def respelled(text: str) -> str:
    """Return base64url of 32 bytes with another last character that stands for the same bytes: two of its bits count for nothing."""
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    other = text[:-1] + alphabet[alphabet.index(text[-1]) ^ 1]
    assert decode(other) == decode(text)
    return other


def twice(posted: Posted, name: str) -> str:
    """Return JSON in which a name stands twice, with the same value."""
    return json.dumps(posted)[:-1] + f', "{name}": {json.dumps(posted[name])}}}'


Show = Callable[[SoftwareAuthenticator], Posted | str]
BROKEN_SIGN_INS: dict[str, Show] = {
    "type of the ceremony": lambda key: key.show(GET, client={"type": "webauthn.create"}),
    "no type": lambda key: key.show(GET, client={"type": None}),
    "challenge": lambda key: key.show(GET, client={"challenge": encode(b"d" * 32)}),
    "no challenge": lambda key: key.show(GET, client={"challenge": None}),
    "challenge cut short": lambda key: key.show(GET, client={"challenge": CHALLENGE[:-2]}),
    "challenge with padding": lambda key: key.show(GET, client={"challenge": CHALLENGE + "="}),
    "relying-party id": lambda key: key.show(GET, rp_id="example.com"),
    "presence": lambda key: key.show(GET, flags=VERIFIED),
    "signature": lambda key: key.show(GET, signature=flipped),
    "no signature": lambda key: key.show(GET, signature=lambda _: b""),
    "signature over other data": lambda key: changed(
        key.show(GET), authenticatorData=encode(flipped(decode(key.show(GET)["response"]["authenticatorData"])))
    ),
    "type of the credential": lambda key: key.show(GET) | {"type": "password"},
    "id is not rawId": lambda key: key.show(GET) | {"id": encode(b"another")},
    "id and rawId of another credential": lambda key: key.show(GET) | {"id": encode(b"another"), "rawId": encode(b"another")},
    "id with padding": lambda key: key.show(GET) | dict.fromkeys(("id", "rawId"), encode(key.credential_id) + "="),
    "id of the other alphabet": lambda key: key.show(GET) | dict.fromkeys(("id", "rawId"), "+" + encode(key.credential_id)[1:]),
    "id in another spelling": lambda key: key.show(GET) | dict.fromkeys(("id", "rawId"), respelled(encode(key.credential_id))),
    "challenge in another spelling": lambda key: key.show(GET, client={"challenge": respelled(CHALLENGE)}),
    "no id": lambda key: key.show(GET) | {"id": "", "rawId": ""},
    "no response": lambda key: key.show(GET) | {"response": None},
    "a list": lambda key: f"[{json.dumps(key.show(GET))}]",
    "BOM in the JSON": lambda key: "\ufeff" + json.dumps(key.show(GET)),
    "BOM in the client data": lambda key: key.show(GET, client_bytes=lambda raw: b"\xef\xbb\xbf" + raw),
    "client data in UTF-16": lambda key: key.show(GET, client_bytes=lambda raw: raw.decode().encode("utf-16")),
    "client data with a name twice": lambda key: key.show(GET, client_bytes=lambda raw: raw[:-1] + b',"origin":"http://localhost:8000"}'),
    "client data of NaN": lambda key: key.show(GET, client_bytes=lambda raw: raw[:-1] + b',"extra":NaN}'),
    "client data that is a list": lambda key: key.show(GET, client_bytes=lambda raw: b"[" + raw + b"]"),
    "client data nested deep": lambda key: key.show(GET, client_bytes=lambda raw: raw[:-1] + b',"x":' + b"[" * 4000 + b"]" * 4000 + b"}"),
    "a name twice": lambda key: twice(key.show(GET), "id"),
    "NaN": lambda key: json.dumps(key.show(GET) | {"extra": float("nan")}),
    "nested deep": lambda _key: "[" * 16_000,
    "data after the end": lambda key: key.show(GET, data=lambda raw: raw + b"\x00"),
    "extensions announced and missing": lambda key: key.show(GET, flags=PRESENT | EXTENDED),
    "extensions that are no map": lambda key: key.show(GET, flags=PRESENT | EXTENDED, data=lambda raw: raw + b"\x01"),
    "data after the extensions": lambda key: key.show(GET, flags=PRESENT | EXTENDED, data=lambda raw: raw + b"\xa0\xa0"),
    "a credential in the data": lambda key: key.show(GET, flags=PRESENT | ATTESTED, data=lambda raw: raw + bytes(60)),
    "data cut short": lambda key: key.show(GET, data=lambda raw: raw[:36]),
    "user handle that is no text": lambda key: changed(key.show(GET), userHandle=5),
    "user handle with padding": lambda key: changed(key.show(GET), userHandle=HANDLE + "="),
    "not ASCII": lambda key: json.dumps(key.show(GET) | {"extra": "é"}, ensure_ascii=False),
    "over 16 KB": lambda key: json.dumps(key.show(GET) | {"extra": "x" * answers.LONGEST}),
    "empty": lambda _key: "",
}


@pytest.mark.parametrize("broken", BROKEN_SIGN_INS.values(), ids=BROKEN_SIGN_INS.keys())
def test_pk_03_a_sign_in_with_one_thing_broken_is_refused(passkey: SoftwareAuthenticator, broken: Show) -> None:
    stored = known(passkey)
    assert isinstance(shown(broken(passkey), stored), Failure)
    assert isinstance(shown(passkey.show(GET), stored), Shown)


@ALGORITHMS
def test_pk_03_a_signature_by_another_key_is_refused(algorithm: int) -> None:
    passkey = SoftwareAuthenticator(algorithm)
    stored = known(passkey)
    impostor = SoftwareAuthenticator(EDDSA if algorithm == ES256 else ES256, credential_id=passkey.credential_id, user_handle=passkey.user_handle)
    assert shown(impostor.show(GET), stored) == Failure(Fault.NOT_VERIFIED)


BROKEN_REGISTRATIONS: dict[str, Show] = {
    "type of the ceremony": lambda key: key.make(CREATE, client={"type": "webauthn.get"}),
    "challenge": lambda key: key.make(CREATE, client={"challenge": encode(b"d" * 32)}),
    "relying-party id": lambda key: key.make(CREATE, rp_id="example.com"),
    "presence": lambda key: key.make(CREATE, flags=VERIFIED),
    "type of the credential": lambda key: key.make(CREATE) | {"type": "password"},
    "id is not rawId": lambda key: key.make(CREATE) | {"id": encode(b"another")},
    "the authenticator names another credential": lambda key: key.make(CREATE) | {"id": encode(b"another"), "rawId": encode(b"another")},
    "extra bytes of CBOR": lambda key: key.make(CREATE, attestation_bytes=lambda raw: raw + b"\x00"),
    "CBOR cut short": lambda key: key.make(CREATE, attestation_bytes=lambda raw: raw[:-1]),
    "extra bytes after the key": lambda key: key.make(CREATE, data=lambda raw: raw + b"\x00"),
    "a name twice in CBOR": lambda key: key.make(CREATE, attestation_bytes=lambda raw: b"\xa4" + raw[1:] + b"\x63fmt\x64none"),
    "no statement": lambda key: key.make(CREATE, attestation=lambda whole: {"fmt": "none", "authData": whole["authData"]}),
    "a statement in none": lambda key: key.make(CREATE, attestation=lambda whole: whole | {"attStmt": {"sig": b"x"}}),
    "an unknown format": lambda key: key.make(CREATE, attestation=lambda whole: whole | {"fmt": "homemade"}),
    "a format that is no text": lambda key: key.make(CREATE, attestation=lambda whole: whole | {"fmt": 5}),
    "packed without a signature": lambda key: key.make(CREATE, attestation=lambda whole: whole | {"fmt": "packed"}),
    "authenticator data that is text": lambda key: key.make(CREATE, attestation=lambda whole: whole | {"authData": "text"}),
    "no credential in the data": lambda key: key.make(CREATE, data=lambda raw: raw[:32] + bytes([PRESENT]) + raw[33:37]),
    "an attestation of 1 MB": lambda key: key.make(CREATE, attestation=lambda whole: whole | {"attStmt": {"x5c": [bytes(1_000_000)]}}),
    "BOM in the JSON": lambda key: "\ufeff" + json.dumps(key.make(CREATE)),
    "a name twice": lambda key: twice(key.make(CREATE), "response"),
    "empty": lambda _key: "{}",
}


@pytest.mark.parametrize("broken", BROKEN_REGISTRATIONS.values(), ids=BROKEN_REGISTRATIONS.keys())
def test_pk_03_a_registration_with_one_thing_broken_is_refused(passkey: SoftwareAuthenticator, broken: Show) -> None:
    assert isinstance(registered(broken(passkey)), Failure)
    assert isinstance(registered(passkey.make(CREATE)), Registered)


def test_extensions_that_nobody_asked_for_are_left_alone(passkey: SoftwareAuthenticator) -> None:
    stored = known(passkey)
    assert isinstance(shown(passkey.show(GET, flags=PRESENT | EXTENDED, data=lambda raw: raw + b"\xa1\x61x\xf5"), stored), Shown)


# PK-09: the key

_POINT = cose_of(ec.generate_private_key(ec.SECP256R1()))
_EDWARDS = {1: 1, 3: EDDSA, -1: 6, -2: bytes(32)}
_P384 = ec.generate_private_key(ec.SECP384R1()).public_key().public_numbers()
_RSA = {1: 3, 3: RS256, -1: (1 << 2047 | 1).to_bytes(256, "big"), -2: b"\x01\x00\x01"}
REFUSED_KEYS: dict[str, Any] = {
    "RS1": _RSA | {3: -65535},
    "RS512": _RSA | {3: -259},
    "no algorithm": {name: value for name, value in _POINT.items() if name != 3},
    "algorithm none": _POINT | {3: 0},
    "ES384 on P-384": {1: 2, 3: -35, -1: 2, -2: _P384.x.to_bytes(48, "big"), -3: _P384.y.to_bytes(48, "big")},
    "ES256 on P-384": {1: 2, 3: ES256, -1: 2, -2: _P384.x.to_bytes(48, "big"), -3: _P384.y.to_bytes(48, "big")},
    "ES256 with a curve that is true": _POINT | {-1: True},
    "ES256 of an Edwards key": _EDWARDS | {3: ES256},
    "EdDSA of an elliptic key": _POINT | {3: EDDSA},
    "EdDSA on X25519": _EDWARDS | {-1: 4},
    "EdDSA of 31 bytes": _EDWARDS | {-2: bytes(31)},
    "point not on the curve": _POINT | {-3: bytes(31) + b"\x01"},
    "point at infinity": _POINT | {-2: bytes(32), -3: bytes(32)},
    "coordinate over the field": _POINT | {-2: b"\xff" * 32},
    "coordinate of 33 bytes": _POINT | {-2: b"\x00" + _POINT[-2]},
    "compressed point": _POINT | {-3: True},
    "a private part": _POINT | {-4: bytes(32)},
    "an uncompressed point of U2F": 4,
    "RSA of 1024 bits": _RSA | {-1: b"\xff" * 128},
    "RSA of 8192 bits": _RSA | {-1: b"\xff" * 1024},
    "RSA with exponent 1": _RSA | {-2: b"\x01"},
    "RSA with exponent 3": _RSA | {-2: b"\x03"},
    "RSA with a huge exponent": _RSA | {-2: b"\xff" * 256},
    "text": "key",
    "empty": {},
}


@pytest.mark.parametrize("cose", REFUSED_KEYS.values(), ids=REFUSED_KEYS.keys())
def test_pk_09_a_key_that_was_not_offered_is_refused(passkey: SoftwareAuthenticator, cose: Any) -> None:
    assert isinstance(registered(passkey.make(CREATE, cose=cose)), Failure)
