"""What the tests of authenticator apps share."""

import pytest

from tests.mfa.totp.clocks import StoppedClock


@pytest.fixture
def stopped(monkeypatch: pytest.MonkeyPatch) -> StoppedClock:
    """Stop the clock that codes run on."""
    return StoppedClock(monkeypatch)
