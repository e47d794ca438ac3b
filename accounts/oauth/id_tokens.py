"""ID tokens: who signed in, as a JWT signed ES256 with a key that the portal's secret makes (OpenID Connect Core §2)."""

import hashlib
from datetime import datetime
from functools import lru_cache
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, EllipticCurvePrivateKey, derive_private_key
from jwt.types import Options

from accounts.oauth.dpop import ALGORITHM, thumbprint
from accounts.oauth.terms import Issued
from portal.conf import conf
from portal.core.base64url import written

_TEXTS = ("iss", "sub", "aud", "signin_session")
_TIMES = ("iat", "exp")
LONGEST = 4096
"""Characters of an ID token (service model `signin`)."""
_ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
"""The order of P-256's group (FIPS 186-5)."""


@lru_cache(maxsize=4)
def _key(secret: str) -> tuple[EllipticCurvePrivateKey, str]:
    """Return the signing key of a portal secret and its id, the thumbprint of its public half."""
    scalar = int.from_bytes(hashlib.sha512(f"vestibule.id-token.{secret}".encode()).digest()) % (_ORDER - 1) + 1
    key = derive_private_key(scalar, SECP256R1())
    public = key.public_key().public_numbers()
    return key, thumbprint(public.x.to_bytes(32), public.y.to_bytes(32))


def make(issued: Issued) -> str:
    """Return the ID token of a grant that has just been redeemed; `sub` is the ARN by which the clients name the sign-in."""
    key, key_id = _key(conf.secret_keys[0])
    terms = issued.terms
    claims = {
        "iss": conf.base_url,
        "sub": issued.principal.arn,
        "aud": terms.client_id,
        "iat": _seconds(issued.at),
        "exp": _seconds(issued.at) + issued.seconds,
        "signin_session": terms.session_arn,
        "auth_time": _seconds(terms.authenticated_at),
        "amr": ["pwd", "mfa"] if terms.factor else ["pwd"],
    }
    return jwt.encode(claims, key, algorithm=ALGORITHM, headers={"kid": key_id})


def read(token: str, *, now: datetime) -> dict[str, Any] | None:
    """Return the claims of an ID token that `make` made under any of the portal's secrets and that has not expired; else None."""
    keys = {key_id: key for key, key_id in map(_key, conf.secret_keys)}
    if len(token) > LONGEST:
        return None
    try:
        key = keys.get(str(jwt.get_unverified_header(token).get("kid")))
        if key is None:
            return None
        wanted: Options = {"require": [*_TEXTS, *_TIMES], "verify_exp": False, "verify_iat": False, "verify_aud": False}
        claims: dict[str, Any] = jwt.decode(token, key.public_key(), algorithms=[ALGORITHM], issuer=conf.base_url, options=wanted)
    except (jwt.InvalidTokenError, ValueError, TypeError):
        return None
    if not all(isinstance(claims[name], str) for name in _TEXTS) or not all(type(claims[name]) is int for name in _TIMES):
        return None
    # By the simulated clock, which a JWT library does not know.
    return claims if claims["iat"] <= now.timestamp() < claims["exp"] else None


def key_set() -> dict[str, list[dict[str, str]]]:
    """Return the public keys that ID tokens are verified with (RFC 7517 §5), newest first."""
    return {"keys": [_public(secret) for secret in conf.secret_keys]}


def _public(secret: str) -> dict[str, str]:
    key, key_id = _key(secret)
    numbers = key.public_key().public_numbers()
    x, y = written(numbers.x.to_bytes(32)), written(numbers.y.to_bytes(32))
    return {"kty": "EC", "crv": "P-256", "x": x, "y": y, "kid": key_id, "alg": ALGORITHM, "use": "sig"}


def _seconds(moment: datetime) -> int:
    return int(moment.timestamp())
