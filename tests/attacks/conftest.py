"""The journeys' visitors, and counts of what an answer costs."""

from collections.abc import Iterator

import pytest
from django.db import connection
from pytest_django import Settings

from accounts.credentials import hashing
from portal.celery import app
from tests.attacks.costs import Costs
from tests.fixtures.people import World
from tests.journeys.visitor import SAFARI, Visitor


@pytest.fixture(autouse=True)
def _own_mailbox(_fresh_state: None, settings: Settings) -> None:
    """Leave the mail queue to the test, and mail to the portal's own inbox."""
    app.conf.task_always_eager = False
    settings.EMAIL_BACKEND = "portal.inbox.backend.InboxBackend"


@pytest.fixture
def visitor(world: World) -> Visitor:
    """Someone at a browser in which nobody has signed in yet."""
    return Visitor()


@pytest.fixture
def stranger(world: World) -> Visitor:
    """Someone else, at another browser and another address."""
    return Visitor(address="198.51.100.20", user_agent=SAFARI)


@pytest.fixture
def costs(world: World, monkeypatch: pytest.MonkeyPatch) -> Iterator[Costs]:
    """Counts of hashes, statements, rows of mail and throttle round trips, without changing what any of them does."""
    hashing.warm()
    counted = Costs()
    with connection.execute_wrapper(counted.statement):
        counted.watch(monkeypatch)
        yield counted
