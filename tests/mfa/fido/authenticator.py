"""An authenticator in software: makes and shows passkeys as a browser would post them, and breaks any one thing on the way when asked to."""

import hashlib
import json
import secrets
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any, Final

import cbor2
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa
from cryptography.hazmat.primitives.hashes import SHA256

ES256: Final = -7
EDDSA: Final = -8
RS256: Final = -257
SITE: Final = "http://localhost:8000"
PRESENT, VERIFIED, ELIGIBLE, BACKED_UP, ATTESTED, EXTENDED = 0x01, 0x04, 0x08, 0x10, 0x40, 0x80

PrivateKey = ec.EllipticCurvePrivateKey | ed25519.Ed25519PrivateKey | rsa.RSAPrivateKey
Bytes = Callable[[bytes], bytes]
Posted = dict[str, Any]


def encode(raw: bytes) -> str:
    """Return base64url without padding."""
    return urlsafe_b64encode(raw).rstrip(b"=").decode()


def decode(text: str) -> bytes:
    """Return the bytes of base64url without padding."""
    return urlsafe_b64decode(text + "=" * (-len(text) % 4))


def same(raw: bytes) -> bytes:
    """Change nothing."""
    return raw


@cache
def _rsa_key() -> rsa.RSAPrivateKey:
    """Return the RSA key of all passkeys of a test process, as one takes long to make; most processes ask for none."""
    return rsa.generate_private_key(65537, 2048)


def _new_key(algorithm: int) -> PrivateKey:
    if algorithm == ES256:
        return ec.generate_private_key(ec.SECP256R1())
    return ed25519.Ed25519PrivateKey.generate() if algorithm == EDDSA else _rsa_key()


def cose_of(key: PrivateKey) -> dict[int, Any]:
    """Return the public key as authenticators write it (RFC 9053)."""
    if isinstance(key, ec.EllipticCurvePrivateKey):
        point = key.public_key().public_numbers()
        return {1: 2, 3: ES256, -1: 1, -2: point.x.to_bytes(32, "big"), -3: point.y.to_bytes(32, "big")}
    if isinstance(key, ed25519.Ed25519PrivateKey):
        return {1: 1, 3: EDDSA, -1: 6, -2: key.public_key().public_bytes_raw()}
    numbers = key.public_key().public_numbers()
    return {1: 3, 3: RS256, -1: numbers.n.to_bytes(256, "big"), -2: numbers.e.to_bytes(3, "big")}


def signed(key: PrivateKey, message: bytes) -> bytes:
    """Return the signature of a message."""
    if isinstance(key, ec.EllipticCurvePrivateKey):
        return key.sign(message, ec.ECDSA(SHA256()))
    return key.sign(message) if isinstance(key, ed25519.Ed25519PrivateKey) else key.sign(message, padding.PKCS1v15(), SHA256())


@dataclass
class SoftwareAuthenticator:
    """One passkey in the making and in use. `counts`: whether its counter grows, as a security key's does; else it stays at zero."""

    algorithm: int = ES256
    origin: str = SITE
    verifies: bool = True
    synced: bool = False
    counts: bool = True
    count: int = 0
    credential_id: bytes = field(default_factory=lambda: secrets.token_bytes(32))
    user_handle: bytes = b""
    key: PrivateKey = field(init=False)

    def __post_init__(self) -> None:
        self.key = _new_key(self.algorithm)

    def make(
        self,
        options: str,
        *,
        client: Mapping[str, Any] | None = None,
        flags: int | None = None,
        rp_id: str = "",
        cose: object = None,
        data: Bytes = same,
        attestation: Callable[[dict[str, Any]], dict[str, Any]] = dict,
        attestation_bytes: Bytes = same,
        extensions: Mapping[str, Any] | None = None,
    ) -> Posted:
        """Return what a browser posts after `navigator.credentials.create`. `client` is laid over the client data; None drops a name."""
        wanted = json.loads(options)
        self.user_handle = decode(wanted["user"]["id"])
        marks = self._flags(flags) | ATTESTED
        key = cbor2.dumps(cose_of(self.key) if cose is None else cose)
        credential = bytes(16) + len(self.credential_id).to_bytes(2, "big") + self.credential_id + key
        authenticator_data = data(self._data(rp_id or wanted["rp"]["id"], marks, self.count) + credential)
        statement = attestation({"fmt": "none", "attStmt": {}, "authData": authenticator_data})
        client_data = self._client_data("webauthn.create", wanted["challenge"], client)
        return {
            "id": encode(self.credential_id),
            "rawId": encode(self.credential_id),
            "type": "public-key",
            "authenticatorAttachment": "platform" if self.synced else "cross-platform",
            "clientExtensionResults": {"credProps": {"rk": True}} if extensions is None else dict(extensions),
            "response": {
                "clientDataJSON": encode(client_data),
                "attestationObject": encode(attestation_bytes(cbor2.dumps(statement))),
                "transports": ["internal"] if self.synced else ["usb"],
            },
        }

    def show(
        self,
        options: str,
        *,
        client: Mapping[str, Any] | None = None,
        client_bytes: Bytes = same,
        flags: int | None = None,
        rp_id: str = "",
        data: Bytes = same,
        signature: Bytes = same,
        user_handle: bytes | None = b"",
    ) -> Posted:
        """Return what a browser posts after `navigator.credentials.get`; an empty `user_handle` stands for the passkey's own."""
        wanted = json.loads(options)
        if self.counts:
            self.count += 1
        authenticator_data = data(self._data(rp_id or wanted["rpId"], self._flags(flags), self.count))
        client_data = client_bytes(self._client_data("webauthn.get", wanted["challenge"], client))
        handle = self.user_handle if user_handle == b"" else user_handle
        return {
            "id": encode(self.credential_id),
            "rawId": encode(self.credential_id),
            "type": "public-key",
            "authenticatorAttachment": "platform",
            "clientExtensionResults": {},
            "response": {
                "clientDataJSON": encode(client_data),
                "authenticatorData": encode(authenticator_data),
                "signature": encode(signature(signed(self.key, authenticator_data + hashlib.sha256(client_data).digest()))),
                "userHandle": None if handle is None else encode(handle),
            },
        }

    def _flags(self, given: int | None) -> int:
        if given is not None:
            return given
        return PRESENT | (VERIFIED if self.verifies else 0) | (ELIGIBLE | BACKED_UP if self.synced else 0)

    def _client_data(self, kind: str, challenge: str, client: Mapping[str, Any] | None) -> bytes:
        said = {"type": kind, "challenge": challenge, "origin": self.origin, "crossOrigin": False} | dict(client or {})
        return json.dumps({name: value for name, value in said.items() if value is not None}, separators=(",", ":")).encode()

    @staticmethod
    def _data(rp_id: str, flags: int, count: int) -> bytes:
        return hashlib.sha256(rp_id.encode()).digest() + bytes([flags]) + count.to_bytes(4, "big")


def flipped(raw: bytes, at: int = -1) -> bytes:
    """Return bytes with one bit of one of them turned."""
    whole = bytearray(raw)
    whole[at] ^= 1
    return bytes(whole)
