"""People at the pages of the rehearsal."""

import pytest

from tests.admin.fixtures import operator_browser
from tests.fixtures.people import World
from tests.rehearsal.pages import Rehearser

__all__ = ["operator_browser"]


@pytest.fixture
def rehearser(world: World) -> Rehearser:
    """Somebody at a browser in which nobody has signed in."""
    return Rehearser()
