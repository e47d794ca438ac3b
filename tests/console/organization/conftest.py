"""Administrators of the organisation at work."""

import pytest

from tests.console.browsing import Browser
from tests.console.organization.room import Room
from tests.fixtures.people import World


@pytest.fixture
def laptop(db: None) -> Browser:
    """A browser in which nobody is signed in yet."""
    return Browser()


@pytest.fixture
def carlos_room(laptop: Browser, world: World) -> Room:
    """Organization policies as Carlos, an administrator of the management account, has them open."""
    return Room(laptop, laptop.opens(world["111122223333", "Carlos"]))
