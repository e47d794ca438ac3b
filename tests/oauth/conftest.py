"""People of the demo world who sign programs in."""

import pytest

from accounts.models import Principal, SignInSession
from portal.world.people import Person
from tests.fixtures.people import World
from tests.oauth.tool import Tool, session_of, somebody


@pytest.fixture
def tool() -> Tool:
    """A program on the same machine as the browser."""
    return Tool()


@pytest.fixture
def developer(world: World) -> Principal:
    """Alice of the management account, who may use the command line with her console sign-in."""
    return somebody("111122223333", "alice")


@pytest.fixture
def session(developer: Principal) -> SignInSession:
    """Her session."""
    return session_of(developer)


@pytest.fixture
def alice(world: World) -> Person:
    """Who may use the command line with her console sign-in."""
    return world["111122223333", "alice"]
