"""HMACs under keys that stay the same (RFC 2104).

`hmac.digest` looks its hash function up, hashes the key and lets go of the interpreter, each time. Where a key is used again and
again, its hashed state is kept and copied: half of the cost, and no other thread comes between (decision record 006).
"""

import hmac
from functools import lru_cache


@lru_cache(maxsize=4096)
def _begun(key: bytes, algorithm: str) -> hmac.HMAC:
    return hmac.new(key, digestmod=algorithm)


def mac(key: bytes, message: bytes, algorithm: str = "sha256") -> bytes:
    """Return the HMAC of `message` under `key`."""
    state = _begun(key, algorithm).copy()
    state.update(message)
    return state.digest()
