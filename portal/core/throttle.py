"""Throttles that slow a guesser down and cannot lock an owner out for good.

Two primitives over Redis, each atomic: `Window` (at most N in a period) and `Ladder` (free tries, then one try per growing
wait). Both count first and check after, so that parallel requests cannot slip past (CVE-2024-4629). Windows run on real time.
When Redis does not answer, an in-process twin with half the allowance serves, never no limit at all (security catalogue FLT-03).
"""

import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Protocol, TypeVar

import redis

from portal.conf import conf
from portal.core.cache_lines import CacheLines
from portal.core.tokens import keyed_digest

Answer = TypeVar("Answer")


class Counters(Protocol):
    """Where counts live."""

    def tally(self, hits: Sequence[tuple[str, int]], reads: Sequence[str] = ()) -> tuple[list[int], list[int]]:
        """Count one on each key of `hits`, which dies so many seconds after its first hit; return those counts and the counts of `reads`."""

    def settle(self, forget: Sequence[str] = (), take_back: Sequence[str] = ()) -> None:
        """Drop the keys of `forget`, and take one hit back from those of `take_back`."""

    def claim(self, key: str, seconds: int) -> int:
        """Take `key` for `seconds`: 0 when taken now, else the whole seconds until it is free."""


_TALLY = """
local counts = {}
for number, key in ipairs(KEYS) do
  local seconds = ARGV[number]
  if seconds then
    counts[number] = redis.call('INCR', key)
    if counts[number] == 1 then redis.call('EXPIRE', key, seconds) end
  else
    counts[number] = tonumber(redis.call('GET', key) or 0)
  end
end
return counts
"""
"""Count one on the first keys, each with its seconds, and read the rest."""

_SETTLE = """
for number, key in ipairs(KEYS) do
  if number <= tonumber(ARGV[1]) then
    redis.call('DEL', key)
  elseif redis.call('EXISTS', key) == 1 then
    redis.call('DECR', key)
  end
end
"""
"""Drop the first keys, and take one back from the rest where they are still alive."""


class RedisCounters:
    """Counts shared by every process; each call is one round trip."""

    def __init__(self, url: str) -> None:
        self._lines = CacheLines(url, seconds=0.5)

    def tally(self, hits: Sequence[tuple[str, int]], reads: Sequence[str] = ()) -> tuple[list[int], list[int]]:
        """See `Counters`."""
        keys = [*(key for key, _ in hits), *reads]
        counts = self._lines.ask("EVAL", _TALLY, len(keys), *keys, *(seconds for _, seconds in hits))
        return counts[: len(hits)], counts[len(hits) :]

    def settle(self, forget: Sequence[str] = (), take_back: Sequence[str] = ()) -> None:
        """See `Counters`."""
        self._lines.ask("EVAL", _SETTLE, len(forget) + len(take_back), *forget, *take_back, len(forget))

    def claim(self, key: str, seconds: int) -> int:
        """See `Counters`."""
        if self._lines.ask("SET", key, 1, "NX", "EX", seconds):
            return 0
        return max(1, int(self._lines.ask("TTL", key)))


