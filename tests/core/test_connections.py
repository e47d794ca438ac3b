"""A connection to the database ends with its thread, and a server that was away is asked again."""

import gc
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

import psycopg
import pytest
from django.db import DatabaseError, OperationalError, connection

from accounts.models import Principal
from portal.bootstrap import CHECKOUT
from portal.conf import conf
from portal.core import connections
from tests.fixtures.server import demo_environment

pytestmark = [pytest.mark.database, pytest.mark.django_db(transaction=True)]


def _asked() -> Any:
    """Ask the database something, and return the driver's connection that did."""
    assert Principal.objects.count() >= 0
    return connection.connection


def _is_open(raw: Any) -> bool:
    if connection.vendor == "postgresql":
        return not raw.closed
    try:
        raw.execute("SELECT 1")
    except Exception:  # noqa: BLE001  # the driver's own error for a connection that is closed
        return False
    return True


def test_connections_of_threads_that_have_ended_are_closed_by_the_next_that_is_made_though_nothing_is_collected() -> None:
    found: list[Any] = []

    def work() -> None:
        found.append(_asked())
        assert _is_open(found[-1])

    def in_a_thread() -> None:
        thread = threading.Thread(target=work)
        thread.start()
        thread.join()

    gc.disable()
    try:
        for _ in range(5):
            in_a_thread()
        assert [_is_open(raw) for raw in found] == [False, False, False, False, True]
    finally:
        gc.enable()
        found.pop().close()


def _request(work: Callable[[], object]) -> object:
    """Do what a thread of the web server does around a request; return what came of it, an error included."""
    connections.begin()
    try:
        return work()
    except DatabaseError as error:
        return type(error)
    finally:
        connections.end()


@contextmanager
def _threads(number: int) -> Iterator[Callable[[Callable[[], object]], list[object]]]:
    """Give a function that does a request in each of so many threads, one after the other, always in the same order."""
    pools = [ThreadPoolExecutor(1) for _ in range(number)]

    def each(work: Callable[[], object]) -> list[object]:
        return [pool.submit(_request, work).result() for pool in pools]

    yield each
    for pool in pools:
        pool.submit(lambda: connection.close()).result()  # noqa: PLW0108  # each thread has a connection of its own behind that name
        pool.shutdown()


@pytest.mark.skipif(not conf.database_url.startswith("postgres"), reason="SQLite has no server that could break a connection")
def test_flt_01_a_restarted_server_costs_one_request_and_not_one_in_every_thread() -> None:
    with _threads(4) as each:
        before = each(_asked)
        with psycopg.connect(conf.database_url, autocommit=True) as other:
            for raw in before:
                assert isinstance(raw, psycopg.Connection)
                other.execute("SELECT pg_terminate_backend(%s)", [raw.info.backend_pid])
        first, *others = each(_asked)
        assert first is OperationalError
        assert all(_is_open(raw) for raw in others)
        again = each(_asked)
        assert all(_is_open(raw) for raw in again)
        assert again[1:] == others, "they are kept from then on"


def test_a_refused_statement_is_no_broken_connection() -> None:
    def refused() -> object:
        with connection.cursor() as cursor:
            return cursor.execute("SELECT no_such_column FROM accounts_principal")

    with _threads(2) as each:
        before = each(_asked)
        assert all(isinstance(outcome, type) and issubclass(outcome, DatabaseError) for outcome in each(refused))
        assert each(_asked) == before


def _settings(url: str) -> str:
    command = "from portal.settings import DATABASES; print(DATABASES['default']['OPTIONS'])"
    environment = demo_environment() | {"PORTAL_DATABASE_URL": url}
    return subprocess.run([sys.executable, "-c", command], cwd=CHECKOUT, env=environment, capture_output=True, text=True, check=True).stdout


def test_what_the_databases_address_asks_for_is_kept() -> None:
    options = _settings("postgres://somebody@db.example/portal?sslmode=verify-full&connect_timeout=9")
    assert "'sslmode': 'verify-full'" in options
    assert "'connect_timeout': 9" in options or "'connect_timeout': '9'" in options
    assert "'tcp_user_timeout': 10000" in options
