"""What is kept at hand in each process for as long as nobody has changed it anywhere.

A version stamp lies in Redis; every change sets a new random one, and each process looks at it twice a second at most. A change is
seen at once where it was made and everywhere in less than a second, and reading costs neither a query nor, mostly, a round trip.
While Redis is away there is no stamp, and nothing that was kept is used.
"""

import logging
import secrets
import time
from collections.abc import Callable, Hashable, Iterator
from contextlib import contextmanager
from datetime import datetime
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


class _Seen(NamedTuple):
    shared: str
    until: float


_NEVER = _Seen("", 0.0)


@lru_cache(maxsize=2)
def _lines(url: str) -> CacheLines:
    return CacheLines(url, seconds=0.5)


def _text(answer: Any) -> str:
    return answer.decode() if isinstance(answer, bytes) else str(answer or "")


class VersionStamp:
    """The stamp under `key`. Each attribute is replaced whole, so threads need no lock."""

    def __init__(self, key: str) -> None:
        self.key = key
        self._seen = _NEVER
        self._own = 0

    def _look(self) -> str:
        """Return the shared stamp, made where there is none; empty while Redis is away."""
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
        """Return the present stamp; None while there is none, when nothing that was kept may be used."""
        seen = self._seen
        if seen.until <= time.monotonic():
            own = self._own
            seen = _Seen(self._look(), time.monotonic() + LOOK_SECONDS)
            if own == self._own:
                self._seen = seen
        return Stamp(seen.shared, self._own) if seen.shared else None

    @contextmanager
    def held(self) -> Iterator[None]:
        """Take the shared stamp as seen and unchanged for as long as a measurement lasts. Changes in this process count all the same."""
        self._seen = _Seen(secrets.token_hex(8), float("inf"))
        try:
            yield
        finally:
            self._forget()

    def changed(self, **_signal: Any) -> None:
        """Note a change: at once in this process, and everywhere once the caller's transaction is committed."""
        self._forget()
        if not self._to_be_announced():
            transaction.on_commit(self._announce)

    def _to_be_announced(self) -> bool:
        """Tell whether the present transaction announces it already, and does so wherever this change is kept.

        Loading a world makes a hundred changes. The list is Django's own and undocumented; an announcement goes with any of its savepoints.
        """
        connection = transaction.get_connection()
        within = set(connection.savepoint_ids)
        return any(then == self._announce and savepoints <= within for savepoints, then, _ in connection.run_on_commit)

    def _forget(self) -> None:
        self._own += 1
        self._seen = _NEVER

    def _announce(self) -> None:
        try:
            _lines(conf.redis_url).ask("SET", self.key, secrets.token_hex(8))
        except redis.RedisError as error:
            log.warning("a change of %s could not be announced: the cache does not answer (%s)", self.key, type(error).__name__)
        self._forget()


class _Entry(NamedTuple, Generic[Kept]):
    stamp: Stamp
    since: datetime | None
    stale: float
    value: Kept


class Shelf(Generic[Kept]):
    """Values kept under a version stamp, each read anew when the stamp is another or it has lain for `KEEP_SECONDS`.

    `keeps_absence`: what is not there (None, False, empty) is kept as well. Only where making it changes the stamp, too.
    """

    def __init__(self, stamp: VersionStamp, *, keeps_absence: bool = False) -> None:
        self._stamp = stamp
        self._keeps_absence = keeps_absence
        self._entries: dict[Hashable, _Entry[Kept]] = {}

    def get(self, key: Hashable, read: Callable[[], Kept], *, now: datetime | None = None, until: Callable[[Kept], datetime] | None = None) -> Kept:
        """Return the value of `key`, from `read` where none that holds is kept.

        A value that depends on the simulated time is asked for with `now`: it was not read later than that, and holds `until` then.
        """
        stamp = self._stamp.current()
        entry = self._entries.get(key)
        if (
            entry is not None
            and entry.stamp == stamp
            and entry.stale > time.monotonic()
            and (now is None or (entry.since is not None and entry.since <= now and (until is None or now < until(entry.value))))
        ):
            return entry.value
        value = read()
        if stamp is not None and (value or self._keeps_absence):
            if len(self._entries) >= MOST_KEPT:
                self._entries.clear()
            self._entries[key] = _Entry(stamp, now, time.monotonic() + KEEP_SECONDS, value)
        return value
