"""Two browsers."""

import pytest

from tests.console.browsing import SAFARI, Browser


@pytest.fixture
def laptop(db: None) -> Browser:
    """A browser in which nobody is signed in yet."""
    return Browser()


@pytest.fixture
def desktop(db: None) -> Browser:
    """A second browser, on another machine at another address."""
    return Browser(user_agent=SAFARI, address="198.51.100.20")
