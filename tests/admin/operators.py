"""A browser in which an operator is signed in, by the form."""

import re
from typing import Any

from django.test import Client

from portal.world.people import Person
from tests.mfa.codes import unused_code

_TOKEN = re.compile(r'name="csrfmiddlewaretoken" value="([^"]+)"')


class OperatorBrowser:
    """One browser. CSRF is checked as in production."""

    def __init__(self) -> None:
        self.client = Client(enforce_csrf_checks=True, HTTP_USER_AGENT="Mozilla/5.0 Firefox/140.0", REMOTE_ADDR="203.0.113.9")

    def token_of(self, page: str) -> str:
        """Return the CSRF token that a page carries."""
        answer = self.client.get(page)
        found = _TOKEN.search(answer.content.decode())
        assert found, f"{page} answers {answer.status_code} without a token"
        return found[1]

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


def signed_in(operator: Person) -> OperatorBrowser:
    """Return a browser in which `operator` has signed in."""
    browser = OperatorBrowser()
    answer = browser.sign_in(operator)
    assert (answer.status_code, answer.headers["Location"]) == (303, "/admin/")
    return browser
