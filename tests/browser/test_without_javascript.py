"""Everything works in a browser that runs no script."""

import pytest
from playwright.sync_api import expect

from portal.world.people import Person
from tests.browser import steps
from tests.fixtures.browser import OpenPage

pytestmark = [pytest.mark.browser, pytest.mark.server]


def test_a_root_user_signs_in_by_another_security_check(open_page: OpenPage, owner: Person) -> None:
    page = open_page(javascript=False)
    page.goto("/console/?user=root")
    steps.fill(page, email=owner.email)
    picture = page.locator(".check img")
    first, answer = picture.get_attribute("src"), steps.answer_to_check(page)
    with page.expect_navigation():
        page.get_by_role("button", name="New one").click()
    expect(picture).not_to_have_attribute("src", first or "")
    expect(picture).to_be_visible()
    assert steps.answer_to_check(page) != answer
    steps.fill(page, captcha=steps.answer_to_check(page).lower())
    steps.fill(page, password=owner.password)
    steps.fill(page, code=steps.mail_to(page, owner.email)["codes"][0])
    steps.put_off_registration(page)
    expect(page).to_have_url(steps.HOME)
    expect(page.get_by_test_id("identity")).to_contain_text(owner.email)
    steps.open_menu(page, "identity-menu")
    with page.expect_navigation():
        page.get_by_test_id("sign-out").click()
    expect(page.get_by_text("You are signed out.")).to_be_visible()


def test_language_and_colours_are_chosen_from_the_menus(open_page: OpenPage, carlos: Person) -> None:
    page = open_page(javascript=False)
    page.goto("/console/?account=anycompany")
    steps.open_menu(page, "language-menu")
    with page.expect_navigation():
        page.get_by_role("button", name="日本語").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("IAM ユーザーのサインイン")
    expect(page.locator("[name=account]")).to_have_value("anycompany")
    steps.fill(page, username=carlos.username, password=carlos.password)
    expect(page).to_have_url(steps.HOME)
    steps.open_menu(page, "theme-menu")
    with page.expect_navigation():
        page.get_by_role("button", name="ダーク").click()
    expect(page).to_have_url(steps.HOME)
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")
    expect(page.locator("body")).to_have_css("background-color", "rgb(17, 21, 20)")
    steps.open_menu(page, "language-menu")
    with page.expect_navigation():
        page.get_by_role("button", name="English").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Console home")
