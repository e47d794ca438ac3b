"""The session before anybody is signed in: JSON in the cache under a random id, one round trip for each of reading, writing and dropping it.

Django's own store in the cache asks before it writes, and makes a new client for every question; a sign-in with a second factor
paid a third of its time for that. The contract is Django's (`django.contrib.sessions.backends.base.SessionBase`).
"""

import json
from functools import lru_cache
from typing import Any

from django.contrib.sessions.backends.base import CreateError, SessionBase, UpdateError

from portal.conf import conf
from portal.core.cache_lines import CacheLines
from portal.core.tokens import digest, new_token

_SECONDS = 1.0
"""How long the cache may take to answer."""


@lru_cache(maxsize=2)
def _cache(url: str) -> CacheLines:
    return CacheLines(url, seconds=_SECONDS)


def lifetime() -> int:
    """Return how long a session is kept after it was last written, in seconds: as long as an unfinished sign-in lives."""
    return int(conf.attempt_lifetime.total_seconds())


class SessionStore(SessionBase):
    """One visitor's session. Ids have 256 bits; the cache holds their digest only."""

    def __init__(self, session_key: str | None = None) -> None:
        # Not Django's: that looks a serializer up by its name for every request, and this store has no use for one.
        self._session_key = session_key
        self.accessed = self.modified = self._is_new = False

    def _name(self, session_key: str) -> str:
        return f"session:{digest(session_key)}"

    def load(self) -> dict[str, Any]:
        """Return what the session of this id holds; an id that is not known is given up, so that no visitor ever chooses one."""
        stored = _cache(conf.redis_url).ask("GET", self._name(self.session_key)) if self.session_key else None
        if not isinstance(stored, bytes):
            self._session_key = None
            return {}
        held: dict[str, Any] = json.loads(stored.decode())
        return held

    def exists(self, session_key: str) -> bool:
        """Tell whether there is a session of this id."""
        return bool(_cache(conf.redis_url).ask("EXISTS", self._name(session_key)))

    def create(self) -> None:
        """Write the session under a new id."""
        self._session_key = new_token()
        self.save(must_create=True)
        self.modified = True

    def save(self, must_create: bool = False) -> None:
        """Write the session; one that was dropped in the meantime is not brought back. Raises CreateError or UpdateError."""
        if self.session_key is None:
            self.create()
            return
        anew = must_create or self._is_new
        held = json.dumps(self._get_session(no_load=anew))  # type: ignore[attr-defined]  # Django's own seam, without stubs
        only = "NX" if anew else "XX"
        if not _cache(conf.redis_url).ask("SET", self._name(self.session_key), held, "EX", lifetime(), only):
            raise CreateError if anew else UpdateError
        self._is_new = False

    def delete(self, session_key: str | None = None) -> None:
        """Drop the session of this id, by default this one."""
        dropped = session_key or self.session_key
        if dropped:
            _cache(conf.redis_url).ask("DEL", self._name(dropped))

    def cycle_key(self) -> None:
        """Move what the session holds to a new id: the former one is dropped now, the new one written when the session is saved."""
        self._get_session()  # type: ignore[attr-defined]  # Django's own seam, without stubs
        former = self.session_key
        self._session_key = new_token()
        self._is_new = self.modified = True
        if former:
            self.delete(former)

    @classmethod
    def clear_expired(cls) -> None:
        """Do nothing: the cache drops what is over."""
