"""Verify DPoP proofs: every check of RFC 9449 §4.3 that can be made from the proof and the request. Pure.

What the real clients do is let through: key coordinates of 31 bytes (a leading zero that awscrt leaves out), a URI with the host as it
was typed. That a proof is used once is for `accounts.oauth.proofs` to see.
"""

import json
import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from functools import lru_cache
from hashlib import sha256
from typing import Any
from urllib.parse import SplitResult, quote, unquote_to_bytes, urlsplit

from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, EllipticCurvePublicKey, EllipticCurvePublicNumbers
from jwt.algorithms import ECAlgorithm

from portal.core.base64url import octets_of, written

ALGORITHM = "ES256"
TYPE = "dpop+jwt"
LONGEST = 4096
"""Characters of a proof that are read; the clients' have some 600."""
LONGEST_ID = 256
"""Characters of a `jti` that are taken (RFC 9449 §11.1)."""
MAX_AGE = 60
"""Seconds for which a proof is good after it was made (real time)."""
LEEWAY = 10
"""Seconds by which a client's clock may be ahead."""

_COORDINATE = 32
_PRIVATE = frozenset({"d", "p", "q", "dp", "dq", "qi", "oth", "k"})
_OTHER_KEYS = frozenset({"jku", "x5u", "x5c", "x5t", "x5t#S256", "kid", "crit", "b64"})
"""Header parameters that name another key than `jwk`, or change how the proof is to be read: none of them has a meaning here."""
_BASE64URL = re.compile(r"[A-Za-z0-9_-]+", re.ASCII)
_PORTS = {"http": 80, "https": 443}
_ES256 = ECAlgorithm(ECAlgorithm.SHA256)


class ProofRefused(Exception):
    """A proof does not count; `str()` says why, for whoever wrote the client."""


@dataclass(frozen=True, slots=True)
class Proof:
    """A proof that holds: the thumbprint of the key that it proves (RFC 7638), its own id, and when it was made (seconds since 1970)."""

    jkt: str
    jti: str
    made_at: int


def verify(proof: str, *, method: str, path: str, hosts: Collection[str], secure: bool, now: float) -> Proof:
    """Return what a `DPoP` header proves of a request; raises `ProofRefused`.

    `hosts` are the authorities that the request may have been sent to (`localhost:8000`), `path` its path as it came. `secure` tells that
    the portal is reached over TLS alone; elsewhere a URI of either scheme is taken, because a proxy may end TLS. `now` is real time.
    """
    if not proof or len(proof) > LONGEST or not proof.isascii() or "," in proof or proof.count(".") != 2:
        raise ProofRefused("The request must carry exactly one DPoP header with one signed JWT.")
    signed, _dot, signature = proof.rpartition(".")
    head, _dot, payload = signed.partition(".")
    key, jkt = _key_of_header(head)
    if not _ES256.verify(signed.encode("ascii"), key, _octets(signature)):
        raise ProofRefused("The DPoP proof's signature does not verify with its own key.")
    claims = _object(payload)
    if claims.get("htm") != method:
        raise ProofRefused("The DPoP proof's htm must be the method of the request.")
    if not _is_here(claims.get("htu"), path, frozenset(hosts), secure):
        raise ProofRefused("The DPoP proof's htu must be the address of the request.")
    made_at, jti = claims.get("iat"), claims.get("jti")
    if type(made_at) is not int or not now - MAX_AGE <= made_at <= now + LEEWAY:
        raise ProofRefused(f"The DPoP proof's iat must be the present time in whole seconds; the portal's clock says {int(now)}.")
    if not isinstance(jti, str) or not 1 <= len(jti) <= LONGEST_ID:
        raise ProofRefused(f"The DPoP proof must have a jti of at most {LONGEST_ID} characters.")
    return Proof(jkt, jti, made_at)


@lru_cache(maxsize=2048)
def _key_of_header(head: str) -> tuple[EllipticCurvePublicKey, str]:
    """Return the key of a proof's header and its thumbprint: the same for every proof of one client, which has one key."""
    header = _object(head)
    if header.get("typ") != TYPE:
        raise ProofRefused(f"The DPoP proof's typ must be {TYPE}.")
    if header.get("alg") != ALGORITHM:
        raise ProofRefused(f"The DPoP proof's alg must be {ALGORITHM}.")
    if not _OTHER_KEYS.isdisjoint(header):
        raise ProofRefused("The DPoP proof's header may hold typ, alg and jwk only.")
    return _key_of(header.get("jwk"))


