"""Signing in with the keyboard alone: Tab, Space, Enter, Escape. Whatever has the focus shows it."""

import pytest
from playwright.sync_api import Page, expect

from portal.world.people import Person
from tests.browser import steps
from tests.fixtures.browser import OpenPage

pytestmark = [pytest.mark.browser, pytest.mark.server]

FOCUSED = """() => {
  const element = document.activeElement;
  const style = getComputedStyle(element);
  const box = element.getBoundingClientRect();
  return {
    name: element.name || element.textContent.trim(),
    ring: style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2,
    inside: box.right > 0 && box.left < innerWidth && box.bottom > 0 && box.top < innerHeight,
  };
}"""


def focused(page: Page) -> str:
    """Return the name or the text of what has the focus, which must be seen and marked."""
    found = page.evaluate(FOCUSED)
    assert found["ring"], f"the focus on {found['name']!r} cannot be seen"
    assert found["inside"], f"{found['name']!r} has the focus out of sight"
    return str(found["name"])


def starts_at(page: Page, name: str) -> None:
    """Wait for the page that just opened to put the focus into the field of this name, which it does with its first frame."""
    expect(page.locator(":focus")).to_have_attribute("name", name)
    assert focused(page) == name


def tab_to(page: Page, name: str) -> None:
    """Press Tab until the element of this name or text has the focus."""
    passed: list[str] = []
    for _ in range(30):
        page.keyboard.press("Tab")
        passed.append(focused(page))
        if passed[-1].startswith(name):
            return
    pytest.fail(f"Tab never reached {name!r}, only {passed}")


def press_enter(page: Page) -> None:
    """Press Enter, and wait for the answer."""
    with page.expect_navigation():
        page.keyboard.press("Enter")


def test_an_iam_user_signs_in_and_out(open_page: OpenPage, carlos: Person) -> None:
    page = open_page()
    page.goto("/")
    page.keyboard.press("Tab")
    assert focused(page) == "Skip to the content"
    tab_to(page, "IAM user")
    press_enter(page)
    starts_at(page, "account")
    page.keyboard.type(carlos.account)
    tab_to(page, "username")
    page.keyboard.type(carlos.username)
    tab_to(page, "password")
    page.keyboard.type(carlos.password)
    tab_to(page, "Show")
    page.keyboard.press("Space")
    expect(page.locator("[name=password]")).to_have_attribute("type", "text")
    tab_to(page, "remember")
    page.keyboard.press("Space")
    expect(page.locator("[name=remember]")).to_be_checked()
    tab_to(page, "Sign in")
    press_enter(page)
    expect(page).to_have_url(steps.HOME)
    tab_to(page, "Carlos @ anycompany")
    page.keyboard.press("Enter")
    expect(page.get_by_test_id("sign-out")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_test_id("sign-out")).to_be_hidden()
    assert focused(page) == "Carlos @ anycompany"
    page.keyboard.press("Enter")
    tab_to(page, "Sign out")
    press_enter(page)
    expect(page.get_by_text("You are signed out.")).to_be_visible()


def test_a_root_user_signs_in(open_page: OpenPage, owner: Person) -> None:
    page = open_page()
    page.goto("/console/")
    tab_to(page, "Root user")
    press_enter(page)
    starts_at(page, "email")
    page.keyboard.type(owner.email)
    press_enter(page)
    starts_at(page, "captcha")
    page.keyboard.type(steps.answer_to_check(page))
    press_enter(page)
    starts_at(page, "password")
    page.keyboard.type(owner.password)
    press_enter(page)
    starts_at(page, "code")
    page.keyboard.type(steps.mail_to(page, owner.email)["codes"][0])
    tab_to(page, "Verify and continue")
    press_enter(page)
    tab_to(page, "Not now")
    press_enter(page)
    expect(page).to_have_url(steps.HOME)
