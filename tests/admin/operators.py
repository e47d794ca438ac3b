"""A browser in which an operator is signed in: by the forms, or already."""

from typing import Any

from django.test import Client

from accounts.sessions.flows import OPERATOR, open_session
from portal.network.origin import Origin
from portal.world.people import Person
from tests.console.browsing import token_in
from tests.mfa.codes import principal_of, unused_code


class OperatorBrowser:
    """One browser. CSRF is checked as in production."""

    def __init__(self) -> None:
        self.client = Client(enforce_csrf_checks=True, HTTP_USER_AGENT="Mozilla/5.0 Firefox/140.0", REMOTE_ADDR="203.0.113.9")
        self._tokens: dict[tuple[str, ...], str] = {}

    def token_of(self, page: str) -> str:
        """Return the CSRF token that a page carries; a page stays open while the cookies are the same."""
        seen = (page, *(cookie.value for cookie in self.client.cookies.values()))
        if seen not in self._tokens:
            self._tokens[seen] = token_in(self.client.get(page))
        return self._tokens[seen]

    def send(self, path: str, page: str = "", **fields: Any) -> Any:
        """Send a form of `page` (default: of `path` itself)."""
        return self.client.post(path, {"csrfmiddlewaretoken": self.token_of(page or path), **fields})

    def give_password(self, name: str, password: str, *, wanted: str = "/admin/") -> Any:
        """Send the operators' form and return its answer."""
        page = f"/signin/operator?next={wanted}"
        return self.send(page, username=name, password=password)

    def sign_in(self, operator: Person, *, wanted: str = "/admin/") -> Any:
        """Give the password and then a code of the operator's app, and return the answer to the code."""
        answer = self.give_password(operator.username, operator.password, wanted=wanted)
        assert (answer.status_code, answer.headers["Location"]) == (303, "/signin/mfa/")
        return self.send("/signin/mfa/", code=unused_code(operator))

    def act(self, model: str, action: str, *keys: object, confirmed: bool = True, **fields: str) -> Any:
        """Do an action of a list to rows, as its confirmation page does, or as the list does when not `confirmed`.

        `model` is the list's name, with its app before it where that is not `accounts`.
        """
        path = f"/admin/{model if '/' in model else f'accounts/{model}'}/"
        chosen: dict[str, Any] = {"_selected_action": [str(key) for key in keys], "action": action}
        rest = {"confirmed": "yes"} if confirmed else {"index": "0"}
        return self.send(path, **chosen, **rest, **fields)


def let_in(client: Client, operator: Person) -> None:
    """Have `operator` signed in, as by the forms, which cost four requests; `tests/journeys/test_operator.py` and `test_entry.py` are about those."""
    origin = Origin(address=client.defaults["REMOTE_ADDR"], region="us-east-1", regional=False, user_agent="Firefox", host="localhost")
    _session, client.cookies[OPERATOR] = open_session(principal_of(operator), origin=origin, factor="operator/phone")


def signed_in(operator: Person) -> OperatorBrowser:
    """Return a browser in which `operator` is signed in."""
    browser = OperatorBrowser()
    let_in(browser.client, operator)
    return browser
