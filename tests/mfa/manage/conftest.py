"""Two browsers, and people by what they have registered."""

import pytest

from portal.world.people import Person
from tests.console.browsing import SAFARI, Browser
from tests.fixtures.people import World


@pytest.fixture
def laptop(db: None) -> Browser:
    """A browser in which nobody is signed in yet."""
    return Browser()


@pytest.fixture
def desktop(db: None) -> Browser:
    """A second browser, on another machine at another address."""
    return Browser(user_agent=SAFARI, address="198.51.100.20")


@pytest.fixture
def alice(world: World) -> Person:
    """An IAM user with one authenticator app."""
    return world["111122223333", "alice"]


@pytest.fixture
def jorge(world: World) -> Person:
    """An IAM user with an authenticator app and a passkey."""
    return world["111122223333", "Jorge_Souza"]


@pytest.fixture
def carlos(world: World) -> Person:
    """An IAM user without any device."""
    return world["111122223333", "Carlos"]


@pytest.fixture
def efua(world: World) -> Person:
    """An IAM user with one authenticator app, who must have one."""
    return world["888888888888", "Efua_Owusu"]
