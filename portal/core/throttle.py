"""Throttles that slow a guesser down and cannot lock an owner out for good.

Two primitives over Redis, each atomic: `Window` (at most N in a period) and `Ladder` (free tries, then one try per growing
wait). Both count first and check after, so that parallel requests cannot slip past (CVE-2024-4629). Windows run on real time.
When Redis does not answer, an in-process twin with half the allowance serves, never no limit at all (security catalogue FLT-03).
"""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import Protocol, TypeVar

import redis

from portal.conf import conf
from portal.core.tokens import keyed_digest


Answer = TypeVar("Answer")


class Counters(Protocol):
    """Where counts live."""

    def hit(self, key: str, seconds: int) -> int:
        """Count one and return the count; the key dies `seconds` after its first hit."""

    def claim(self, key: str, seconds: int) -> int:
        """Take `key` for `seconds`: 0 when taken now, else the whole seconds until it is free."""

    def count(self, key: str) -> int:
        """Return the count without adding to it."""

    def take_back(self, key: str) -> None:
        """Take one hit back from a key that is still alive."""

    def forget(self, *keys: str) -> None:
        """Drop keys."""


class RedisCounters:
    """Counts shared by every process."""

    def __init__(self, url: str) -> None:
        self._redis = redis.Redis.from_url(url, socket_timeout=0.5, socket_connect_timeout=0.5)

    def hit(self, key: str, seconds: int) -> int:
        pipeline = self._redis.pipeline(transaction=False)
        pipeline.incr(key)
        pipeline.expire(key, seconds, nx=True)
        return int(pipeline.execute()[0])

    def claim(self, key: str, seconds: int) -> int:
        if self._redis.set(key, 1, nx=True, ex=seconds):
            return 0
        return max(1, int(self._redis.ttl(key)))

    def count(self, key: str) -> int:
        return int(self._redis.get(key) or 0)

    def take_back(self, key: str) -> None:
        # A key that died in between would be born again at -1 and never expire, so its expiry is set in the same breath.
        pipeline = self._redis.pipeline(transaction=False)
        pipeline.decr(key)
        pipeline.expire(key, 60, nx=True)
        pipeline.execute()

    def forget(self, *keys: str) -> None:
        self._redis.delete(*keys)


class ProcessCounters:
    """The twin for the time that Redis is away: this process's own counts."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._counts: dict[str, tuple[int, float]] = {}

    def _live(self, key: str) -> tuple[int, float] | None:
        found = self._counts.get(key)
        return found if found and found[1] > time.monotonic() else None

    def hit(self, key: str, seconds: int) -> int:
        with self._lock:
            if len(self._counts) > 50_000:
                self._counts = {name: value for name, value in self._counts.items() if value[1] > time.monotonic()}
            count, until = self._live(key) or (0, time.monotonic() + seconds)
            self._counts[key] = (count + 1, until)
            return count + 1

    def claim(self, key: str, seconds: int) -> int:
        with self._lock:
            found = self._live(key)
            if found is None:
                self._counts[key] = (1, time.monotonic() + seconds)
                return 0
            return max(1, int(found[1] - time.monotonic()))

    def count(self, key: str) -> int:
        found = self._live(key)
        return found[0] if found else 0

    def take_back(self, key: str) -> None:
        with self._lock:
            found = self._live(key)
            if found is not None:
                self._counts[key] = (found[0] - 1, found[1])

    def forget(self, *keys: str) -> None:
        with self._lock:
            for key in keys:
                self._counts.pop(key, None)


@lru_cache(maxsize=2)
def _shared(url: str) -> RedisCounters:
    return RedisCounters(url)


_local = ProcessCounters()


def _with_fallback(ask: Callable[[Counters, int], Answer]) -> Answer:
    try:
        return ask(_shared(conf.redis_url), 1)
    except redis.RedisError:
        return ask(_local, 2)


def throttle_key(purpose: str, *parts: str) -> str:
    """Return the key of one counter; what was typed enters only as a keyed digest, so that no store shows it."""
    return f"throttle:{purpose}:{keyed_digest('throttle', *parts)[:32]}"


@dataclass(frozen=True, slots=True)
class Hit:
    """One counted hit: how many there are with it, and the seconds to wait (0 = go on)."""

    count: int
    wait: int


@dataclass(frozen=True, slots=True)
class Step:
    """One counted try: how many there are with it, and the seconds to wait (0 = go on)."""

    tries: int
    wait: int


@dataclass(frozen=True, slots=True)
class Window:
    """At most `allowed` hits in `seconds`."""

    purpose: str
    allowed: int
    seconds: int

    def hit(self, *parts: str) -> Hit:
        """Count one; over the allowance, the wait is the time after which the window is over at the latest."""
        key = throttle_key(self.purpose, *parts)

        def ask(counters: Counters, strictness: int) -> Hit:
            count = counters.hit(key, self.seconds)
            return Hit(count, 0 if count <= max(1, self.allowed // strictness) else self.seconds)

        return _with_fallback(ask)

    def take_back(self, *parts: str) -> None:
        """Take one hit back."""
        key = throttle_key(self.purpose, *parts)
        _with_fallback(lambda counters, strictness: counters.take_back(key))

    def count(self, *parts: str) -> int:
        """Return the hits so far."""
        key = throttle_key(self.purpose, *parts)
        return _with_fallback(lambda counters, strictness: counters.count(key))

    def forget(self, *parts: str) -> None:
        """Start the window anew."""
        key = throttle_key(self.purpose, *parts)
        _with_fallback(lambda counters, strictness: counters.forget(key))


@dataclass(frozen=True, slots=True)
class Ladder:
    """Free tries, then one try per wait; the waits grow with the tries within `seconds`.

    `rungs` are (tries, wait in seconds): from that many tries on, each further try needs that much time since the last one.
    """

    purpose: str
    rungs: tuple[tuple[int, int], ...]
    seconds: int = 24 * 3600

    def _wait(self, tries: int, strictness: int) -> int:
        return next((wait for rung, wait in reversed(self.rungs) if tries > rung // strictness), 0)

    def climb(self, *parts: str) -> Step:
        """Count one try; the wait is 0 when it may go on, else the whole seconds to wait first."""
        key = throttle_key(self.purpose, *parts)

        def ask(counters: Counters, strictness: int) -> Step:
            tries = counters.hit(key, self.seconds)
            wait = self._wait(tries, strictness)
            return Step(tries, counters.claim(f"{key}:wait", wait) if wait else 0)

        return _with_fallback(ask)

    def tries(self, *parts: str) -> int:
        """Return the tries so far."""
        key = throttle_key(self.purpose, *parts)
        return _with_fallback(lambda counters, strictness: counters.count(key))

    def forget(self, *parts: str) -> None:
        """Start anew, after a success."""
        key = throttle_key(self.purpose, *parts)
        _with_fallback(lambda counters, strictness: counters.forget(key, f"{key}:wait"))
