"""What an answer costs: password hashes, SQL statements and round trips to the counters."""

import re
from collections.abc import Callable
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from typing import Any

import pytest
import redis

from accounts.credentials.hashing import Argon2id
from policies.enforcement import stamp
from portal.core.throttle import RedisCounters


@dataclass
class Bill:
    """One answer's cost. `statements` are verbs and tables in order, without values."""

    hashes: list[tuple[int, int, int]] = field(default_factory=list)
    statements: list[str] = field(default_factory=list)
    round_trips: list[str] = field(default_factory=list)


class Costs:
    """Watches the hasher, the database and the counters; `of` returns the bill of what runs inside it."""

    def __init__(self) -> None:
        self._bill: Bill | None = None

    def statement(self, execute: Callable[..., Any], sql: str, params: Any, many: bool, context: Any) -> Any:
        """Note one SQL statement."""
        if self._bill is not None:
            self._bill.statements.append(" ".join(re.findall(r'^\w+|(?:FROM|INTO|UPDATE|JOIN) "\w+"', sql)))
        return execute(sql, params, many, context)

    def watch(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Note hashes and round trips; both still do their work."""
        verify = Argon2id.verify

        def noted(hasher: Argon2id, password: str, encoded: str) -> bool:
            if self._bill is not None:
                self._bill.hashes.append((hasher.memory_cost, hasher.time_cost, hasher.parallelism))
            return bool(verify(hasher, password, encoded))

        monkeypatch.setattr(Argon2id, "verify", noted)
        for name in ("tally", "settle", "claim"):
            monkeypatch.setattr(RedisCounters, name, self._noted(name))

    def _noted(self, name: str) -> Callable[..., Any]:
        real = getattr(RedisCounters, name)

        def noted(counters: RedisCounters, *args: Any, **more: Any) -> Any:
            if self._bill is not None:
                self._bill.round_trips.append(name)
            return real(counters, *args, **more)

        return noted

    def of(self) -> AbstractContextManager[Bill]:
        """Return a context that writes one bill."""

        @contextmanager
        def billing() -> Any:
            self._bill = bill = Bill()
            yield bill
            self._bill = None

        return billing()


def empty(cache: redis.Redis) -> None:
    """Drop throttles and unfinished sign-ins. The policies' stamp stays: without it whoever comes first pays for reading them anew."""
    kept = cache.get(stamp.KEY)
    cache.flushall()
    if kept is not None:
        cache.set(stamp.KEY, kept)
