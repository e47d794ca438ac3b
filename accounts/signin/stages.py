"""What a stage of a journey is."""

from collections.abc import Callable
from dataclasses import dataclass

from django.urls import reverse

from accounts.signin.attempt import Attempt


@dataclass(frozen=True, slots=True)
class Stage:
    """One step of a sign-in: `pending` tells from the attempt alone whether the step is still to be taken; `url_name` is its page."""

    name: str
    url_name: str
    pending: Callable[[Attempt], bool]

    @property
    def address(self) -> str:
        """The path of the stage's page."""
        return reverse(self.url_name)
