"""The same sign-ins over a real socket: web server, worker and cache of the running demo, the mail sent by Celery."""

from typing import Any
from urllib.parse import urljoin, urlsplit

import requests

from tests.fixtures.server import Live
from tests.journeys.visitor import HOME, SKIP, form_to, forms_in

TRAINING = {"X-Training": "1"}


class Surfer:
    """A browser over HTTP that follows redirects hop by hop."""

    def __init__(self, live: Live) -> None:
        self.live = live
        self.session = requests.Session()

    def get(self, path: str) -> requests.Response:
        """Open an address and do not follow it."""
        return self.session.get(urljoin(self.live.base_url, path), allow_redirects=False, timeout=20)

    def sends(self, page: requests.Response, **typed: str) -> requests.Response:
        """Fill in a page's form and send it."""
        (form,) = forms_in(page.text)
        return self._posts(urljoin(page.url, form.action), form.fields | typed)

    def puts_off_registration(self, answer: requests.Response) -> requests.Response:
        """Answer the offer of registering a second factor with "Not now"."""
        offer = self.goes(answer, "/signin/mfa/register")
        return self._posts(urljoin(offer.url, SKIP), form_to(offer.text, SKIP).fields)

    def _posts(self, address: str, fields: dict[str, str]) -> requests.Response:
        return self.session.post(address, fields, headers={"Origin": self.live.base_url}, allow_redirects=False, timeout=20)

    def goes(self, answer: requests.Response, path: str) -> requests.Response:
        """Follow a redirect that must lead to `path`."""
        assert (answer.status_code, urlsplit(answer.headers.get("Location", "")).path) == (303, path)
        return self.get(answer.headers["Location"])

    def enters_console(self, answer: requests.Response) -> str:
        """Follow the end of a sign-in to the console, and return the session's name."""
        answer = self.goes(self.goes(answer, "/v1/authorize"), "/console/callback")
        home = HOME.fullmatch(urlsplit(answer.headers["Location"]).path)
        assert home
        assert self.get(answer.headers["Location"]).status_code == 200
        return home[1]

    def json(self, path: str, **query: str) -> Any:
        """Return what an API answers."""
        answer = self.session.get(self.live.base_url + path, params=query, headers=TRAINING, timeout=40)
        assert answer.status_code == 200, answer.text
        return answer.json()


def test_root_user_and_iam_user_in_one_browser(live: Live) -> None:
    surfer = Surfer(live)
    people = {person["email"] or person["username"]: person for person in surfer.json("/training/api/world")["people"]}
    root, carlos = people["management@example.com"], people["Carlos"]

    page = surfer.goes(surfer.sends(surfer.get("/console/?user=root"), email=root["email"]), "/signin/security-check")
    page = surfer.goes(surfer.sends(page, captcha=surfer.json("/training/api/captcha")["answer"]), "/signin/password")
    page = surfer.goes(surfer.sends(page, password=root["password"]), "/signin/verification-code")
    (mail,) = surfer.json("/inbox/api/messages", to=root["email"], subject="verification", wait="20")["messages"]
    first = surfer.enters_console(surfer.puts_off_registration(surfer.sends(page, code=mail["codes"][0])))

    page = surfer.get("/console/?add=1&user=iam")
    second = surfer.enters_console(surfer.sends(page, account=carlos["account"], username="Carlos", password=carlos["password"]))
    assert len({first, second}) == 2
    assert all(surfer.get(f"/console/{name}/home").status_code == 200 for name in (first, second))
    names = [event["eventName"] for event in surfer.json("/trail/api/events", account=root["account"])["events"]]
    assert names == ["ConsoleLogin", "ConsoleLogin"]

    moved = surfer.session.post(f"{live.base_url}/training/api/clock", json={"advance_seconds": 12 * 3600 + 1}, headers=TRAINING, timeout=20)
    assert moved.ok
    assert surfer.get(f"/console/{first}/home").status_code == 303, "every process sees the clock move"
