"""The fixed keys of a world's passkeys: decoded, checked, and as a relying party stores their public half. Pure."""

import binascii
from base64 import b64decode, b64encode, urlsafe_b64decode

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import load_der_private_key
from webauthn.helpers import bytes_to_base64url, encode_cbor

from portal.world.definition import Passkey


def from_base64url(text: str) -> bytes:
    """Decode base64url without padding (RFC 4648 §5); `ValueError` for anything else."""
    try:
        decoded = urlsafe_b64decode(text + "=" * (-len(text) % 4))
    except (binascii.Error, ValueError) as error:
        raise ValueError("not base64url without padding") from error
    if bytes_to_base64url(decoded) != text:
        raise ValueError("not base64url without padding")
    return decoded


def private_key_of(passkey: Passkey) -> ec.EllipticCurvePrivateKey:
    """Return the key; `ValueError` for what is no P-256 key as base64 of PKCS #8."""
    raw = b64decode(passkey.private_key, validate=True)
    try:
        key = load_der_private_key(raw, password=None)
    except (TypeError, UnsupportedAlgorithm) as error:
        raise ValueError("not a key without a password") from error
    if not isinstance(key, ec.EllipticCurvePrivateKey) or not isinstance(key.curve, ec.SECP256R1) or b64encode(raw).decode() != passkey.private_key:
        raise ValueError("not a P-256 key")
    return key


def public_key_of(passkey: Passkey) -> str:
    """Return the public key in COSE form, base64url: EC2, ES256, P-256, coordinates of 32 bytes (RFC 9053 §7.1.1, WebAuthn §5.8.5)."""
    point = private_key_of(passkey).public_key().public_numbers()
    return bytes_to_base64url(encode_cbor({1: 2, 3: -7, -1: 1, -2: point.x.to_bytes(32, "big"), -3: point.y.to_bytes(32, "big")}))
