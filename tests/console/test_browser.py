"""The console in Chromium: two tabs, signing out, ending a session elsewhere, narrow screens."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.fixtures.browser import OpenPage
from tests.fixtures.server import Live

pytestmark = [pytest.mark.browser, pytest.mark.server]

CARLOS = ("111122223333", "Carlos", "Copper-Kettle-2381")
MARY = ("444455556666", "Mary_Major", "Juniper-Castle-4096")
HOME = re.compile(r"/console/[0-9]{12}-[a-z0-9]{8}/home")


def sign_in(page: Page, person: tuple[str, str, str], *, add: bool = False) -> None:
    """Sign in as a person does, the security check included when one is due."""
    account, name, password = person
    page.goto(f"/console/?user=iam&account={account}{'&add=1' if add else ''}")
    page.fill("[name=username]", name)
    page.fill("[name=password]", password)
    page.click("[data-testid=submit]")
    page.wait_for_load_state()
    if page.locator("[name=captcha]").count():
        page.fill("[name=captcha]", page.request.get("/training/api/captcha", headers={"X-Training": "1"}).json()["answer"])
        page.click("[data-testid=submit]")
    page.wait_for_url(HOME)


def identity_menu(page: Page) -> None:
    """Open the identity menu."""
    page.locator("[data-testid=identity-menu] > summary").click()


def test_ses_13_two_tabs_stay_with_their_identities(open_page: OpenPage) -> None:
    first = open_page()
    sign_in(first, CARLOS)
    identity_menu(first)
    with first.expect_popup() as opened:
        first.get_by_test_id("add-session").click()
    second = opened.value
    sign_in(second, MARY, add=True)
    for _ in range(3):
        first.reload()
        second.reload()
        expect(first.get_by_test_id("arn")).to_have_text("arn:aws:iam::111122223333:user/Carlos")
        expect(second.get_by_test_id("arn")).to_have_text("arn:aws:iam::444455556666:user/Mary_Major")
    identity_menu(first)
    first.get_by_test_id("switch").click()
    expect(first.get_by_test_id("arn")).to_have_text("arn:aws:iam::444455556666:user/Mary_Major")


def test_signing_out_of_one_and_then_of_the_last(open_page: OpenPage) -> None:
    page = open_page()
    sign_in(page, CARLOS)
    sign_in(page, MARY, add=True)
    identity_menu(page)
    expect(page.get_by_role("button", name="Sign out from all sessions")).to_be_visible()
    page.get_by_role("button", name="Sign out from current session").click()
    expect(page.get_by_text("These identities are still signed in.")).to_be_visible()
    page.get_by_test_id("open-session").click()
    identity_menu(page)
    page.get_by_role("button", name="Sign out", exact=True).click()
    expect(page.get_by_text("You are signed out.")).to_be_visible()
    page.go_back()
    page.wait_for_url(re.compile(r"/console/\?ended=1"))
    expect(page.get_by_text("Your session has ended. Sign in again.")).to_be_visible()


@pytest.mark.parametrize("javascript", [True, False])
def test_a_session_in_another_browser_is_ended(open_page: OpenPage, live: Live, javascript: bool) -> None:
    here, there = open_page(javascript=javascript), open_page()
    sign_in(there, CARLOS)
    sign_in(here, CARLOS)
    here.goto(here.url.replace("/home", "/security").partition("?")[0])
    expect(here.locator("tr[data-session]")).to_have_count(2)
    here.get_by_test_id("end").locator("summary").click()
    here.get_by_role("button", name="End now").click()
    expect(here.get_by_text("The session has ended.")).to_be_visible()
    expect(here.locator("tr[data-session]")).to_have_count(1)
    there.reload()
    expect(there.get_by_text("Your session has ended. Sign in again.")).to_be_visible()


def test_times_are_in_the_readers_language(open_page: OpenPage) -> None:
    page = open_page(language="ja")
    sign_in(page, CARLOS)
    expect(page.locator("time").first).to_have_text(re.compile(r"^\d{4}/\d{2}/\d{2} "))
    expect(page.locator("time").first).to_have_attribute("title", re.compile(r"UTC$"))


@pytest.mark.parametrize(("language", "scheme"), [("en", "light"), ("ja", "dark")])
def test_console_pages_fit_a_narrow_screen(open_page: OpenPage, language: str, scheme: str) -> None:
    page = open_page(language=language, scheme=scheme, width=320)
    sign_in(page, CARLOS)
    home = page.url
    for address in (home, home.replace("/home", "/security"), "/console/sessions"):
        page.goto(address)
        assert page.evaluate("document.documentElement.scrollWidth") == 320, address
