"""Small signed values for cookies: what Django's `signing.dumps` writes and `signing.loads` reads, at a fraction of its cost.

Django derives the key from secret and salt anew for every value; here that is done once a process. Anybody can read such a value;
nobody without the portal's secret can make one. It holds for at most `max_age` seconds of real time.
"""

import binascii
import hashlib
import hmac
import json
import time
from base64 import urlsafe_b64decode, urlsafe_b64encode
from functools import lru_cache
from typing import Any

from django.core.signing import b62_decode, b62_encode

from portal.conf import conf
from portal.core.mac import mac

_ENCODER = json.JSONEncoder(separators=(",", ":"))


@lru_cache(maxsize=16)
def _keys(salt: str, secrets: tuple[str, ...]) -> tuple[bytes, ...]:
    """Return the keys of a kind of value, newest first: of each of the portal's secrets, as Django's signer derives them."""
    return tuple(hashlib.sha256(f"{salt}signer{secret}".encode()).digest() for secret in secrets)


def _signature(key: bytes, text: str) -> str:
    return urlsafe_b64encode(mac(key, text.encode())).rstrip(b"=").decode()


def sign(value: Any, *, salt: str) -> str:
    """Return `value`, which JSON can hold, as signed text of the URL-safe alphabet and colons; `salt` names what kind of value it is."""
    packed = urlsafe_b64encode(_ENCODER.encode(value).encode()).rstrip(b"=").decode()
    text = f"{packed}:{b62_encode(int(time.time()))}"
    return f"{text}:{_signature(_keys(salt, conf.secret_keys)[0], text)}"


def signed_value(signed: str, *, salt: str, max_age: int) -> Any:
    """Return the value that `sign` was given; None when the text was not signed for this `salt`, was altered, or is older than `max_age` seconds."""
    text, _, signature = signed.rpartition(":")
    packed, _, since = text.rpartition(":")
    if not text.isascii() or not signature.isascii():
        return None
    if not any(hmac.compare_digest(_signature(key, text), signature) for key in _keys(salt, conf.secret_keys)):
        return None
    try:
        if time.time() - b62_decode(since) > max_age:
            return None
        return json.loads(urlsafe_b64decode(packed + "=" * (-len(packed) % 4)).decode())
    except (ValueError, binascii.Error):
        return None
