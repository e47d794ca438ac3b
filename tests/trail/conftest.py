"""Who does something, and from where."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from portal.core import clock
from portal.network.origin import Origin
from portal.trail.identity import Identity
from portal.trail.models import Event
from portal.trail.names import EventName
from portal.trail.record import record

FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:133.0) Gecko/20100101 Firefox/133.0"

Happened = Callable[..., Event]


@pytest.fixture
def origin() -> Origin:
    """A browser in the office that reached the global endpoint."""
    return Origin(address="203.0.113.7", region="us-east-1", regional=False, user_agent=FIREFOX, host="signin.localhost:8000")


@pytest.fixture
def regional_origin() -> Origin:
    """The same browser at the endpoint of a region."""
    return Origin(address="203.0.113.7", region="ap-southeast-1", regional=True, user_agent=FIREFOX, host="signin.localhost:8000")


@pytest.fixture
def root() -> Identity:
    """The root user of an account that has an alias."""
    return Identity.root("111122223333", "anycompany")


@pytest.fixture
def carlos() -> Identity:
    """An IAM user who proved it."""
    return Identity.iam_user("111122223333", "Carlos", "AIDACKCEVSQ6C2EXAMPLE", "arn:aws:iam::111122223333:user/Carlos")


@pytest.fixture
def happened(db: None, origin: Origin, carlos: Identity) -> Happened:
    """Record an event: a successful sign-in of Carlos, `ago` before the present, unless told otherwise."""

    def happen(name: EventName = EventName.CONSOLE_LOGIN, *, ago: timedelta = timedelta(0), **changed: Any) -> Event:
        given: dict[str, Any] = {"identity": carlos, "origin": origin, "succeeded": True} | changed
        clock.advance(-ago)
        try:
            return record(name, **given)
        finally:
            clock.advance(ago)

    return happen
