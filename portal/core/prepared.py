"""Statements whose SQL is written once: for the few that every sign-in runs.

The ORM spends ten times longer on writing a statement than SQLite on running it. Here a queryset is compiled once per database
with markers in place of its parameters, and afterwards only bound and run; what comes back are the same model instances. The
queryset stays the only description of the statement (decision record 006).
"""

from __future__ import annotations

import itertools
import re
import threading
from collections.abc import Callable, Collection, Iterable, Mapping
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any, Generic, TypeVar

from django.db import DEFAULT_DB_ALIAS, connections, models, transaction
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models.sql import UpdateQuery

from portal.core.statements import PLACE, Convert, Row, Statement, bound_moment, execute, instances, new_instance, statement, stored

M = TypeVar("M", bound=models.Model)
_WORD = re.compile(r"[A-Za-z0-9_]+", re.ASCII)
Places = tuple[tuple[str, Convert], ...]
_markers = itertools.count(1)
_DATE = datetime(1901, 1, 1, tzinfo=UTC)


def _marker(kind: type) -> Any:
    number = next(_markers)
    if kind is str:
        return f"\x1fmarker {number}\x1f"
    if kind is datetime:
        return _DATE + timedelta(seconds=number)
    if kind is int:
        return 1_900_000_000 + number
    raise TypeError(f"no marker for {kind.__name__}")


def _with_words(sql: str, params: Iterable[Any], markers: Collection[Any]) -> tuple[str, list[Any]]:
    """Return the statement with its constant words written into it, and the parameters that are left.

    Partial indexes are conditions on such words (`kind = 'iam_user'`). Where the word is a parameter, SQLite plans the statement
    anew for every value that is bound, which costs three times what the statement does.
    """
    pieces, left = PLACE.split(sql), []
    for number, value in enumerate(params):
        if isinstance(value, str) and value not in markers and _WORD.fullmatch(value):
            pieces[number] += f"'{str.__str__(value)}'"
        else:
            pieces[number] += "%s"
            left.append(value)
    return "".join(pieces), left


class _Compiled:
    """One statement for one kind of database, and for each of its places either a constant or the name of a parameter."""

    def __init__(self, connection: BaseDatabaseWrapper, sql: str, params: Iterable[Any], markers: Mapping[str, Any], *, returns: bool) -> None:
        self._moment = bound_moment(connection)
        named = {self._bound(marker): name for name, marker in markers.items()}
        sql, params = _with_words(sql, params, named)
        self.statement = statement(connection, sql, returns=returns)
        self._places = tuple((named.get(value), value) if isinstance(value, str | int | datetime) else (None, value) for value in params)
        missing = set(markers) - {name for name, _ in self._places if name}
        if missing:
            raise ValueError(f"parameters that the statement does not use: {sorted(missing)}")

    def _bound(self, value: Any) -> Any:
        return self._moment(value) if type(value) is datetime else value

    def bound(self, values: Mapping[str, Any]) -> list[Any]:
        """Return the parameters of the statement with these values."""
        moment = self._moment
        bound = []
        for name, constant in self._places:
            value = constant if name is None else values[name]
            bound.append(moment(value) if type(value) is datetime else value)
        return bound

    def run(self, connection: BaseDatabaseWrapper, values: Mapping[str, Any]) -> tuple[list[Row], int]:
        """Run the statement with these values."""
        return execute(connection, self.statement, self.bound(values))


class _Prepared:
    """Compiles once a kind of database, under a lock."""

    def __init__(self, **parameters: type) -> None:
        self._parameters = parameters
        self._lock = threading.Lock()
        self._compiled: dict[str, Any] = {}

    def _compile(self, connection: BaseDatabaseWrapper, markers: dict[str, Any]) -> Any:
        raise NotImplementedError

    def _ready(self, connection: BaseDatabaseWrapper) -> Any:
        found = self._compiled.get(connection.vendor)
        if found is None:
            with self._lock:
                found = self._compiled.get(connection.vendor)
                if found is None:
                    found = self._compile(connection, {name: _marker(kind) for name, kind in self._parameters.items()})
                    self._compiled[connection.vendor] = found
        return found


