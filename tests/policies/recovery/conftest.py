"""A locked account, the operator at the desk, and somebody at home."""

import pytest

from portal.world.people import Person
from tests.fixtures.people import World
from tests.journeys.visitor import Visitor
from tests.policies.recovery import steps


@pytest.fixture
def desk(operator: Person) -> Visitor:
    """The operator's browser."""
    return steps.at_the_desk(operator)


@pytest.fixture
def at_home(world: World) -> Visitor:
    """Somebody at home, whom the locked account's policy keeps out."""
    return Visitor(address=steps.HOME_ADDRESS)


@pytest.fixture
def locked(world: World) -> None:
    """The standalone account lets the office alone in."""
    steps.lock_out()


@pytest.fixture
def administrator(world: World) -> Person:
    """An administrator of the standalone account."""
    return steps.emergency(world)


@pytest.fixture
def developer(world: World) -> Person:
    """An IAM user of the standalone account who may not delete anything."""
    return steps.alice(world)
