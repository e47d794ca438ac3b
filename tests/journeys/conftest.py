"""Two browsers, and a mail queue that only the test empties."""

import pytest
from pytest_django import Settings

from portal.celery import app
from tests.fixtures.people import World
from tests.journeys.visitor import SAFARI, Visitor


@pytest.fixture(autouse=True)
def _own_mailbox(_fresh_state: None, settings: Settings) -> None:
    """Leave the mail queue to the test, and mail to the portal's own inbox: pytest-django would catch it in a list."""
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
