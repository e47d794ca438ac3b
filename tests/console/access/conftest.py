"""Administrators in their consoles."""

import pytest

from accounts.models import SignInSession
from portal.world.people import Person
from tests.console.browsing import Browser


@pytest.fixture
def here(laptop: Browser, iam_user: Person) -> SignInSession:
    """Carlos, an administrator of the management account, in the office."""
    return laptop.opens(iam_user)
