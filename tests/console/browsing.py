"""A browser in which identities are signed in: its own cookies, and every form sent as a person would send it."""

import re
from typing import Any

from django.test import Client

from accounts.models import Principal, SignInSession
from accounts.sessions.browser import session_cookie
from accounts.sessions.flows import open_session
from portal.core import clock
from portal.network.origin import Origin
from portal.world.people import Person

TOKEN = re.compile(r'name="csrfmiddlewaretoken" value="([^"]+)"')
FIREFOX = "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:140.0) Gecko/20100101 Firefox/140.0"
SAFARI = "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.4 Safari/605.1.15"


def principal_of(person: Person) -> Principal:
    """Return the stored principal of one of the demo's people."""
    if person.username:
        return Principal.objects.select_related("account").get(kind="iam_user", account_id=person.account, name=person.username)
    return Principal.objects.select_related("account").get(kind="root", account_id=person.account)


def token_in(page: Any) -> str:
    """Return the CSRF token that a page carries."""
    found = TOKEN.search(page.content.decode())
    assert found, f"{page.request['PATH_INFO']} answers {page.status_code} without a token"
    return found[1]


class Browser:
    """One browser. CSRF is checked as in production."""

    def __init__(self, *, user_agent: str = FIREFOX, address: str = "203.0.113.7") -> None:
        self.client = Client(enforce_csrf_checks=True, HTTP_USER_AGENT=user_agent, REMOTE_ADDR=address)
        self.user_agent = user_agent
        self.address = address
        self._tokens: dict[tuple[str, ...], str] = {}

    def opens(self, person: Person, *, region: str = "us-east-1") -> SignInSession:
        """Have `person` signed in here, the console open, and return the session."""
        origin = Origin(address=self.address, region=region, regional=False, user_agent=self.user_agent, host="localhost")
        session, secret = open_session(principal_of(person), origin=origin)
        SignInSession.objects.filter(pk=session.pk).update(console_since=clock.now())
        self.client.cookies[session_cookie(session.name)] = secret
        return session

    def secret_of(self, session: SignInSession) -> str:
        """Return the secret that this browser holds for `session`; empty when it holds none."""
        found = self.client.cookies.get(session_cookie(session.name))
        return found.value if found else ""

    def get(self, path: str) -> Any:
        """Open a page."""
        return self.client.get(path)

    def home(self, session: SignInSession) -> Any:
        """Open the session's home page."""
        return self.get(f"/console/{session.name}/home")

    def token_of(self, page: str) -> str:
        """Return the CSRF token that a page of this browser carries; a page stays open while the cookies are the same."""
        seen = (page, *(cookie.value for cookie in self.client.cookies.values()))
        if seen not in self._tokens:
            self._tokens[seen] = token_in(self.get(page))
        return self._tokens[seen]

    def send(self, path: str, *, page: str, **fields: str) -> Any:
        """Send a form of `page` to `path`."""
        return self.client.post(path, {"csrfmiddlewaretoken": self.token_of(page), **fields})

    def is_in(self, session: SignInSession) -> bool:
        """Tell whether the console of `session` opens here, as the identity that it belongs to."""
        answer = self.home(session)
        if answer.status_code != 200:
            assert answer.status_code == 303
            return False
        assert f'data-testid="arn">{session.principal.arn}<' in answer.content.decode()
        return True
