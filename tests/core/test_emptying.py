"""What the tests clear away after one that commits: a thread may leave nothing that comes later."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from django.contrib.auth.models import Group
from django.db import connection, transaction

from tests.fixtures.emptying import empty

pytestmark = [pytest.mark.database, pytest.mark.django_db(transaction=True)]


@pytest.mark.skipif(connection.vendor != "postgresql", reason="on SQLite, whoever writes waits for an open transaction, and says so")
def test_a_transaction_that_a_thread_left_open_is_an_error_and_writes_nothing_later() -> None:
    def begin() -> None:
        transaction.set_autocommit(False)
        Group.objects.create(name="left behind")

    with ThreadPoolExecutor(1) as threads:
        threads.submit(begin).result()
        with pytest.raises(AssertionError, match="left in a transaction"):
            empty()
        threads.submit(lambda: connection.close()).result()  # noqa: PLW0108  # the connection of that thread
    empty()
    assert not Group.objects.exists()
