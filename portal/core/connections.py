"""Connections to the database, which belong to a thread each: closed when it ends, and given up together when one of them broke."""

import threading
from typing import Any

from django.db import DEFAULT_DB_ALIAS, connections
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.signals import connection_created


class _Held:
    """What closes a thread's connection with the thread. Django's own object is part of a cycle, which an idle process never collects."""

    def __init__(self, wrapper: BaseDatabaseWrapper) -> None:
        self.wrapper = wrapper

    def __del__(self) -> None:
        """Close what the thread has open then; what is local to it goes when it ends."""
        raw = self.wrapper.connection
        if raw is not None:
            raw.close()


class _OfThread(threading.local):
    held: _Held | None = None
    breaks_seen = 0


_thread = _OfThread()
_breaks = 0
"""How many connections of this process were found broken. Two threads that count at once may count one, which says the same to all others."""


def _hold(connection: BaseDatabaseWrapper, **_signal: Any) -> None:
    held = _thread.held
    if connection.alias == DEFAULT_DB_ALIAS and (held is None or held.wrapper is not connection):
        _thread.held = _Held(connection)


def follow() -> None:
    """Hold on to every connection that is made from now on."""
    connection_created.connect(_hold, dispatch_uid="connections end with their threads")


def begin() -> None:
    """Before a request: give the thread's connection up where another's was found broken since it was last used.

    A server that was restarted has broken all of them; so one request learns it the hard way, and not one in every thread.
    """
    if _thread.breaks_seen != _breaks:
        _thread.breaks_seen = _breaks
        connections[DEFAULT_DB_ALIAS].close()


def end() -> None:
    """After a request: let go of a connection that is to be closed or that broke; the next request of the thread makes another."""
    global _breaks  # noqa: PLW0603  # one number of the process
    connection = connections[DEFAULT_DB_ALIAS]
    failed = connection.errors_occurred and connection.connection is not None
    connection.close_if_unusable_or_obsolete()
    if failed and connection.connection is None:
        _breaks += 1
        _thread.breaks_seen = _breaks
