"""Programs sign in through a real browser: a listener on the loopback callback, and the code for another computer."""

import threading
from base64 import b64decode
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
from playwright.sync_api import Page, expect

from accounts.oauth.clients import CROSS_DEVICE_ID, SAME_DEVICE_ID
from portal.core import pkce
from portal.core.tokens import new_token
from portal.world.people import Person
from tests.browser import steps
from tests.browser.conftest import People
from tests.browser.foreign import ForeignSite
from tests.browser.inspection import Inspector
from tests.fixtures.browser import OpenPage
from tests.fixtures.server import Live

pytestmark = [pytest.mark.browser, pytest.mark.server]


class Listener(HTTPServer):
    """What `aws login` runs while it waits: any GET is answered, and what came is kept."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.came: list[dict[str, str]] = []
        self.referrers: list[str] = []
        threading.Thread(target=self.serve_forever, daemon=True).start()

    @property
    def callback(self) -> str:
        """The redirect URI."""
        return f"http://127.0.0.1:{self.server_port}/oauth/callback"


class _Handler(BaseHTTPRequestHandler):
    server: Listener

    def do_GET(self) -> None:
        query = {name: values[0] for name, values in parse_qs(urlsplit(self.path).query).items()}
        if query:
            self.server.came.append(query)
            self.server.referrers.append(self.headers.get("Referer", ""))
        self.send_response(200)
        self.end_headers()
        self.wfile.write(b"<h1>Back in the terminal</h1>")

    def log_message(self, *args: object) -> None:  # the base class writes to stderr
        pass


@pytest.fixture
def listener() -> Iterator[Listener]:
    """A program that waits."""
    with Listener() as waiting:
        yield waiting
        waiting.shutdown()


def address(client_id: str, redirect_uri: str, state: str = "s-1") -> str:
    """Return the address that the program opens."""
    return "/v1/authorize?" + urlencode(
        {
            "response_type": "code",
            "client_id": client_id,
            "state": state,
            "code_challenge_method": "SHA-256",
            "scope": "openid",
            "redirect_uri": redirect_uri,
            "code_challenge": pkce.challenge_of(verifier=new_token() + new_token()),
        }
    )


def sign_in(page: Page, person: Person) -> None:
    """Sign in on the page where a program's request led."""
    page.goto(page.url + "&user=iam")
    steps.fill(page, account=person.account, username=person.username, password=person.password)


@pytest.mark.parametrize("javascript", [True, False])
def test_a_person_signs_in_allows_and_is_back_in_the_terminal(open_page: OpenPage, listener: Listener, carlos: Person, javascript: bool) -> None:
    page = open_page(javascript=javascript)
    page.goto(address(SAME_DEVICE_ID, listener.callback))
    sign_in(page, carlos)
    expect(page.get_by_test_id("program")).to_have_text("AWS CLI or SDK on this computer")
    page.get_by_test_id("allow").click()
    expect(page.get_by_role("heading")).to_have_text("Back in the terminal")
    assert listener.came[0]["state"] == "s-1"
    assert listener.came[0]["code"]
    assert set(listener.referrers) == {""}, "BRW-08: nobody learns where the person came from"


def test_deny_by_keyboard_ends_the_program_that_waits(page: Page, listener: Listener, carlos: Person) -> None:
    page.goto(address(SAME_DEVICE_ID, listener.callback))
    sign_in(page, carlos)
    page.get_by_test_id("allow").focus()
    page.keyboard.press("Tab")
    expect(page.get_by_test_id("deny")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading")).to_have_text("Back in the terminal")
    assert listener.came[0]["error"] == "access_denied"
    page.go_back()
    page.reload()
    expect(page.get_by_role("heading", level=1)).to_have_text("This request has been answered")


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1"])
def test_the_code_for_another_computer_is_copied(page: Page, live: Live, carlos: Person, host: str) -> None:
    """Whichever of its two names the terminal has for the portal."""
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    base = live.base_url.replace("localhost", host)
    page.goto(base + address(CROSS_DEVICE_ID, f"{base}/v1/sessions/confirmation"))
    sign_in(page, carlos)
    page.get_by_test_id("allow").click()
    shown = page.get_by_test_id("code").input_value()
    page.get_by_test_id("copy").click()
    expect(page.get_by_text("Copied", exact=True)).to_be_visible()
    assert page.evaluate("navigator.clipboard.readText()") == shown
    assert parse_qs(b64decode(shown).decode())["state"] == ["s-1"]


def test_brw_04_a_foreign_page_cannot_frame_the_question(page: Page, live: Live, listener: Listener, carlos: Person, foreign: ForeignSite) -> None:
    page.goto(address(SAME_DEVICE_ID, listener.callback))
    sign_in(page, carlos)
    expect(page.get_by_test_id("allow")).to_be_visible()
    answer = page.request.get(page.url)
    assert "frame-ancestors 'none'" in answer.headers["content-security-policy"]
    assert answer.headers["x-frame-options"] == "DENY"


def test_every_page_is_accessible_and_fits_a_narrow_screen(page: Page, live: Live, listener: Listener, carlos: Person, people: People) -> None:
    inspector = Inspector(page)
    page.goto(address(SAME_DEVICE_ID, listener.callback))
    sign_in(page, carlos)
    inspector.look("consent")
    steps.sign_in_iam_user(page, people["111122223333", "zhang@example.com"], add=True)
    page.goto(address(SAME_DEVICE_ID, listener.callback))
    inspector.look("consent with a chooser")
    page.get_by_text("zhang@example.com").first.click()
    page.get_by_test_id("allow").click()
    expect(page.get_by_test_id("missing")).to_be_visible()
    inspector.look("a permission is missing")
    page.goto(address(CROSS_DEVICE_ID, f"{live.base_url}/v1/sessions/confirmation"))
    inspector.look("consent for another computer")
    page.get_by_test_id("allow").click()
    inspector.look("the code")
    page.goto("/v1/sessions/confirmation")
    inspector.look("no code")
    assert not inspector.faults, inspector.faults