class PreparedQuery(_Prepared, Generic[M]):
    """A queryset with named parameters (str, int or aware datetime), compiled once; `rows` runs it.

    `build` receives the parameters by name and returns the queryset, with `select_related` where wanted. It must not branch on
    their values.
    """

    def __init__(self, build: Callable[..., models.QuerySet[M]], **parameters: type) -> None:
        super().__init__(**parameters)
        self._build = build

    def _compile(self, connection: BaseDatabaseWrapper, markers: dict[str, Any]) -> tuple[_Compiled, Callable[[list[Row]], list[Any]]]:
        compiler = self._build(**markers).using(connection.alias).query.get_compiler(connection.alias)
        sql, params = compiler.as_sql()
        return _Compiled(connection, sql, params, markers, returns=True), instances(compiler)

    def rows(self, **values: Any) -> list[M]:
        """Run the query and return its instances."""
        connection = connections[DEFAULT_DB_ALIAS]
        compiled, made = self._ready(connection)
        found: list[M] = made(compiled.run(connection, values)[0])
        return found

    def first(self, **values: Any) -> M | None:
        """Run the query and return its first instance, or None."""
        found = self.rows(**values)
        return found[0] if found else None


class PreparedUpdate(_Prepared):
    """A guarded UPDATE with named parameters, compiled once; `run` returns how many rows it changed.

    `build` receives the parameters and returns the queryset of the rows to change together with the new values.
    """

    def __init__(self, build: Callable[..., tuple[models.QuerySet[Any], dict[str, Any]]], **parameters: type) -> None:
        super().__init__(**parameters)
        self._build = build
        self._joined: dict[type[models.Model], tuple[Statement, Places]] = {}
        self._followed: dict[PreparedUpdate, Statement] = {}

    def _compile(self, connection: BaseDatabaseWrapper, markers: dict[str, Any]) -> _Compiled:
        queryset, changes = self._build(**markers)
        query = queryset.query.chain(UpdateQuery)
        query.add_update_values(changes)  # type: ignore[attr-defined]  # the stubs forget that chain() changes the class
        sql, params = query.get_compiler(connection.alias).as_sql()
        return _Compiled(connection, sql, params, markers, returns=False)

    def run(self, **values: Any) -> int:
        """Run the update and return the number of rows it changed."""
        connection = connections[DEFAULT_DB_ALIAS]
        compiled: _Compiled = self._ready(connection)
        return compiled.run(connection, values)[1]

    def run_before(self, following: PreparedUpdate, values: Mapping[str, Any], following_values: Mapping[str, Any]) -> tuple[int, int]:
        """Run the update and, where it changed a row, `following` as well, which must be about other rows; return how many rows each changed.

        PostgreSQL does both in one statement, which needs no transaction around it and three round trips less.
        """
        connection = connections[DEFAULT_DB_ALIAS]
        if connection.vendor != "postgresql":
            with transaction.atomic():
                changed = self.run(**values)
                return changed, following.run(**following_values) if changed else 0
        first: _Compiled = self._ready(connection)
        second: _Compiled = following._ready(connection)
        both = self._followed.get(following)
        if both is None:
            both = self._followed[following] = _followed(first.statement, second.statement, connection)
        rows, _ = execute(connection, both, first.bound(values) + second.bound(following_values))
        return int(rows[0][0]), int(rows[0][1])

    def run_with(self, new: models.Model, /, **values: Any) -> int:
        """Run the update and, where it changed a row, insert `new` as well: both or neither. Return how many rows changed, one at most.

        PostgreSQL does both in one statement, which needs no transaction around it and three round trips less.
        """
        connection = connections[DEFAULT_DB_ALIAS]
        if connection.vendor != "postgresql":
            with transaction.atomic():
                changed = self.run(**values)
                if changed:
                    insert(new)
            return changed
        compiled: _Compiled = self._ready(connection)
        both = self._joined.get(type(new))
        if both is None:
            both = self._joined[type(new)] = _joined(compiled.statement, type(new), connection)
        what, places = both
        rows, _ = execute(connection, what, compiled.bound(values) + _row(new, places))
        if rows:
            new.pk = rows[0][0]
        return len(rows)


def _inserting(model: type[models.Model], connection: BaseDatabaseWrapper, source: str) -> str:
    """Return the INSERT of a model from `source`, whose values are in the order of its columns."""
    quote = connection.ops.quote_name
    meta = model._meta
    columns = ", ".join(quote(field.column) for field in _given(model))
    assert meta.pk is not None  # noqa: S101  # every concrete model has a key
    return f"INSERT INTO {quote(meta.db_table)} ({columns}) {source} RETURNING {quote(meta.pk.column)}"


def _given(model: type[models.Model]) -> tuple[models.Field[Any, Any], ...]:
    return tuple(field for field in model._meta.concrete_fields if not field.primary_key)


