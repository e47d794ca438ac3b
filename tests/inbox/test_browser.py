"""The inbox in a real browser: a hostile mail is looked at and can do nothing."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Browser, Request
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
    asked: list[str] = []
    dialogs: list[str] = []

    def note(request: Request) -> None:
        asked.append(request.url)

    context.on("request", note)
    page.on("dialog", lambda dialog: (dialogs.append(dialog.message), dialog.dismiss()))
    page.goto("/inbox/")
    page.get_by_role("link", name=mail.subject).click()
    assert page.get_by_test_id("code").inner_text() == "271828"
    frame = page.frame_locator("iframe")
    frame.locator("#away").click()
    page.wait_for_timeout(500)
    assert page.url == f"{live_server.url}/inbox/{mail.pk}"
    assert [url for url in asked if "evil.test" in url] == []
    assert dialogs == []
    assert page.get_by_role("note").first.is_visible()
    context.close()