def _octets(text: str) -> bytes:
    if not _BASE64URL.fullmatch(text):
        raise ProofRefused("The DPoP header does not hold a JWT.")
    try:
        return octets_of(text)
    except ValueError:
        raise ProofRefused("The DPoP header does not hold a JWT.") from None


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a name stands twice")
    return found


def _object(part: str) -> dict[str, Any]:
    """Return the JSON object of one part of a JWT."""
    try:
        found = json.loads(_octets(part).decode("utf-8"), object_pairs_hook=_unique)
    except (UnicodeError, ValueError, RecursionError):
        found = None
    if not isinstance(found, dict):
        raise ProofRefused("The DPoP header does not hold a JWT.")
    return found


def _key_of(jwk: Any) -> tuple[EllipticCurvePublicKey, str]:
    """Return the public key of a proof with its thumbprint."""
    if not isinstance(jwk, Mapping) or not _PRIVATE.isdisjoint(jwk):
        raise ProofRefused("The DPoP proof must hold its public key, and no part of a private one.")
    x, y = jwk.get("x"), jwk.get("y")
    if jwk.get("kty") != "EC" or jwk.get("crv") != "P-256" or not isinstance(x, str) or not isinstance(y, str):
        raise ProofRefused("The DPoP proof's key must be of the curve P-256.")
    return _key(x, y)


def _key(x: str, y: str) -> tuple[EllipticCurvePublicKey, str]:
    """Return a point of P-256 as a key, and its thumbprint (RFC 7638 §3.2); coordinates are padded to the full length first."""
    octets = [_octets(coordinate).rjust(_COORDINATE, b"\0") for coordinate in (x, y)]
    if any(len(coordinate) != _COORDINATE for coordinate in octets):
        raise ProofRefused("The DPoP proof's key must be of the curve P-256.")
    try:
        key = EllipticCurvePublicNumbers(int.from_bytes(octets[0]), int.from_bytes(octets[1]), SECP256R1()).public_key()
    except ValueError:
        raise ProofRefused("The DPoP proof's key is not a point of the curve P-256.") from None
    return key, thumbprint(*octets)


def thumbprint(x: bytes, y: bytes) -> str:
    """Return the thumbprint of a P-256 key by its coordinates of 32 bytes: 43 characters (RFC 7638)."""
    return written(sha256(f'{{"crv":"P-256","kty":"EC","x":"{written(x)}","y":"{written(y)}"}}'.encode()).digest())


def _is_here(htu: Any, path: str, hosts: frozenset[str], secure: bool) -> bool:
    return isinstance(htu, str) and len(htu) <= LONGEST and htu.isascii() and _means(htu, path, hosts, secure)


@lru_cache(maxsize=1024)
def _means(htu: str, path: str, hosts: frozenset[str], secure: bool) -> bool:
    """Tell whether a URI, without query and fragment, means this request (RFC 9449 §4.3; normalised as RFC 3986 §6.2 says)."""
    try:
        named = urlsplit(htu)
        scheme, where = named.scheme.lower(), _authority(named)
        here = {_authority(urlsplit(f"{scheme}://{host}")) for host in hosts}
    except ValueError:
        return False
    if scheme != "https" and (secure or scheme != "http"):
        return False
    return where in here and _normal_path(named.path) == _normal_path(path)


def _authority(address: SplitResult) -> tuple[str, int]:
    """Return host and port of an address; raises ValueError where it has no usable ones, or names a user."""
    host = (address.hostname or "").rstrip(".")
    if not host or "@" in address.netloc:
        raise ValueError("no host")
    port = address.port
    return host, _PORTS.get(address.scheme.lower(), 0) if port is None else port


def _normal_path(path: str) -> str:
    """Return a path without dot segments, encoded in the one way (RFC 3986 §6.2.2)."""
    kept: list[str] = []
    for segment in quote(unquote_to_bytes(path), safe="/-._~!$&'()*+,;=:@").split("/")[1:]:
        if segment == "..":
            del kept[-1:]
        elif segment != ".":
            kept.append(segment)
    return "/" + "/".join(kept)
