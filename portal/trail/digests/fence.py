"""Up to which key events are final: no transaction that is open still adds one below.

Keys come from a sequence when an event is inserted, and events become visible when their transactions commit, which need not be in that
order. Waiting for a while, as log shippers do, is a guess at how long transactions take. PostgreSQL can tell: whoever inserts holds a lock on
the table (ROW EXCLUSIVE, which holds nobody up) from before its key is drawn until its transaction is over. So once those that hold one
after the newest key was read have let go, every event up to that key is there or never will be. CREATE INDEX CONCURRENTLY waits in this way.
On SQLite there is one writer at a time, so keys become visible in order.
"""

import time

from django.db import connection

from portal.trail.models import Event

PATIENCE = 5.0
"""Seconds of real time until whoever still writes is left to the next run."""

_STEP = 0.05

_WRITERS = """
SELECT l.virtualtransaction FROM pg_locks l JOIN pg_database d ON d.oid = l.database
WHERE d.datname = current_database() AND l.relation = %s::regclass AND l.mode = 'RowExclusiveLock' AND l.granted
AND l.pid IS DISTINCT FROM pg_backend_pid()
"""


def settled(*, patience: float = PATIENCE) -> int | None:
    """Return the greatest key up to which events are final, 0 without any; None when somebody was still writing after `patience` seconds."""
    newest = Event.objects.order_by("-id").values_list("id", flat=True).first() or 0
    if connection.vendor != "postgresql":
        return newest
    writers, until = _writers(), time.monotonic() + patience
    while writers:
        if time.monotonic() > until:
            return None
        time.sleep(_STEP)
        writers &= _writers()
    return newest


def _writers() -> set[str]:
    with connection.cursor() as cursor:
        cursor.execute(_WRITERS, [Event._meta.db_table])
        return {row[0] for row in cursor.fetchall()}
