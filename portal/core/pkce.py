"""Proof key for code exchange (RFC 7636), with the method name that the AWS clients send."""

import hashlib
import re

from portal.core.base64url import written
from portal.core.tokens import same

VERIFIER = re.compile(r"[A-Za-z0-9\-._~]{43,128}")
CHALLENGE = re.compile(r"[A-Za-z0-9\-_]{43}")
METHODS = frozenset({"S256", "SHA-256"})
"""`SHA-256` is what `aws login` sends for RFC 7636's `S256`; `plain` is refused."""


def challenge_of(*, verifier: str) -> str:
    """Return the S256 challenge of a verifier: base64url of its SHA-256, unpadded (RFC 7636 §4.2)."""
    return written(hashlib.sha256(verifier.encode("ascii")).digest())


def verifies(*, verifier: str, challenge: str) -> bool:
    """Tell whether `verifier` is well-formed (RFC 7636 §4.1) and answers `challenge`."""
    return bool(VERIFIER.fullmatch(verifier)) and same(challenge_of(verifier=verifier), challenge)
