"""What tests read on the pages where devices are managed, and what they send from them."""

import re
from datetime import timedelta
from typing import Any

from accounts.models import SignInSession
from mfa.models import Authenticator
from portal.conf import conf
from portal.core import clock
from portal.world.people import Person
from tests.console.browsing import Browser, principal_of

_ROW = re.compile(r'<tr data-device="(\d+)">(.*?)</tr>', re.DOTALL)


def security(session: SignInSession) -> str:
    """Return the address of a session's security page."""
    return f"/console/{session.name}/security"


def rooms(session: SignInSession) -> str:
    """Return the path that a session's pages of second factors are below."""
    return f"/console/{session.name}/mfa/"


def rows(browser: Browser, session: SignInSession) -> dict[int, str]:
    """Return the listed devices by key, as HTML."""
    return {int(key): row for key, row in _ROW.findall(browser.get(security(session)).content.decode())}


def devices(person: Person) -> list[Authenticator]:
    """Return what a person has registered, oldest first."""
    return list(Authenticator.objects.filter(user=principal_of(person), confirmed=True).order_by("id"))


def sends(browser: Browser, session: SignInSession, room: str, **fields: str) -> Any:
    """Send a form to one of the session's rooms, with the token of its security page."""
    return browser.send(rooms(session) + room, page=security(session), **fields)


def some_time_passes() -> None:
    """Let so much time pass that the sign-in is no recent proof any more."""
    clock.advance(conf.reauthentication_lifetime + timedelta(seconds=1))


def where(answer: Any) -> tuple[int, str]:
    """Return status and target of an answer."""
    return answer.status_code, answer.get("Location", "")
