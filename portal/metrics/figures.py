"""The figures themselves: a handful of bounded queries, and one question to the cache."""

import threading
import time
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

import redis
from django.core.cache import cache
from django.db import Error
from django.db.models import Count

from accounts.credentials.hashing import pool
from accounts.models import OutgoingMail, SignInSession
from accounts.sessions.browser import live
from portal.core import clock
from portal.metrics.tasks import BEAT
from portal.trail.digests.chain import newest
from portal.trail.digests.counting import Totals, sealed_totals, unsealed, with_newer
from portal.trail.digests.standing import Standing, standing

KEPT = 5.0
"""Seconds of real time for which figures are kept: however often somebody asks, each process asks the database no oftener than that."""

SESSIONS = 50_000
"""Newest sessions among which the live ones are counted."""

MAILS = 10_000
"""Mails that are counted at most."""


@dataclass(frozen=True, slots=True)
class Figures:
    """What the database and the cache tell; what one that does not answer would tell is missing."""

    database: bool = False
    cache: bool = False
    events: Totals = field(default_factory=Counter)
    unsealed: int | None = None
    sessions: Mapping[str, int] = field(default_factory=dict)
    mails: int | None = None
    mail_age: float | None = None
    standing: Standing | None = None
    beat: float | None = None


def read() -> Figures:
    """Read the figures now: nine queries at most, none of which grows with the portal's age."""
    answers, beat = _beat()
    try:
        head = newest()
        newer = unsealed(head)
        first = SignInSession.objects.order_by("-id").values_list("id", flat=True).first() or 0
        sessions = live().filter(id__gt=first - SESSIONS).values_list("principal__kind").order_by().annotate(Count("id"))
        waiting = list(OutgoingMail.objects.filter(state=OutgoingMail.State.QUEUED).order_by("id").values_list("created_at", flat=True)[:MAILS])
        return Figures(
            database=True,
            cache=answers,
            events=with_newer(sealed_totals(head), newer),
            unsealed=newer.total(),
            sessions=dict(sessions),
            mails=len(waiting),
            mail_age=age(waiting[0]) if waiting else 0.0,
            standing=standing(),
            beat=beat,
        )
    except Error:  # InterfaceError, which a connection that is gone raises, is no DatabaseError
        return Figures(cache=answers, beat=beat)


def age(moment: datetime) -> float:
    """Return how long ago a moment is by the portal's clock, in seconds."""
    return (clock.now() - moment).total_seconds()


def _beat() -> tuple[bool, float | None]:
    """Return whether the cache answers, and when the worker last gave a sign of life."""
    try:
        found = cache.get(BEAT)
    except redis.RedisError:
        return False, None
    return True, float(found) if isinstance(found, int | float) else None


def hashes() -> tuple[int, int]:
    """Return how many places of this process's hash pool are taken, and how many there are."""
    here = pool()
    return here.taken, here.places


class Kept:
    """Figures that are read anew when they are older than `seconds`; whoever asks meanwhile waits for the one who reads."""

    def __init__(self, read: Callable[[], Figures], *, seconds: float = KEPT) -> None:
        self._read, self._seconds = read, seconds
        self._lock = threading.Lock()
        self._found: tuple[float, Figures] | None = None

    def figures(self) -> Figures:
        """Return figures that are no older than that."""
        with self._lock:
            if self._found is None or time.monotonic() - self._found[0] > self._seconds:
                self._found = (time.monotonic(), self._read())
            return self._found[1]

    def forget(self) -> None:
        """Read anew whenever asked next."""
        with self._lock:
            self._found = None


KEPT_HERE = Kept(read)
"""This process's figures."""
