"""Who does something, and from where."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection

from portal.core import clock
from portal.network.origin import Origin
from portal.trail.digests.findings import Fault
from portal.trail.digests.sealing import seal
from portal.trail.digests.verification import Report, verify
from portal.trail.identity import Identity
from portal.trail.models import Event
from portal.trail.names import EventName
from portal.trail.record import record

FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:133.0) Gecko/20100101 Firefox/133.0"

Happened = Callable[..., Event]
Sql = Callable[[str], int]


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


@pytest.fixture
def sql(db: None) -> Iterator[Sql]:
    """Run statements as somebody would who owns the database: the triggers are gone until the test is over."""
    tables = ("portal_event", "portal_digest", "portal_verification")
    with connection.cursor() as cursor:
        for table in tables:
            cursor.execute(f"DROP TRIGGER {table}_immutable" + (f" ON {table}" if connection.vendor == "postgresql" else ""))

        def run(statement: str) -> int:
            cursor.execute(statement)
            return int(cursor.rowcount)

        yield run  # the test's transaction is rolled back, and that with it


@pytest.fixture
def events(happened: Happened) -> list[Event]:
    """Nine events, sealed by three digests of three."""
    made = [happened() for _ in range(9)]
    assert [digest.count for digest in seal(batch=3)] == [3, 3, 3]
    return made


def faults(report: Report | None = None) -> list[tuple[Fault, int, int]]:
    """Return the kinds of fault that verifying finds, with the events or the digest that each is of."""
    found = (report or verify()).findings
    return [(one.fault, one.first, one.last) if one.first else (one.fault, one.digest, one.digest) for one in found]
