"""One verification at a time: a long walk that began twice would hold both threads of the worker, and mail would wait."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection

_here = threading.Lock()

_KEY = 0x747261696C  # "trail": one of PostgreSQL's advisory locks


@contextmanager
def alone() -> Iterator[bool]:
    """Give True, and keep others out until the end; False where somebody is at it.

    Keeps out this process's threads, and on PostgreSQL every process; the server lets go when the connection ends, however that comes.
    """
    if not _here.acquire(blocking=False):
        yield False
        return
    try:
        free = _asks("pg_try_advisory_lock")
        try:
            yield free
        finally:
            if free:
                _asks("pg_advisory_unlock")
    finally:
        _here.release()


def _asks(function: str) -> bool:
    if connection.vendor != "postgresql":
        return True
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {function}(%s)", [_KEY])
        return bool(cursor.fetchone()[0])
