"""Running a statement whose SQL is already written, and making instances of what comes back, without the ORM's general ways.

Django's cursor translates the notation of parameters, wraps errors and asks who listens, anew for each statement; its instances go
through `__init__` and two signals. Here the first is settled when the statement is written, the second happens when an error
does, and the third sends the statement down Django's own way whenever somebody listens (decision record 006).
"""

import itertools
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from importlib import import_module
from typing import Any, TypeVar

from django.db import models, transaction
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models.base import ModelState
from django.db.models.sql.compiler import SQLCompiler

PLACE = re.compile("(?<!%)%s")
"""Where a statement takes a value, in Django's notation."""

Row = Sequence[Any]
Convert = Callable[[Any], Any]
M = TypeVar("M", bound=models.Model)


@dataclass(frozen=True, slots=True)
class Statement:
    """One statement: as Django's cursors take it (`%s`), and as the database itself does. `returns` tells whether rows come back."""

    sql: str
    native: str
    returns: bool


def statement(connection: BaseDatabaseWrapper, sql: str, *, returns: bool) -> Statement:
    """Return the statement `sql`, whose every percent sign is a place or doubled."""
    numbers = itertools.count(1)
    native = PLACE.sub("?" if connection.vendor == "sqlite" else lambda _place: f"${next(numbers)}", sql).replace("%%", "%")
    return Statement(sql, native, returns)


@lru_cache(maxsize=1)
def _libpq() -> Any:
    return import_module("portal.core.libpq")  # a portal on SQLite needs no driver of PostgreSQL in its memory


def execute(connection: BaseDatabaseWrapper, what: Statement, values: Sequence[Any]) -> tuple[list[Row], int]:
    """Run a statement in the connection's transaction, if there is one; return its rows and the number of rows that it touched.

    An error is Django's, and dooms the transaction around it.
    """
    if connection.connection is None:
        connection.ensure_connection()
    if connection.needs_rollback:
        connection.validate_no_broken_transaction()
    try:
        if not (connection.execute_wrappers or connection.force_debug_cursor):
            if connection.vendor == "sqlite":
                found = connection.connection.execute(what.native, values)
                return found.fetchall() if what.returns else [], found.rowcount
            ran: tuple[list[Row], int] = _libpq().run(connection, what.native, values)
            return ran
        with connection.cursor() as cursor:
            cursor.execute(what.sql, values)
            return cursor.fetchall() if what.returns else [], cursor.rowcount
    except Exception:
        with transaction.mark_for_rollback_on_error(), connection.wrap_database_errors:
            raise


def _text_of_moment(value: datetime) -> str:
    """Return an aware time as Django keeps it in SQLite."""
    return str((value if value.tzinfo is UTC else value.astimezone(UTC)).replace(tzinfo=None))


def _moment_of(stored: datetime | str) -> datetime:
    """Return the aware time of what SQLite's driver gives: a time without zone for a column of times, a text for anything else."""
    return stored.replace(tzinfo=UTC) if isinstance(stored, datetime) else datetime.fromisoformat(f"{stored}+00:00")


def bound_moment(connection: BaseDatabaseWrapper) -> Convert:
    """Return what turns an aware time into the parameter that stands for it."""
    return _text_of_moment if connection.vendor == "sqlite" else connection.ops.adapt_datetimefield_value


_PLAIN = (models.CharField, models.TextField, models.IntegerField, models.BooleanField, models.ForeignKey)
_PLAIN_TYPES = frozenset({str, int, bool, type(None)})
"""Fields, and types of their values, that every database takes as they are."""


def stored(connection: BaseDatabaseWrapper, field: "models.Field[Any, Any]") -> Convert:
    """Return what turns a value of `field` into the parameter that stores it."""

    def general(value: Any) -> Any:
        return field.get_db_prep_save(value, connection)

    if isinstance(field, models.DateTimeField):
        moment = bound_moment(connection)
        return lambda value: value if value is None else moment(value) if type(value) is datetime else general(value)
    if isinstance(field, _PLAIN):
        return lambda value: value if type(value) in _PLAIN_TYPES else general(value)
    return general


def _read(converters: Sequence[Callable[..., Any]], expression: Any, connection: BaseDatabaseWrapper) -> Convert:
    """Return what Django's converters of one column make of a value that is not NULL."""
    if connection.vendor == "sqlite" and len(converters) == 1:
        if isinstance(expression.output_field, models.DateTimeField):
            return _moment_of
        if isinstance(expression.output_field, models.BooleanField):
            return bool

    def general(value: Any) -> Any:
        for convert in converters:
            value = convert(value, expression, connection)
        return value

    return general


def _maker(compiler: SQLCompiler, info: Mapping[str, Any]) -> Callable[[Row], Any]:
    """Return what makes an instance, and those of `select_related` below it, of a row; None where the row has no key for it."""
    model: type[models.Model] = info["model"]
    first, last = info["select_fields"][0], info["select_fields"][-1] + 1
    names = tuple(column[0].target.attname for column in compiler.select[first:last])
    key = first + names.index(model._meta.pk.attname)
    alias = compiler.connection.alias
    below = [(_maker(compiler, related), related["local_setter"], related["remote_setter"]) for related in info.get("related_klass_infos", ())]

    def make(row: Row) -> Any:
        if row[key] is None:
            return None
        instance = model.__new__(model)
        state = ModelState()
        state.adding = False
        state.db = alias
        attributes = vars(instance)
        attributes["_state"] = state
        attributes.update(zip(names, row[first:last], strict=True))
        for make_related, note_related, note_owner in below:
            related = make_related(row)
            note_related(instance, related)
            if related is not None:
                note_owner(related, instance)
        return instance

    return make


@lru_cache(maxsize=64)
def _columns(model: type[models.Model]) -> tuple[frozenset[str], Mapping[str, Any]]:
    """Return the names of a model's columns, and the constant values of those that have a default. One that is called is none."""
    fields = model._meta.concrete_fields
    constant = [field for field in fields if not (field.has_default() and callable(field.default))]
    return frozenset(field.attname for field in fields), {field.attname: field.get_default() for field in constant}


def new_instance(model: type[M], values: Mapping[str, Any]) -> M:
    """Return a new instance of `model`: its columns have `values`, by the names of their attributes, or their constant defaults.

    As the instances that are read, it comes without `__init__` and its signals. TypeError where a column is not known, or where
    one is left out whose default would have to be called.
    """
    names, defaults = _columns(model)
    instance = model.__new__(model)
    attributes = vars(instance)
    attributes.update(defaults, **values)
    if attributes.keys() != names:
        raise TypeError(f"columns of {model.__name__} that are not known or have no value: {sorted(attributes.keys() ^ names)}")
    attributes["_state"] = ModelState()
    return instance


def instances(compiler: SQLCompiler) -> Callable[[list[Row]], list[Any]]:
    """Return what makes instances of the rows of a compiled query: as the ORM would, but without `__init__` and its signals."""
    info = compiler.klass_info
    assert info is not None  # noqa: S101  # a queryset of models always has it
    make = _maker(compiler, info)
    given = compiler.get_converters([column[0] for column in compiler.select])
    converters = [(place, _read(found, expression, compiler.connection)) for place, (found, expression) in given.items()]

    def made(rows: list[Row]) -> list[Any]:
        found = []
        for row in rows:
            values = list(row)
            for place, convert in converters:
                if values[place] is not None:
                    values[place] = convert(values[place])
            found.append(make(values))
        return found

    return made
