"""Statements on PostgreSQL, each by one call of libpq: prepared once a connection, then bound and run.

psycopg's cursors do the same in nine steps and let go of the interpreter in each. Where several threads ask at once, whoever lets go
has to wait for its turn again, which costs more than the steps themselves (decision record 006). Values are written and rows are read
by psycopg's own adapters, and errors are its own.
"""

from collections.abc import Sequence
from typing import Any

import psycopg
from django.db.backends.base.base import BaseDatabaseWrapper
from psycopg.adapt import PyFormat, Transformer
from psycopg.pq import ConnStatus, ExecStatus, TransactionStatus

_TEXT = PyFormat.TEXT
_ROWS, _DONE = int(ExecStatus.TUPLES_OK), int(ExecStatus.COMMAND_OK)
_IDLE, _CONNECTED = int(TransactionStatus.IDLE), int(ConnStatus.OK)


class _Line:
    """What one connection has prepared, and what writes its values and reads its rows."""

    __slots__ = ("adapters", "names")

    def __init__(self, raw: "psycopg.Connection[Any]") -> None:
        self.names: dict[str, bytes] = {}
        self.adapters = Transformer(raw)


_LINE = "vestibule_line"
"""The attribute of a connection under which its line is kept: the adapters hold the connection, so both go together."""


def run(connection: BaseDatabaseWrapper, native: str, values: Sequence[Any]) -> tuple[list[Sequence[Any]], int]:
    """Run a statement whose places are `$1`, `$2` …; return its rows and how many it touched. Raises psycopg's errors.

    Each value is sent as text, and has the type that the statement gives its place.
    """
    raw: psycopg.Connection[Any] = connection.connection
    pgconn = raw.pgconn
    if not connection.autocommit and pgconn.transaction_status == _IDLE:
        _begin(raw)
    line: _Line | None = vars(raw).get(_LINE)
    if line is None:
        line = vars(raw)[_LINE] = _Line(raw)
    adapters = line.adapters
    octets: Any = adapters.dump_sequence(values, [_TEXT] * len(values))
    name = line.names.get(native)
    if name is None:
        name = f"vestibule_{len(line.names)}".encode()
        _check(raw, pgconn.prepare(name, native.encode()))
        line.names[native] = name
    result = pgconn.exec_prepared(name, octets)
    if result.status == _ROWS:
        adapters.set_pgresult(result)
        rows: list[Any] = adapters.load_rows(0, result.ntuples, tuple)
        return rows, len(rows)
    _check(raw, result)
    return [], result.command_tuples or 0


def _begin(raw: "psycopg.Connection[Any]") -> None:
    """Begin a transaction, as psycopg does before its own first statement."""
    if raw.isolation_level is None:
        _check(raw, raw.pgconn.exec_(b"BEGIN"))
    else:
        raw.execute("SELECT 1")  # begins as the operator's settings ask


def _check(raw: "psycopg.Connection[Any]", result: Any) -> None:
    """Raise the error that an answer is, if it is one."""
    if result.status in (_DONE, _ROWS):
        return
    if raw.pgconn.status != _CONNECTED:
        raise psycopg.OperationalError(result.get_error_message())
    raise psycopg.errors.error_from_result(result)
