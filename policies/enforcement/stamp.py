"""The version stamp of policies: what was compiled under another stamp than the present one is read anew.

Every change sets a new random stamp in Redis, which each process looks at twice a second at most, so that a change is seen everywhere
in less than a second and deciding costs neither a query nor, mostly, a round trip. While Redis is away there is no stamp, and nothing
that was compiled before is used.
"""

import logging
import secrets
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from typing import Any, NamedTuple

import redis
from django.db import transaction

from portal.conf import conf

KEY = "policies:stamp"
LOOK_SECONDS = 0.5
"""Real time for which a process trusts the stamp that it saw."""

log = logging.getLogger("portal.policies")


class Stamp(NamedTuple):
    """A version: the shared stamp, and how many changes this process itself has made or seen begin."""

    shared: str
    own: int


class _Seen(NamedTuple):
    shared: str
    until: float


_NEVER = _Seen("", 0.0)


class _State:
    """What this process knows. Each attribute is replaced whole, so threads need no lock."""

    seen = _NEVER
    own = 0


@lru_cache(maxsize=2)
def _client(url: str) -> redis.Redis:
    return redis.Redis.from_url(url, socket_timeout=0.5, socket_connect_timeout=0.5, decode_responses=True)


def _look() -> str:
    """Return the shared stamp, made where there is none; empty while Redis is away."""
    client = _client(conf.redis_url)
    try:
        found = client.get(KEY)
        if found is None:
            client.set(KEY, secrets.token_hex(8), nx=True)
            found = client.get(KEY)
    except redis.RedisError as error:
        log.warning("policies are read anew for every question: the cache does not answer (%s)", type(error).__name__)
        return ""
    return str(found or "")


def current() -> Stamp | None:
    """Return the present stamp; None while there is none, when nothing that was kept may be used."""
    seen = _State.seen
    if seen.until <= time.monotonic():
        own = _State.own
        seen = _Seen(_look(), time.monotonic() + LOOK_SECONDS)
        if own == _State.own:
            _State.seen = seen
    return Stamp(seen.shared, _State.own) if seen.shared else None


@contextmanager
def held() -> Iterator[None]:
    """Take the shared stamp as seen and unchanged for as long as a measurement lasts. Changes in this process count all the same."""
    _State.seen = _Seen(secrets.token_hex(8), float("inf"))
    try:
        yield
    finally:
        _forget()


def changed(**_signal: Any) -> None:
    """Note a change of policies: at once in this process, and everywhere once the caller's transaction is committed."""
    _forget()
    transaction.on_commit(_announce)


def _forget() -> None:
    _State.own += 1
    _State.seen = _NEVER


def _announce() -> None:
    try:
        _client(conf.redis_url).set(KEY, secrets.token_hex(8))
    except redis.RedisError as error:
        log.warning("a change of policies could not be announced: the cache does not answer (%s)", type(error).__name__)
    _forget()
