"""Random tokens, their stored form, and encryption of what must be read back.

A token that a browser or a mail carries has 256 bits from the system's generator; only its SHA-256 is stored, which is enough
for a value of that entropy (ASVS 6.5.2). Short codes are stored as an HMAC keyed with the portal's secret and bound to a context.
"""

import hashlib
import hmac
import secrets
from base64 import urlsafe_b64encode
from functools import lru_cache

from cryptography.fernet import Fernet, InvalidToken, MultiFernet

from portal.conf import conf


def new_token() -> str:
    """Return a fresh URL-safe token of 256 bits (43 characters)."""
    return secrets.token_urlsafe(32)


def digest(token: str) -> str:
    """Return the stored form of a high-entropy token: 64 hexadecimal characters."""
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()


def keyed_digest(purpose: str, *parts: str) -> str:
    """Return an HMAC-SHA-256 over `parts`, separated by purpose, keyed with the newest portal secret; 64 hexadecimal characters."""
    message = "\x1f".join(parts).encode("utf-8", "surrogatepass")
    return hmac.new(f"vestibule.{purpose}.{conf.secret_keys[0]}".encode(), message, hashlib.sha256).hexdigest()


def same(left: str, right: str) -> bool:
    """Compare two secrets in constant time."""
    return hmac.compare_digest(left.encode("utf-8", "surrogatepass"), right.encode("utf-8", "surrogatepass"))


@lru_cache(maxsize=4)
def _box(keys: tuple[str, ...]) -> MultiFernet:
    return MultiFernet([Fernet(urlsafe_b64encode(hashlib.sha256(f"vestibule.box.{key}".encode()).digest())) for key in keys])


def seal(text: str) -> str:
    """Encrypt `text` for storage under the newest portal secret (AEAD: Fernet)."""
    return _box(conf.secret_keys).encrypt(text.encode()).decode()


def unseal(sealed: str) -> str | None:
    """Decrypt what `seal` made under any of the portal's secrets; None when it was altered or its key is gone."""
    try:
        return _box(conf.secret_keys).decrypt(sealed.encode()).decode()
    except InvalidToken:
        return None
