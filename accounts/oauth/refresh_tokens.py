"""Refresh tokens: each names its grant and generation and proves both by a keyed digest. Nothing is stored, so nothing can leak.

A token is `ASOR` and, in base64url, version ‖ grant (16 bytes) ‖ generation (4 bytes) ‖ HMAC-SHA-256 of those, keyed from the
portal's secret. Whether its generation is still the newest is for the grant's row to say.
"""

import hashlib
import hmac
import struct
from functools import lru_cache

from portal.conf import conf
from portal.core.base64url import octets_of, written
from portal.core.mac import mac

PREFIX = "ASOR"
"""How refresh tokens of AWS Sign-In begin (service model `signin`, pattern of `RevokeOAuth2TokenWithIAM`)."""
_VERSION = 1
_BODY = struct.Struct(">B16sI")
_DIGEST = 32
_LENGTH = len(PREFIX) + -(-(_BODY.size + _DIGEST) * 4 // 3)


@lru_cache(maxsize=4)
def _keys(secrets: tuple[str, ...]) -> tuple[bytes, ...]:
    return tuple(hashlib.sha256(f"vestibule.refresh-token.{secret}".encode()).digest() for secret in secrets)


def make(grant_name: str, generation: int) -> str:
    """Return the refresh token of a grant's generation; `grant_name` is 16 bytes in base64url without padding."""
    body = _BODY.pack(_VERSION, octets_of(grant_name), generation)
    return PREFIX + written(body + mac(_keys(conf.secret_keys)[0], body))


def read(token: str) -> tuple[str, int] | None:
    """Return the grant's name and the generation of a token that `make` made under any of the portal's secrets; else None."""
    if len(token) != _LENGTH or not token.startswith(PREFIX) or not token.isascii():
        return None
    text = token[len(PREFIX) :]
    try:
        octets = octets_of(text)
    except ValueError:
        return None
    if written(octets) != text:  # one token has one spelling
        return None
    body, proof = octets[: _BODY.size], octets[_BODY.size :]
    if not any(hmac.compare_digest(mac(key, body), proof) for key in _keys(conf.secret_keys)):
        return None
    version, name, generation = _BODY.unpack(body)
    return (written(name), generation) if version == _VERSION else None
