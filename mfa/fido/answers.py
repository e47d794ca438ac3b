"""What a browser posts after `navigator.credentials`, read strictly before anything else looks at it.

The library that verifies reads leniently: it takes base64 with foreign characters in it, JSON in other encodings, names that stand
twice. Here each value has one form only (security catalogue PK-03).
"""

import binascii
import json
import re
from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import dataclass
from typing import Any, Final

from mfa.fido.cbor import Malformed, Value, read_map

LONGEST: Final = 16 * 1024
"""Characters of a posted credential."""
LONGEST_ID: Final = 1023
"""Bytes of a credential id (WebAuthn Level 3 §7.1, step 25)."""
_BASE64URL = re.compile(r"[A-Za-z0-9_-]*")
_TRANSPORT = re.compile(r"[a-z][a-z-]{0,19}")
_ATTACHMENTS = frozenset({"platform", "cross-platform"})
_HEAD = 37
"""Bytes of authenticator data that are always there: hash of the relying-party id, flags, counter."""
_ATTESTED, _EXTENDED = 1 << 6, 1 << 7


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What both ceremonies have in common. `challenge` is the one that the browser names, in base64url."""

    credential_id: bytes
    client_data: bytes
    challenge: str
    attachment: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RegistrationAnswer(Answer):
    """A new credential; `public_key` is as the authenticator wrote it."""

    attestation_object: bytes
    public_key: dict[int | str, Value]
    transports: tuple[str, ...]
    discoverable: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class SignInAnswer(Answer):
    """An assertion by a known credential; `user_handle` is empty where the authenticator names nobody."""

    authenticator_data: bytes
    signature: bytes
    user_handle: bytes


def encode(raw: bytes) -> str:
    """Return bytes as base64url without padding."""
    return urlsafe_b64encode(raw).rstrip(b"=").decode()


def decode(text: object) -> bytes:
    """Return the bytes of base64url without padding, in its one canonical spelling. Raises Malformed."""
    if not isinstance(text, str) or not _BASE64URL.fullmatch(text):
        raise Malformed("not base64url")
    try:
        raw = urlsafe_b64decode(text + "=" * (-len(text) % 4))
    except binascii.Error as error:
        raise Malformed("not base64url") from error
    if encode(raw) != text:
        raise Malformed("another spelling of base64url")
    return raw


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise Malformed("a name stands twice")
    return found


def _refuse_constant(text: str) -> Any:
    raise Malformed(f"{text} is not JSON")


def _object(text: str) -> dict[str, Any]:
    try:
        value = json.loads(text, object_pairs_hook=_unique, parse_constant=_refuse_constant)
    except (ValueError, RecursionError) as error:
        raise Malformed("not JSON") from error
    if not isinstance(value, dict):
        raise Malformed("not an object")
    return value


def read_registration(text: str) -> RegistrationAnswer:
    """Return the answer to `navigator.credentials.create`. Raises Malformed."""
    posted, response, common = _read(text)
    raw = decode(response.get("attestationObject"))
    attestation, end = read_map(raw)
    data = attestation.get("authData")
    if end != len(raw) or set(attestation) != {"fmt", "attStmt", "authData"} or not isinstance(data, bytes):
        raise Malformed("not an attestation object")
    credential_id, public_key = _attested(data)
    if credential_id != common["credential_id"]:
        raise Malformed("the authenticator names another credential than the browser")
    return RegistrationAnswer(
        **common,
        attestation_object=raw,
        public_key=public_key,
        transports=_transports(response.get("transports")),
        discoverable=_is_discoverable(posted.get("clientExtensionResults")),
    )


def read_sign_in(text: str) -> SignInAnswer:
    """Return the answer to `navigator.credentials.get`. Raises Malformed."""
    _posted, response, common = _read(text)
    data = decode(response.get("authenticatorData"))
    if len(data) < _HEAD or data[32] & _ATTESTED:
        raise Malformed("not the authenticator data of an assertion")
    _end_of_extensions(data, _HEAD)
    handle = response.get("userHandle")
    return SignInAnswer(
        **common,
        authenticator_data=data,
        signature=decode(response.get("signature")),
        user_handle=b"" if handle is None else decode(handle),
    )


def _read(text: str) -> tuple[dict[str, Any], dict[str, Any], dict[str, Any]]:
    if len(text) > LONGEST or not text.isascii():
        raise Malformed("too long, or not in the letters of JSON and base64url")
    posted = _object(text)
    response = posted.get("response")
    if posted.get("type") != "public-key" or not isinstance(response, dict):
        raise Malformed("not a public key credential")
    credential_id = decode(posted.get("rawId"))
    if posted.get("id") != posted.get("rawId") or not 1 <= len(credential_id) <= LONGEST_ID:
        raise Malformed("not an id of a credential")
    client_data = decode(response.get("clientDataJSON"))
    attachment = posted.get("authenticatorAttachment")
    common = {
        "credential_id": credential_id,
        "client_data": client_data,
        "challenge": _challenge(client_data),
        "attachment": attachment if attachment in _ATTACHMENTS else "",
    }
    return posted, response, common


def _challenge(client_data: bytes) -> str:
    """Return the challenge that the browser signed; refuse another's page around ours, which the library lets pass (§7.2, steps 9 and 10)."""
    try:
        text = client_data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise Malformed("client data that is not UTF-8") from error
    said = _object(text)
    if not all(isinstance(said.get(name), str) for name in ("type", "challenge", "origin")):
        raise Malformed("client data without type, challenge or origin")
    if said.get("crossOrigin", False) is not False or "topOrigin" in said:
        raise Malformed("from a page within a page")
    decode(said["challenge"])
    return str(said["challenge"])


def _attested(data: bytes) -> tuple[bytes, dict[int | str, Value]]:
    """Return the credential's id and public key from authenticator data that must end with them and the extensions."""
    length_at = _HEAD + 16
    if len(data) < length_at + 2 or not data[32] & _ATTESTED:
        raise Malformed("authenticator data without a credential")
    at = length_at + 2 + int.from_bytes(data[length_at : length_at + 2], "big")
    public_key, end = read_map(data, at)
    _end_of_extensions(data, end)
    return data[length_at + 2 : at], public_key


def _end_of_extensions(data: bytes, at: int) -> None:
    if data[32] & _EXTENDED:
        _outputs, at = read_map(data, at)
    if at != len(data):
        raise Malformed("bytes after the end of the authenticator data")


def _transports(listed: object) -> tuple[str, ...]:
    """Return the transports that are spelled like some, for later hints to the browser; nothing is decided by them."""
    if not isinstance(listed, list):
        return ()
    return tuple(sorted({name for name in listed[:8] if isinstance(name, str) and _TRANSPORT.fullmatch(name)}))[:5]


def _is_discoverable(extensions: object) -> bool:
    """Tell whether the browser says that the credential is found without its id (extension `credProps`)."""
    properties = extensions.get("credProps") if isinstance(extensions, dict) else None
    return isinstance(properties, dict) and properties.get("rk") is True
