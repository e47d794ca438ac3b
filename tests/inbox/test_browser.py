"""The inbox in a real browser: a hostile mail is looked at and can do nothing."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Browser, Dialog, Request
from pytest_django.live_server_helper import LiveServer

from portal.inbox.models import Message
from tests.inbox.test_pages import HOSTILE

Receive = Callable[..., Message]


@pytest.mark.browser
@pytest.mark.django_db(transaction=True)
def test_ml_03_a_hostile_mail_reaches_nothing_and_runs_nothing(receive: Receive, live_server: LiveServer, browser: Browser) -> None:
    link = '<p><a href="https://evil.test/phish" id="away">Sign in</a></p>'
    mail = receive(code="271828", html=HOSTILE + link)
    context = browser.new_context(base_url=live_server.url)
    page = context.new_page()
    asked: list[Request] = []
    dialogs: list[Dialog] = []

    def note(request: Request) -> None:
        asked.append(request)

    def answer(dialog: Dialog) -> None:
        dialogs.append(dialog)
        dialog.dismiss()

    page.on("request", note)
    page.on("dialog", answer)
    page.goto("/inbox/")
    page.get_by_role("link", name=mail.subject).click()
    assert page.get_by_test_id("code").inner_text() == "271828"
    frame = page.frame_locator("iframe")
    frame.locator("#away").click()
    page.wait_for_timeout(500)
    assert page.url == f"{live_server.url}/inbox/{mail.pk}"
    refusals = {request.failure for request in asked if "evil.test" in request.url}
    assert refusals <= {"csp", "net::ERR_BLOCKED_BY_CSP"}  # noted by the browser and never sent: a look-up would fail otherwise
    assert dialogs == []
    assert page.get_by_role("heading", name=mail.subject, level=1).is_visible()
    context.close()