class ProcessCounters:
    """The twin for the time that Redis is away: this process's own counts."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._counts: dict[str, tuple[int, float]] = {}

    def _live(self, key: str) -> tuple[int, float] | None:
        found = self._counts.get(key)
        return found if found and found[1] > time.monotonic() else None

    def tally(self, hits: Sequence[tuple[str, int]], reads: Sequence[str] = ()) -> tuple[list[int], list[int]]:
        """See `Counters`."""
        with self._lock:
            if len(self._counts) > 50_000:
                self._counts = {name: value for name, value in self._counts.items() if value[1] > time.monotonic()}
            for key, seconds in hits:
                count, until = self._live(key) or (0, time.monotonic() + seconds)
                self._counts[key] = (count + 1, until)
            counted = [self._counts[key][0] for key, _ in hits]
            return counted, [found[0] if (found := self._live(key)) else 0 for key in reads]

    def settle(self, forget: Sequence[str] = (), take_back: Sequence[str] = ()) -> None:
        """See `Counters`."""
        with self._lock:
            for key in forget:
                self._counts.pop(key, None)
            for key in take_back:
                found = self._live(key)
                if found is not None:
                    self._counts[key] = (found[0] - 1, found[1])

    def claim(self, key: str, seconds: int) -> int:
        """See `Counters`."""
        with self._lock:
            found = self._live(key)
            if found is None:
                self._counts[key] = (1, time.monotonic() + seconds)
                return 0
            return max(1, int(found[1] - time.monotonic()))


@lru_cache(maxsize=2)
def _shared(url: str) -> RedisCounters:
    return RedisCounters(url)


_local = ProcessCounters()


def with_counters(ask: Callable[[Counters, int], Answer]) -> Answer:
    """Ask the shared counters, or this process's own while Redis is away; the second argument divides every allowance."""
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

    def key(self, *parts: str) -> str:
        """Return the key of these parts' counter."""
        return throttle_key(self.purpose, *parts)

    def judged(self, count: int, strictness: int) -> Hit:
        """Return the hit that made `count`; over the allowance, the wait is the time after which the window is over at the latest."""
        return Hit(count, 0 if count <= max(1, self.allowed // strictness) else self.seconds)

    def hit(self, *parts: str) -> Hit:
        """Count one hit and judge it."""
        return with_counters(lambda counters, strictness: self.judged(counters.tally([(self.key(*parts), self.seconds)])[0][0], strictness))

    def is_over(self, *parts: str) -> bool:
        """Tell whether the hits so far are more than allowed, as the last of them was judged; counts nothing."""
        return with_counters(lambda counters, strictness: self.judged(counters.tally([], [self.key(*parts)])[1][0], strictness).wait > 0)

    def count(self, *parts: str) -> int:
        """Return the hits so far."""
        return with_counters(lambda counters, _: counters.tally([], [self.key(*parts)])[1][0])

    def forget(self, *parts: str) -> None:
        """Start the window anew."""
        with_counters(lambda counters, _: counters.settle(forget=[self.key(*parts)]))


@dataclass(frozen=True, slots=True)
class Ladder:
    """Free tries, then one try per wait; the waits grow with the tries within `seconds`.

    `rungs` are (tries, wait in seconds): after that many tries each further one needs that much time since the last.
    """

    purpose: str
    rungs: tuple[tuple[int, int], ...]
    seconds: int = 24 * 3600

    def key(self, *parts: str) -> str:
        """Return the key of these parts' counter."""
        return throttle_key(self.purpose, *parts)

    def wait_key(self, *parts: str) -> str:
        """Return the key that stands while a wait runs."""
        return self.key(*parts) + ":wait"

    def judged(self, tries: int, wait_key: str, counters: Counters, strictness: int) -> Step:
        """Return the step that made `tries`, taking the next try's place when its wait is over."""
        wait = next((wait for rung, wait in reversed(self.rungs) if tries > rung // strictness), 0)
        return Step(tries, counters.claim(wait_key, wait) if wait else 0)

    def climb(self, *parts: str) -> Step:
        """Count one try and judge it."""

        def ask(counters: Counters, strictness: int) -> Step:
            tries = counters.tally([(self.key(*parts), self.seconds)])[0][0]
            return self.judged(tries, self.wait_key(*parts), counters, strictness)

        return with_counters(ask)

    def take_back(self, *parts: str) -> None:
        """Take back a try that was counted and then not looked at."""
        with_counters(lambda counters, _: counters.settle(take_back=[self.key(*parts)]))

    def tries(self, *parts: str) -> int:
        """Return the tries so far."""
        return with_counters(lambda counters, _: counters.tally([], [self.key(*parts)])[1][0])

    def forget(self, *parts: str) -> None:
        """Start anew, after a success."""
        with_counters(lambda counters, _: counters.settle(forget=[self.key(*parts), self.wait_key(*parts)]))
