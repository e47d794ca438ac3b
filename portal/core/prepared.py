"""Statements whose SQL is written once: for the few that every sign-in runs.

The ORM spends ten times longer on writing a statement than SQLite on running it. Here a queryset is compiled once per database
with markers in place of its parameters, and afterwards only bound and run; what comes back are the same model instances. The
queryset stays the only description of the statement (decision record 006).
"""

from __future__ import annotations

import itertools
import threading
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any, Generic, TypeVar

from django.db import DEFAULT_DB_ALIAS, connections, models, transaction
from django.db.models.query import get_related_populators  # type: ignore[attr-defined]  # not in the stubs
from django.db.models.sql import UpdateQuery

M = TypeVar("M", bound=models.Model)
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


class _Compiled:
    """One statement for one database: its SQL, and for each place either a constant or the name of a parameter."""

    def __init__(self, alias: str, sql: str, params: Iterable[Any], markers: Mapping[str, Any]) -> None:
        self._adapt = connections[alias].ops.adapt_datetimefield_value
        named = {self._bound(marker): name for name, marker in markers.items()}
        self.sql = sql
        self.places = tuple((named.get(value), value) if isinstance(value, str | int | datetime) else (None, value) for value in params)
        missing = set(markers) - {name for name, _ in self.places if name}
        if missing:
            raise ValueError(f"parameters that the statement does not use: {sorted(missing)}")

    def _bound(self, value: Any) -> Any:
        return self._adapt(value) if isinstance(value, datetime) else value

    def bind(self, values: Mapping[str, Any]) -> list[Any]:
        return [constant if name is None else self._bound(values[name]) for name, constant in self.places]


class _Prepared:
    """Compiles once a database, under a lock."""

    def __init__(self, **parameters: type) -> None:
        self._parameters = parameters
        self._lock = threading.Lock()
        self._compiled: dict[str, Any] = {}

    def _compile(self, alias: str) -> Any:
        raise NotImplementedError

    def _ready(self, alias: str) -> Any:
        key = f"{alias}:{connections[alias].vendor}"
        found = self._compiled.get(key)
        if found is None:
            with self._lock:
                found = self._compiled[key] = self._compiled.get(key) or self._compile(alias)
        return found


class PreparedQuery(_Prepared, Generic[M]):
    """A queryset with named parameters (str, int or aware datetime), compiled once; `rows` runs it.

    `build` receives the parameters by name and returns the queryset, with `select_related` where wanted. It must not branch on
    their values.
    """

    def __init__(self, build: Callable[..., models.QuerySet[M]], **parameters: type) -> None:
        super().__init__(**parameters)
        self._build = build

    def _compile(self, alias: str) -> tuple[_Compiled, Callable[[list[tuple[Any, ...]]], list[M]]]:
        markers = {name: _marker(kind) for name, kind in self._parameters.items()}
        compiler = self._build(**markers).using(alias).query.get_compiler(alias)
        sql, params = compiler.as_sql()
        info = compiler.klass_info
        assert info is not None  # noqa: S101  # a queryset of models always has it
        first, last = info["select_fields"][0], info["select_fields"][-1] + 1
        names = [column[0].target.attname for column in compiler.select[first:last]]
        related = get_related_populators(info, compiler.select, alias)
        converters = compiler.get_converters([column[0] for column in compiler.select])
        model: type[M] = info["model"]

        def instances(found: list[tuple[Any, ...]]) -> list[M]:
            rows = compiler.apply_converters(found, converters) if converters else found
            made = []
            for row in rows:
                instance = model.from_db(alias, names, row[first:last])
                for populator in related:
                    populator.populate(row, instance)
                made.append(instance)
            return made

        return _Compiled(alias, sql, params, markers), instances

    def rows(self, **values: Any) -> list[M]:
        """Run the query and return its instances."""
        statement, instances = self._ready(DEFAULT_DB_ALIAS)
        with connections[DEFAULT_DB_ALIAS].cursor() as cursor:
            cursor.execute(statement.sql, statement.bind(values))
            return list(instances(cursor.fetchall()))

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

    def _compile(self, alias: str) -> _Compiled:
        markers = {name: _marker(kind) for name, kind in self._parameters.items()}
        queryset, changes = self._build(**markers)
        query = queryset.query.chain(UpdateQuery)
        query.add_update_values(changes)  # type: ignore[attr-defined]  # the stubs forget that chain() changes the class
        sql, params = query.get_compiler(alias).as_sql()
        return _Compiled(alias, sql, params, markers)

    def run(self, **values: Any) -> int:
        """Run the update and return the number of rows it changed."""
        statement = self._ready(DEFAULT_DB_ALIAS)
        with transaction.mark_for_rollback_on_error(), connections[DEFAULT_DB_ALIAS].cursor() as cursor:
            cursor.execute(statement.sql, statement.bind(values))
            return int(cursor.rowcount)


_PLAIN = frozenset({str, int, bool, type(None)})
_AS_THEY_ARE = (models.CharField, models.TextField, models.IntegerField, models.BooleanField, models.ForeignKey)
"""Fields whose plain values every database takes as they are."""


@lru_cache(maxsize=64)
def _insert_statement(model: type[models.Model], vendor: str) -> tuple[str, tuple[models.Field[Any, Any], ...]]:  # noqa: ARG001  # the key of the cache
    quote = connections[DEFAULT_DB_ALIAS].ops.quote_name
    meta = model._meta
    fields = tuple(field for field in meta.concrete_fields if not field.primary_key)
    columns = ", ".join(quote(field.column) for field in fields)
    places = ", ".join(["%s"] * len(fields))
    assert meta.pk is not None  # noqa: S101  # every concrete model has a key
    return f"INSERT INTO {quote(meta.db_table)} ({columns}) VALUES ({places}) RETURNING {quote(meta.pk.column)}", fields  # noqa: S608


def insert(instance: models.Model) -> None:
    """Insert a new row with a generated key and give the instance that key; no signal is sent.

    A failure dooms the transaction around it, as a failed `save` would.
    """
    connection = connections[DEFAULT_DB_ALIAS]
    statement, fields = _insert_statement(type(instance), connection.vendor)
    row = vars(instance)
    values = [
        value if type(value := row[field.attname]) in _PLAIN and isinstance(field, _AS_THEY_ARE) else field.get_db_prep_save(value, connection)
        for field in fields
    ]
    with transaction.mark_for_rollback_on_error(), connection.cursor() as cursor:
        cursor.execute(statement, values)
        instance.pk = cursor.fetchone()[0]
    instance._state.adding = False  # noqa: SLF001  # Django's public seam
    instance._state.db = connection.alias  # noqa: SLF001  # Django's public seam