def _places(model: type[models.Model], connection: BaseDatabaseWrapper) -> Places:
    """Return for each place of a model's INSERT the attribute that goes there, with what turns it into a parameter."""
    return tuple((field.attname, stored(connection, field)) for field in _given(model))


@lru_cache(maxsize=64)
def _insertion(model: type[models.Model], vendor: str) -> tuple[Statement, Places]:  # noqa: ARG001  # the key of the cache
    connection = connections[DEFAULT_DB_ALIAS]
    values = f"VALUES ({', '.join(['%s'] * len(_given(model)))})"
    return statement(connection, _inserting(model, connection, values), returns=True), _places(model, connection)


def _joined(update: Statement, model: type[models.Model], connection: BaseDatabaseWrapper) -> tuple[Statement, Places]:
    """Return one statement of PostgreSQL that updates and inserts a row of `model` where a row was changed."""
    # A place of its own has no type, and that of a column with a length would cut what is too long instead of refusing it.
    kinds = [str(field.db_type(connection)).partition("(")[0] for field in _given(model)]
    values = ", ".join(f"CAST(%s AS {kind})" for kind in kinds)
    sql = f"WITH changed AS ({update.sql} RETURNING 1) {_inserting(model, connection, f'SELECT {values} FROM changed')}"  # noqa: S608
    return statement(connection, sql, returns=True), _places(model, connection)


def _followed(first: Statement, second: Statement, connection: BaseDatabaseWrapper) -> Statement:
    """Return one statement of PostgreSQL that runs an update and, where it changed a row, another; it answers how many rows each changed.

    The second waits for the first, since it asks what that changed (PostgreSQL 17, section 7.8.2).
    """
    sql = (
        f"WITH first AS ({first.sql} RETURNING 1), second AS ({second.sql} AND EXISTS (SELECT 1 FROM first) RETURNING 1) "  # noqa: S608
        "SELECT (SELECT COUNT(*) FROM first), (SELECT COUNT(*) FROM second)"
    )
    return statement(connection, sql, returns=True)


def create(model: type[M], **values: Any) -> M:
    """Insert a new row and return its instance with the generated key. `values` are named as the columns' attributes are (`principal_id`).

    Every column is given whose default is not a constant; that of related rows is not looked at. No signal is sent.
    """
    instance = new_instance(model, values)
    insert(instance)
    return instance


def insert(instance: models.Model) -> None:
    """Insert a new row with a generated key and give the instance that key; no signal is sent.

    A failure dooms the transaction around it, as a failed `save` would.
    """
    connection = connections[DEFAULT_DB_ALIAS]
    what, places = _insertion(type(instance), connection.vendor)
    rows, _ = execute(connection, what, _row(instance, places))
    _inserted(instance, rows[0][0], connection)


def insert_both(first: models.Model, second: models.Model) -> None:
    """Insert two new rows with generated keys, both or neither, and give the instances their keys; no signal is sent.

    PostgreSQL does both in one statement, which needs no transaction around it and three round trips less.
    """
    connection = connections[DEFAULT_DB_ALIAS]
    if connection.vendor != "postgresql":
        with transaction.atomic():
            insert(first)
            insert(second)
        return
    what, places, more = _insertion_of_both(type(first), type(second), connection.vendor)
    rows, _ = execute(connection, what, _row(first, places) + _row(second, more))
    _inserted(first, rows[0][0], connection)
    _inserted(second, rows[0][1], connection)


@lru_cache(maxsize=16)
def _insertion_of_both(first: type[models.Model], second: type[models.Model], vendor: str) -> tuple[Statement, Places, Places]:
    connection = connections[DEFAULT_DB_ALIAS]
    (one, places), (other, more) = _insertion(first, vendor), _insertion(second, vendor)
    key = connection.ops.quote_name(str(first._meta.pk.column))
    other_key = connection.ops.quote_name(str(second._meta.pk.column))
    sql = f"WITH one AS ({one.sql}), other AS ({other.sql}) SELECT one.{key}, other.{other_key} FROM one, other"  # noqa: S608
    return statement(connection, sql, returns=True), places, more


def _row(instance: models.Model, places: Places) -> list[Any]:
    """Return the parameters of an INSERT of this instance."""
    row = vars(instance)
    return [convert(row[name]) for name, convert in places]


def _inserted(instance: models.Model, key: Any, connection: BaseDatabaseWrapper) -> None:
    instance.pk = key
    instance._state.adding = False  # noqa: SLF001  # Django's public seam
    instance._state.db = connection.alias  # noqa: SLF001  # Django's public seam
