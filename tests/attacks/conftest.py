"""Counts of what an answer costs."""

from collections.abc import Iterator

import pytest
from django.db import connection

from accounts.credentials import hashing
from tests.attacks.costs import Costs
from tests.fixtures.people import World


@pytest.fixture
def costs(world: World, monkeypatch: pytest.MonkeyPatch) -> Iterator[Costs]:
    """Counts of hashes, statements, rows of mail and throttle round trips, without changing what any of them does."""
    hashing.warm()
    counted = Costs()
    with connection.execute_wrapper(counted.statement):
        counted.watch(monkeypatch)
        yield counted
