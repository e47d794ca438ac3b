"""Fixtures of the admin site that other rooms' tests use as well."""

import pytest

from portal.world.people import Person
from tests.admin.operators import OperatorBrowser, signed_in


@pytest.fixture
def operator_browser(operator: Person) -> OperatorBrowser:
    """A browser in which the demo's operator is signed in."""
    return signed_in(operator)
