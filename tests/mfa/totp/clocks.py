"""The real clock that codes run on, stopped and moved."""

from time import time

import pytest

from mfa.models import AuthenticatorApp
from mfa.totp import codes, flows
from tests.mfa.codes import secret_in


class StoppedClock:
    """The clock that codes run on: it stands still ten seconds into the present time step, until it is moved."""

    def __init__(self, patch: pytest.MonkeyPatch) -> None:
        self.step = codes.step_at(time())
        self._patch = patch
        self.stands_at(10)

    def stands_at(self, seconds: float) -> None:
        """Move the clock to so many seconds after the beginning of the time step that it was stopped in."""
        self._patch.setattr(flows, "time", lambda: self.step * codes.PERIOD + seconds)

    def code(self, app: AuthenticatorApp, *, ahead: int = 0) -> str:
        """Return a device's code of the step that the clock was stopped in, or of so many ahead (negative: behind)."""
        return codes.code_at(secret_in(app), self.step + ahead)
