"""Public keys of passkeys: the three kinds that are offered, each in exactly one form (RFC 9052, RFC 9053; WebAuthn Level 3 §5.8.5)."""

from collections.abc import Mapping
from typing import Final

from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, EllipticCurvePublicNumbers
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from mfa.fido.cbor import Value

EDDSA: Final = -8
ES256: Final = -7
RS256: Final = -257
OFFERED: Final = (EDDSA, ES256, RS256)
"""COSE algorithms in the order of preference."""

_KIND, _ALGORITHM, _CURVE, _X, _Y = 1, 3, -1, -2, -3
_MODULUS, _EXPONENT = -1, -2
_EDWARDS: Final[dict[int, int | bytes]] = {_KIND: 1, _ALGORITHM: EDDSA, _CURVE: 6}
_ELLIPTIC: Final[dict[int, int | bytes]] = {_KIND: 2, _ALGORITHM: ES256, _CURVE: 1}
_RSA: Final[dict[int, int | bytes]] = {_KIND: 3, _ALGORITHM: RS256, _EXPONENT: b"\x01\x00\x01"}
_SIZES: Final = range(2048, 4097)
"""Bits of an RSA modulus: below it is weak, above it costs the server too much a check."""


def is_acceptable(key: Mapping[int | str, Value]) -> bool:
    """Tell whether a COSE key is one of the kinds that were offered, on the right curve and nothing else beside."""
    rest = dict(key)
    fixed = next((kind for kind in (_EDWARDS, _ELLIPTIC, _RSA) if all(_same(rest.get(name), value) for name, value in kind.items())), None)
    if fixed is None:
        return False
    for name in fixed:
        del rest[name]
    if not all(isinstance(value, bytes) for value in rest.values()):
        return False
    numbers = {name: value for name, value in rest.items() if isinstance(value, bytes)}
    if fixed is _RSA:
        return set(numbers) == {_MODULUS} and int.from_bytes(numbers[_MODULUS], "big").bit_length() in _SIZES
    if any(len(number) != 32 for number in numbers.values()):
        return False
    if fixed is _EDWARDS:
        return set(numbers) == {_X} and _loads_as_edwards(numbers[_X])
    return set(numbers) == {_X, _Y} and _lies_on_curve(numbers[_X], numbers[_Y])


def _same(found: Value, wanted: int | bytes) -> bool:
    """Compare type and value, as Python holds true for 1."""
    return type(found) is type(wanted) and found == wanted


def _lies_on_curve(x: bytes, y: bytes) -> bool:
    try:
        EllipticCurvePublicNumbers(int.from_bytes(x, "big"), int.from_bytes(y, "big"), SECP256R1()).public_key()
    except ValueError:
        return False
    return True


def _loads_as_edwards(x: bytes) -> bool:
    try:
        Ed25519PublicKey.from_public_bytes(x)
    except ValueError:
        return False
    return True
