"""A program's request in a browser: the address that `aws login` opens, and the page that it leads to."""

import json
import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

from accounts.models import SignInSession
from accounts.sessions.browser import session_cookie
from accounts.sessions.flows import open_session
from portal.core import clock, pkce
from portal.network.origin import Origin
from portal.trail.models import Event
from portal.trail.names import EventName
from portal.world.people import Person
from tests.console.browsing import principal_of
from tests.journeys.visitor import Visitor, form_to
from tests.oauth.tool import Tool

ALLOWED = EventName.AUTHORIZE_OAUTH2_ACCESS
CONSENT = "/v1/authorize/consent"
STATE = "5d2ecb42-9f1c-4a56-9f2e-0d6c1f3b7a10"


def parameters(tool: Tool) -> dict[str, str]:
    """Return what `aws login` puts into the address, in its order."""
    return {
        "response_type": "code",
        "client_id": tool.client_id,
        "state": STATE,
        "code_challenge_method": "SHA-256",
        "scope": "openid",
        "redirect_uri": tool.redirect_uri,
        "code_challenge": pkce.challenge_of(verifier=tool.verifier),
    }


def address(tool: Tool, **changes: str | None) -> str:
    """Return the address, with parameters changed, or left out where they are None."""
    given = parameters(tool) | changes
    return "/v1/authorize?" + urlencode({name: value for name, value in given.items() if value is not None})


def signed_in(visitor: Visitor, person: Person, *, factor: str = "") -> SignInSession:
    """Have `person` signed in in the visitor's browser, the console open."""
    origin = Origin(address=visitor.address, region="us-east-1", regional=False, user_agent=visitor.user_agent, host="localhost:8000")
    session, secret = open_session(principal_of(person), origin=origin, factor=factor)
    SignInSession.objects.filter(pk=session.pk).update(console_since=clock.now())
    visitor.client.cookies[session_cookie(session.name)] = secret
    return session


def asks(visitor: Visitor, tool: Tool, **changes: str | None) -> Any:
    """Open the address in the visitor's browser, and follow it to the page that asks."""
    answer = visitor.get(address(tool, **changes))
    assert (answer.status_code, answer.headers["Location"].partition("=")[0]) == (303, f"{CONSENT}?request"), answer.headers
    return visitor.get(answer.headers["Location"])


def answers(visitor: Visitor, page: Any, answer: str, **typed: str) -> Any:
    """Press one of the two buttons of the page."""
    form = form_to(page.content.decode(), CONSENT)
    return visitor.posts(CONSENT, form.fields | {"answer": answer} | typed)


def sent(answer: Any) -> dict[str, str]:
    """Return what a redirect brings to the program."""
    assert answer.status_code == 303, (answer.status_code, answer.content.decode()[:2000])
    query = parse_qs(urlsplit(answer.headers["Location"]).query, keep_blank_values=True)
    assert all(len(values) == 1 for values in query.values())
    return {name: values[0] for name, values in query.items()}


def shown_code(page: Any) -> str:
    """Return the text of the confirmation page that the person copies."""
    found = re.search(r'data-testid="code">([^<]+)</textarea>', page.content.decode())
    assert found, page.content.decode()[:3000]
    return found[1]


def record_of(**found: Any) -> Mapping[str, Any]:
    """Return the one event of an answer to a program."""
    record: Mapping[str, Any] = json.loads(Event.objects.get(event_name=ALLOWED, **found).record)
    return record


def consent_of(answer: Any) -> str:
    """Return where the browser of somebody who is not signed in is to come back to."""
    where = urlsplit(answer.headers["Location"])
    assert (answer.status_code, where.path) == (303, "/console/")
    return str(parse_qs(where.query)["next"][0])
