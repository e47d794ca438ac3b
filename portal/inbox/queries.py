"""Find captured mails: newest first, paged by key, and waited for without holding on to a database connection."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime

from django.db import connection
from django.db.models import Max, Q, QuerySet
from django.utils.translation import gettext as _

from portal.conf import conf
from portal.core import clock
from portal.core.errors import TooMany
from portal.core.ids import email_key
from portal.inbox.models import Message

POLL_SECONDS = 0.15
MAX_WAITERS = 16
"""Requests of one process that may wait at once, so that waiting never takes all threads of the web server."""

SEARCH_DEPTH = 25_000
"""Mails, from the newest on, that a search by a part of something looks at; an address is found by index, however old."""

_waiters = threading.BoundedSemaphore(MAX_WAITERS)


@dataclass(frozen=True, slots=True)
class Search:
    """What to look for; empty fields match everything.

    `to` with an `@` is a whole address, without one a part of it. `subject` is a part of the subject, `words` of subject or text.
    `after_id` and `after_time` leave out that mail or moment and what came before. Parts are looked for in the newest
    `SEARCH_DEPTH` mails unless a whole address is given as well.
    """

    to: str = ""
    subject: str = ""
    words: str = ""
    after_id: int | None = None
    after_time: datetime | None = None

    @property
    def reads_every_mail(self) -> bool:
        """Whether no index narrows this search."""
        return bool(self.to or self.subject or self.words) and "@" not in self.to


def find(search: Search, *, limit: int, before: int | None = None) -> list[Message]:
    """Return up to `limit` mails that match, newest first; `before` is the id that the page starts below."""
    found = _matching(search)
    if before is not None:
        found = found.filter(pk__lt=before)
    return list(found.order_by("-id")[:limit])


def wait_for(search: Search, *, limit: int, seconds: float) -> list[Message]:
    """Return what matches now or, when nothing does, what matches first within `seconds` of real time; empty after that.

    Raises `TooMany` when `MAX_WAITERS` requests of this process wait already.
    """
    found = find(search, limit=limit)
    if found or seconds <= 0:
        return found
    until = time.monotonic() + seconds
    with _a_place_to_wait():
        while not found and (left := until - time.monotonic()) > 0:
            _release_connection()
            time.sleep(min(POLL_SECONDS, left))
            found = find(search, limit=limit)
    return found


def purge() -> int:
    """Delete mails older than events are kept (`PORTAL_TRAIL_SECONDS`). Returns how many."""
    return Message.objects.filter(received_at__lt=clock.now() - conf.trail_retention).delete()[0]


def _matching(search: Search) -> QuerySet[Message]:
    found = Message.objects.all()
    if search.to:
        key = email_key(search.to)
        found = found.filter(recipient_key=key) if "@" in key else found.filter(recipient_key__icontains=key)
    if search.subject:
        found = found.filter(subject__icontains=search.subject)
    if search.words:
        found = found.filter(Q(subject__icontains=search.words) | Q(text__icontains=search.words))
    if search.reads_every_mail:
        newest = Message.objects.aggregate(newest=Max("pk"))["newest"] or 0
        found = found.filter(pk__gt=newest - SEARCH_DEPTH)
    if search.after_id is not None:
        found = found.filter(pk__gt=search.after_id)
    if search.after_time is not None:
        found = found.filter(received_at__gt=search.after_time)
    return found


@contextmanager
def _a_place_to_wait() -> Iterator[None]:
    if not _waiters.acquire(blocking=False):
        raise TooMany(_("Too many requests wait for mail already; ask again in a few seconds."), retry_after=2)
    try:
        yield
    finally:
        _waiters.release()


def _release_connection() -> None:
    """Close the connection while waiting: the server has a limited number. An SQLite connection costs nobody anything."""
    if connection.vendor != "sqlite" and not connection.in_atomic_block:
        connection.close()
