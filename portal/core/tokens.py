"""Random tokens, their stored form, and encryption of what must be read back.

A token that a browser or a mail carries has 256 random bits; only its SHA-256 is stored, which is enough
for a value of that entropy (ASVS 6.5.2). Short codes are stored as an HMAC keyed with the portal's secret and bound to a context.
"""

import hashlib
import hmac
import zlib
from base64 import urlsafe_b64encode
from functools import lru_cache

from cryptography.fernet import Fernet, InvalidToken, MultiFernet

from portal.conf import conf
from portal.core import randomness
from portal.core.base64url import written
from portal.core.mac import mac


def new_token() -> str:
    """Return a fresh URL-safe token of 256 bits (43 characters), as `secrets.token_urlsafe` makes it."""
    return written(randomness.octets(32))


@lru_cache(maxsize=8)
def _even(alphabet: str) -> tuple[bytes, bytes]:
    """Return which character each byte stands for, and the bytes that are left out so that each character is as likely as any other."""
    return bytes(ord(alphabet[byte % len(alphabet)]) for byte in range(256)), bytes(range(256 - 256 % len(alphabet), 256))


def random_text(alphabet: str, length: int) -> str:
    """Return `length` characters of `alphabet` (ASCII), each as likely as any other, from one read of the generator."""
    characters, left_out = _even(alphabet)
    found = randomness.octets(3 * length + 8).translate(characters, left_out)
    return found[:length].decode() if len(found) >= length else random_text(alphabet, length)


def digest(token: str) -> str:
    """Return the stored form of a high-entropy token: 64 hexadecimal characters."""
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()


def keyed_digest(purpose: str, *parts: str) -> str:
    """Return an HMAC-SHA-256 over `parts`, separated by purpose, keyed with the newest portal secret; 64 hexadecimal characters."""
    message = "\x1f".join(parts).encode("utf-8", "surrogatepass")
    return mac(f"vestibule.{purpose}.{conf.secret_keys[0]}".encode(), message).hex()


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


def seal_packed(text: str) -> str:
    """Encrypt `text` as `seal` does, compressed first: for what travels and has to be short. Its length tells how repetitive it is."""
    return _box(conf.secret_keys).encrypt(zlib.compress(text.encode())).decode()


def unseal_packed(sealed: str) -> str | None:
    """Decrypt what `seal_packed` made under any of the portal's secrets; None when it was altered or its key is gone."""
    try:
        return zlib.decompress(_box(conf.secret_keys).decrypt(sealed.encode())).decode()
    except (InvalidToken, zlib.error, UnicodeDecodeError):
        return None
