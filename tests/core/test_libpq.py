"""Statements by libpq: begun, refused and lost as psycopg's own are."""

import gc
import weakref
from collections.abc import Iterator
from datetime import datetime

import psycopg
import pytest
from django.db import DataError, OperationalError, connection, transaction

from accounts.models import Account
from portal.conf import conf
from portal.core import clock
from portal.core.prepared import PreparedQuery, PreparedUpdate
from tests.fixtures.people import World

pytestmark = [
    pytest.mark.database,
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(not conf.database_url.startswith("postgres"), reason="SQLite is asked within the process"),
]

NAMED = PreparedQuery(lambda pk: Account.objects.filter(pk=pk), pk=str)
RENAME = PreparedUpdate(lambda pk, new: (Account.objects.filter(pk=pk), {"name": new}), pk=str, new=str)
SINCE = PreparedQuery(lambda moment: Account.objects.filter(created_at__lte=moment), moment=datetime)
PK = "111122223333"


def _name() -> str:
    found = NAMED.first(pk=PK)
    assert found
    return found.name


@pytest.fixture
def other(world: World) -> Iterator["psycopg.Connection[tuple[str]]"]:
    """Another connection to the same database, which sees what was committed."""
    settings = connection.get_connection_params()
    with psycopg.connect(host=settings.get("host"), port=settings.get("port"), user=settings.get("user"), password=settings.get("password"),
                         dbname=settings["dbname"], autocommit=True) as made:  # fmt: skip
        yield made


def _seen_by(other: "psycopg.Connection[tuple[str]]") -> str:
    row = other.execute("SELECT name FROM accounts_account WHERE id = %s", [PK]).fetchone()
    assert row
    return row[0]


def test_the_first_statement_of_a_transaction_begins_it(other: "psycopg.Connection[tuple[str]]") -> None:
    before = _name()
    with transaction.atomic():
        assert RENAME.run(pk=PK, new="Renamed") == 1
        assert _name() == "Renamed"
        assert _seen_by(other) == before
    assert _seen_by(other) == "Renamed"


def test_what_is_rolled_back_never_was_and_statements_stay_prepared(other: "psycopg.Connection[tuple[str]]") -> None:
    before = _name()
    for _ in range(3):
        with transaction.atomic():
            assert RENAME.run(pk=PK, new="Renamed") == 1
            transaction.set_rollback(True)
        assert _name() == _seen_by(other) == before


def test_a_refused_statement_dooms_its_transaction_and_no_other(world: World) -> None:
    with pytest.raises(DataError), transaction.atomic():
        RENAME.run(pk=PK, new="x" * 1000)
    before = _name()
    with transaction.atomic():
        with pytest.raises(DataError), transaction.atomic():
            RENAME.run(pk=PK, new="x" * 1000)
        assert RENAME.run(pk=PK, new="After it") == 1
    assert _name() == "After it" != before


def test_inp_a_text_is_refused_at_its_nul_and_never_cut(world: World) -> None:
    before = _name()
    with pytest.raises(DataError, match="NUL"):
        RENAME.run(pk=PK, new="cut\0here")
    with pytest.raises(UnicodeEncodeError):
        RENAME.run(pk=PK, new="half \ud83d")
    assert _name() == before
    assert NAMED.first(pk=f"{PK}\\' OR 1=1 --") is None


def test_moments_go_and_come_with_their_zone(world: World) -> None:
    now = clock.now()
    assert all(account.created_at <= now and account.created_at.utcoffset() is not None for account in SINCE.rows(moment=now))
    assert SINCE.rows(moment=now)


def test_a_transaction_begins_at_the_level_that_was_set(world: World) -> None:
    connection.ensure_connection()
    raw = connection.connection
    raw.isolation_level = psycopg.IsolationLevel.SERIALIZABLE
    try:
        with transaction.atomic():
            _name()
            with connection.cursor() as cursor:
                cursor.execute("SHOW transaction_isolation")
                assert cursor.fetchone() == ("serializable",)
    finally:
        raw.isolation_level = None


def test_flt_01_a_connection_that_was_lost_is_an_operational_error(other: "psycopg.Connection[tuple[str]]") -> None:
    _name()
    other.execute("SELECT pg_terminate_backend(%s)", [connection.connection.info.backend_pid])
    with pytest.raises(OperationalError):
        _name()
    assert connection.connection.closed
    connection.close_if_unusable_or_obsolete()
    assert _name()


def test_every_connection_prepares_for_itself(world: World) -> None:
    before = _name()
    connection.close()
    assert _name() == before


def test_a_connection_that_was_closed_is_kept_by_nobody(world: World) -> None:
    _name()
    left = weakref.ref(connection.connection)
    connection.close()
    _name()  # by another, which takes its place among those that are looked after
    gc.collect()
    assert left() is None
