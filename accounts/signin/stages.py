"""What a stage of a journey is."""

from collections.abc import Callable
from dataclasses import dataclass

from django.http import HttpRequest

from accounts.signin.attempt import Attempt
from portal.core.http import address


@dataclass(frozen=True, slots=True)
class Stage:
    """One step of a sign-in: `pending` tells from the attempt alone whether the step is still to be taken; `url_name` is its page.

    `assess` finds out what the step asks of this attempt, where that hangs on more than the attempt holds; it runs whenever the
    journey looks at the step, so that nothing found out earlier is relied upon. An error in it ends the request, never the step.
    """

    name: str
    url_name: str
    pending: Callable[[Attempt], bool]
    assess: Callable[[HttpRequest, Attempt], None] | None = None

    @property
    def address(self) -> str:
        """The path of the stage's page."""
        return address(self.url_name)
