"""What is kept at hand in each process for as long as nobody has changed it anywhere.

A version stamp lies in Redis; every change sets a new random one, and each process looks at it twice a second at most. A change is
seen at once where it was made and everywhere in less than a second, and reading costs neither a query nor, mostly, a round trip.
While Redis is away there is no stamp, and nothing that was kept is used.
"""

import logging
import secrets
import time
from collections.abc import Callable, Hashable
from functools import lru_cache
from typing import Any, Generic, NamedTuple, TypeVar

import redis
from django.db import transaction

from portal.conf import conf
from portal.core.cache_lines import CacheLines

LOOK_SECONDS = 0.5
"""Real time for which a process trusts the stamp that it saw."""
KEEP_SECONDS = 30.0
"""Real time after which what is kept is read anew all the same: bounds what a lost announcement of a change can do."""
MOST_KEPT = 8192
"""Values that a shelf keeps."""

Kept = TypeVar("Kept")

log = logging.getLogger("portal.stamps")


class Stamp(NamedTuple):
    """A version: the shared stamp, and how many changes this process itself has made or seen begin."""

    shared: str
    own: int


@lru_cache(maxsize=2)
def _lines(url: str) -> CacheLines:
    return CacheLines(url, seconds=0.5)


def _text(answer: Any) -> str:
    return answer.decode() if isinstance(answer, bytes) else str(answer or "")


class VersionStamp:
    """The stamp under `key`. Its attributes are replaced whole, so threads need no lock."""

    def __init__(self, key: str) -> None:
        self.key = key
        self._seen, self._until, self._own = "", 0.0, 0

    def _look(self) -> str:
        lines = _lines(conf.redis_url)
        try:
            found = _text(lines.ask("GET", self.key))
            if not found:
                lines.ask("SET", self.key, secrets.token_hex(8), "NX")
                found = _text(lines.ask("GET", self.key))
        except redis.RedisError as error:
            log.warning("nothing is kept under %s: the cache does not answer (%s)", self.key, type(error).__name__)
            return ""
        return found

    def current(self) -> Stamp | None:
        """Return the present stamp; None while there is none."""
        if self._until <= time.monotonic():
            own = self._own
            self._seen, until = self._look(), time.monotonic() + LOOK_SECONDS
            if own == self._own:
                self._until = until
        return Stamp(self._seen, self._own) if self._seen else None

    def changed(self, **_signal: Any) -> None:
        """Note a change: at once in this process, and everywhere once the caller's transaction is committed."""
        self._forget()
        transaction.on_commit(self._announce)

    def _forget(self) -> None:
        self._own += 1
        self._until = 0.0

    def _announce(self) -> None:
        try:
            _lines(conf.redis_url).ask("SET", self.key, secrets.token_hex(8))
        except redis.RedisError as error:
            log.warning("a change of %s could not be announced: the cache does not answer (%s)", self.key, type(error).__name__)
        self._forget()


class Shelf(Generic[Kept]):
    """Values kept under a version stamp, each read anew when the stamp is another or it has lain for `KEEP_SECONDS`."""

    def __init__(self, stamp: VersionStamp) -> None:
        self._stamp = stamp
        self._entries: dict[Hashable, tuple[Stamp, float, Kept]] = {}

    def get(self, key: Hashable, read: Callable[[], Kept]) -> Kept:
        """Return the value of `key`, from `read` where none that holds is kept. What is not there (None, False) is never kept."""
        stamp = self._stamp.current()
        entry = self._entries.get(key)
        if entry is not None and entry[0] == stamp and entry[1] > time.monotonic():
            return entry[2]
        value = read()
        if stamp is not None and value:
            if len(self._entries) >= MOST_KEPT:
                self._entries.clear()
            self._entries[key] = (stamp, time.monotonic() + KEEP_SECONDS, value)
        return value
