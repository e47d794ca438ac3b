"""The event log followed live, in a browser."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.fixtures.browser import OpenPage
from tests.fixtures.server import Live

pytestmark = [pytest.mark.browser, pytest.mark.server]


def fail_to_sign_in(page: Page) -> None:
    """Try a password that is not Carlos's."""
    page.goto("/console/?user=iam")
    page.fill("[name=account]", "111122223333")
    page.fill("[name=username]", "Carlos")
    page.fill("[name=password]", "not his password")
    page.click("[data-testid=submit]")
    expect(page.get_by_role("alert")).to_be_visible()


def test_new_events_appear_by_themselves_until_paused(open_page: OpenPage, live: Live) -> None:
    log, visitor = open_page(), open_page()
    log.goto("/trail/?name=ConsoleLogin")
    expect(log.get_by_text("No event matches")).to_be_visible()
    fail_to_sign_in(visitor)
    row = log.locator("tbody tr")
    expect(row).to_have_count(1)
    expect(row).to_contain_text("Carlos")
    expect(row).to_contain_text("Failed authentication")
    expect(log.get_by_text("No event matches")).to_be_hidden()
    expect(log.get_by_role("status").filter(has_text="New events: 1.")).to_be_visible()
    log.get_by_role("button", name="Pause").click()
    fail_to_sign_in(visitor)
    log.wait_for_timeout(3000)
    expect(row).to_have_count(1)
    log.get_by_role("button", name="Go on").click()
    expect(row).to_have_count(2)
    row.first.get_by_role("link").first.click()
    expect(log.get_by_role("heading", name="ConsoleLogin")).to_be_visible()
    expect(log.locator("#record")).to_contain_text('"errorMessage": "Failed authentication"')


def test_without_javascript_a_link_refreshes_the_log(open_page: OpenPage, live: Live) -> None:
    log, visitor = open_page(javascript=False), open_page()
    log.goto("/trail/?name=ConsoleLogin")
    expect(log.get_by_role("button", name=re.compile("Pause|Go on"))).to_have_count(0)
    fail_to_sign_in(visitor)
    log.get_by_role("link", name="Refresh").click()
    expect(log.locator("tbody tr")).to_have_count(1)


@pytest.mark.parametrize("language", ["en", "ja"])
def test_the_pages_fit_a_narrow_screen(open_page: OpenPage, live: Live, language: str) -> None:
    fail_to_sign_in(open_page())
    log = open_page(language=language, width=320, scheme="dark")
    log.goto("/trail/")
    assert log.evaluate("document.documentElement.scrollWidth") == 320
    log.locator("tbody a").first.click()
    expect(log.locator("#record")).to_be_visible()
    assert log.evaluate("document.documentElement.scrollWidth") == 320
