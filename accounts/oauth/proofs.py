"""That each DPoP proof counts once (RFC 9449 §11.1): digests of the proofs seen, in Redis, for as long as a proof is good.

A client that got no answer sends the same proof with the same body again; for `RETRY_SECONDS` that passes. How long proofs are
remembered follows from how long they are good (`accounts.oauth.dpop`). After Redis has lost its memory, only proofs count that were
made since, give or take the leeway: those that it may have forgotten do not. Windows run on real time.
"""

import hashlib
import threading
import time
from functools import lru_cache
from typing import Protocol

import redis

from accounts.oauth.dpop import LEEWAY, MAX_AGE, Proof, ProofRefused
from portal.conf import conf
from portal.core.cache_lines import CacheLines

RETRY_SECONDS = 10
KEEP_SECONDS = MAX_AGE + LEEWAY + 5
"""How long a proof is remembered: it may be `LEEWAY` ahead when it is first seen, and is good for `MAX_AGE` from the time it names."""

_SINCE = "dpop:since"
_NOTE = """
local since = redis.call('GET', KEYS[2])
if not since then
  redis.call('SET', KEYS[2], ARGV[3])
  since = ARGV[3]
end
local before = redis.call('GET', KEYS[1])
if not before then redis.call('SET', KEYS[1], ARGV[1], 'EX', ARGV[2]) end
return {since, before or ''}
"""
"""Note a proof unless it has been noted; return since when proofs are noted, and what was noted of this one before."""


class Memory(Protocol):
    """Where proofs are noted."""

    def note(self, key: str, value: str, now: int) -> tuple[int, str]:
        """Note `value` of a proof unless one is noted; return since when proofs are noted here, and what was noted before."""


class SharedMemory:
    """The memory of every process: one round trip."""

    def __init__(self, url: str) -> None:
        self._lines = CacheLines(url, seconds=0.5)

    def note(self, key: str, value: str, now: int) -> tuple[int, str]:
        """See `Memory`."""
        since, before = self._lines.ask("EVAL", _NOTE, 2, f"dpop:{key}", _SINCE, value, KEEP_SECONDS, now)
        return int(since), before.decode() if isinstance(before, bytes) else before


class ProcessMemory:
    """This process's own, for the time that Redis is away."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._since = 0
        self._last = 0
        self._noted: dict[str, tuple[str, int]] = {}

    def note(self, key: str, value: str, now: int) -> tuple[int, str]:
        """See `Memory`. Whoever has not been asked for a while has missed proofs, and begins anew."""
        with self._lock:
            if now - self._last > KEEP_SECONDS:
                self._since, self._noted = now, {}
            elif len(self._noted) > 50_000:
                self._noted = {name: noted for name, noted in self._noted.items() if noted[1] > now}
            self._last = now
            before, until = self._noted.get(key, ("", 0))
            if until > now:
                return self._since, before
            self._noted[key] = (value, now + KEEP_SECONDS)
            return self._since, ""


@lru_cache(maxsize=2)
def _shared(url: str) -> SharedMemory:
    return SharedMemory(url)


_local = ProcessMemory()


def use(proof: Proof, *, body: bytes) -> None:
    """Note that a proof was used with a request of this body; raises `ProofRefused` where it has been used before, but for a client's retry."""
    now = int(time.time())
    key = hashlib.sha256(f"{proof.jkt}\x1f{proof.jti}".encode("utf-8", "surrogatepass")).hexdigest()
    request = hashlib.sha256(body).hexdigest()
    value = f"{request} {now}"
    try:
        since, before = _shared(conf.redis_url).note(key, value, now)
    except redis.RedisError:
        since, before = _local.note(key, value, now)
    if proof.made_at < since - LEEWAY:
        raise ProofRefused("The DPoP proof was made before the portal began to remember proofs. Make a new one.")
    if before:
        first, _, at = before.partition(" ")
        if first != request or now - int(at) > RETRY_SECONDS:
            raise ProofRefused("The DPoP proof has been used before. Make a new one for every request.")
