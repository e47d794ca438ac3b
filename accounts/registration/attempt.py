"""The unfinished registration: one small value under one session key, with a timeout."""

from dataclasses import asdict, dataclass, field, fields
from typing import Any

from django.http import HttpRequest

from portal.conf import conf
from portal.core import clock
from portal.core.tokens import new_token

SESSION_KEY = "registration"


@dataclass(slots=True)
class Registration:
    """How far a registration has come. Holds what was typed openly and what was proved, never a secret.

    `account` is the id of the account once it exists. `started_at` is in epoch seconds on the simulated clock.
    """

    email: str
    account_name: str
    id: str = field(default_factory=new_token)
    started_at: float = field(default_factory=lambda: clock.now().timestamp())
    checked: bool = False
    proved: bool = False
    account: str = ""

    @property
    def expired(self) -> bool:
        """Whether the registration is older than an attempt may be, or from a time that has not come yet."""
        age = clock.now().timestamp() - self.started_at
        return not -60 <= age <= conf.attempt_lifetime.total_seconds()

    @property
    def step(self) -> str:
        """The URL name of the one step that may be taken now, in the order of the journey."""
        if not self.checked:
            return "registration:check"
        if not self.proved:
            return "registration:code"
        return "registration:done" if self.account else "registration:details"


_FIELDS = frozenset(item.name for item in fields(Registration))


def load(request: HttpRequest) -> Registration | None:
    """Return this browser's registration, or None when there is none or it has timed out."""
    stored: dict[str, Any] | None = request.session.get(SESSION_KEY)
    if not stored or stored.keys() != _FIELDS:
        return None
    registration = Registration(**stored)
    return None if registration.expired else registration


def save(request: HttpRequest, registration: Registration) -> None:
    """Keep `registration` for this browser."""
    request.session[SESSION_KEY] = asdict(registration)


def renew(request: HttpRequest, registration: Registration) -> None:
    """Keep `registration` under a new session id, after the address was proved (security catalogue SES-01)."""
    save(request, registration)
    request.session.cycle_key()


def forget(request: HttpRequest) -> None:
    """Drop this browser's registration."""
    request.session.pop(SESSION_KEY, None)
