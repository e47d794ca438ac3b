"""Connections to the database, which belong to a thread each: closed once it has ended, and given up together when one of them broke."""

import threading
import weakref
from typing import Any

from django.db import DEFAULT_DB_ALIAS, connections
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.signals import connection_created


class _Alive:
    """Lives as long as its thread: nothing but what is local to the thread refers to it."""

    __slots__ = ("__weakref__",)


class _OfThread(threading.local):
    alive: _Alive | None = None
    breaks_seen = 0


_thread = _OfThread()
_breaks = 0
"""How many connections of this process were found broken. Two threads that count at once may count one, which says the same to all others."""
_open: list[tuple[weakref.ref[_Alive], Any]] = []
"""The driver's connections, each with what tells whether its thread still runs."""
_lock = threading.Lock()


def _note(connection: BaseDatabaseWrapper, **_signal: Any) -> None:
    """Note a thread's new connection, and close those of threads that have ended.

    They cannot do it themselves: the web server's threads are not Python's own, and what is local to one goes when no Python can be
    run in it any more. Left alone they would stay open until the next collection, which an idle process never makes.
    """
    if connection.alias != DEFAULT_DB_ALIAS:
        return
    if _thread.alive is None:
        _thread.alive = _Alive()
    here = weakref.ref(_thread.alive)
    with _lock:
        left = [raw for thread, raw in _open if thread() is None]
        _open[:] = [(thread, raw) for thread, raw in _open if thread is not here and thread() is not None]
        _open.append((here, connection.connection))
    for raw in left:
        raw.close()


def follow() -> None:
    """Note every connection that is made from now on."""
    connection_created.connect(_note, dispatch_uid="connections end after their threads")


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
