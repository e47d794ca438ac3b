"""The journeys' visitor, with a queue of mail that the test empties."""

import pytest
from pytest_django import Settings

from portal.celery import app
from tests.fixtures.people import World
from tests.journeys.visitor import Visitor


@pytest.fixture(autouse=True)
def _own_mailbox(_fresh_state: None, settings: Settings) -> None:
    """Leave the mail queue to the test, and mail to the portal's own inbox."""
    app.conf.task_always_eager = False
    settings.EMAIL_BACKEND = "portal.inbox.backend.InboxBackend"


@pytest.fixture
def visitor(world: World) -> Visitor:
    """Someone at a browser in which nobody has signed in yet."""
    return Visitor()
