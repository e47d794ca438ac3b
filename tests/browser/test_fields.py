"""Fields that work for people: password managers, paste, showing what was typed, hearing the security check, copying."""

import pytest
from playwright.sync_api import Page, expect

from portal.world.people import Person
from tests.browser import steps
from tests.fixtures.browser import OpenPage

pytestmark = [pytest.mark.browser, pytest.mark.server]

SOUND = """async (audio) => {
  audio.preload = "auto";
  audio.load();
  await new Promise((done, failed) => { audio.onloadedmetadata = done; audio.onerror = () => failed(new Error("no sound")); });
  return audio.duration;
}"""


def tokens(page: Page) -> dict[str, str]:
    """Return the autocomplete attribute of each visible field by its name."""
    return dict(page.locator("main input:visible").evaluate_all("fields => fields.map((field) => [field.name, field.autocomplete])"))


def paste(page: Page, name: str, text: str) -> None:
    """Paste a text into a field, as a password manager's user does."""
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.evaluate("text => navigator.clipboard.writeText(text)", text)
    page.focus(f"[name={name}]")
    page.keyboard.press("ControlOrMeta+V")


def test_brw_11_fields_say_what_they_hold_and_take_what_is_pasted(open_page: OpenPage, owner: Person, carlos: Person) -> None:
    page = open_page()
    page.goto("/console/?user=iam")
    assert tokens(page) == {"account": "organization", "username": "username webauthn", "password": "current-password", "remember": ""}
    page.goto("/console/?user=root")
    assert tokens(page) == {"email": "username webauthn"}
    steps.fill(page, email=owner.email)
    assert tokens(page) == {"captcha": "off"}
    steps.pass_check(page)
    assert tokens(page) == {"password": "current-password"}
    assert page.locator("input[autocomplete=username]").input_value() == owner.email
    paste(page, "password", owner.password)
    field = page.locator("[name=password]")
    expect(field).to_have_value(owner.password)
    page.get_by_role("button", name="Show").click()
    expect(field).to_have_attribute("type", "text")
    page.get_by_role("button", name="Hide").click()
    expect(field).to_have_attribute("type", "password")
    steps.submit(page)
    assert tokens(page) == {"code": "one-time-code"}
    paste(page, "code", steps.mail_to(page, owner.email)["codes"][0])
    steps.submit(page)
    steps.put_off_registration(page)
    expect(page).to_have_url(steps.HOME)
    page.goto(page.url.partition("/home")[0] + "/security")
    assert tokens(page) == {"password": "current-password", "new_password": "new-password", "confirm_password": "new-password"}


def test_the_security_check_is_heard_and_exchanged(open_page: OpenPage, owner: Person) -> None:
    page = open_page()
    page.goto("/console/?user=root")
    steps.fill(page, email=owner.email)
    sound, picture = page.locator(".check audio"), page.locator(".check img")
    assert 3 < sound.evaluate(SOUND) < 60
    assert picture.evaluate("image => image.decode().then(() => image.naturalWidth)") > 100
    first, answer = picture.get_attribute("src"), steps.answer_to_check(page)
    page.fill("[name=captcha]", "half")
    page.get_by_role("button", name="New one").click()
    expect(picture).not_to_have_attribute("src", first or "")
    expect(page.locator("[name=captcha]")).to_have_value("")
    expect(page.locator("[name=captcha]")).to_be_focused()
    assert steps.answer_to_check(page) != answer
    assert 3 < sound.evaluate(SOUND) < 60
    steps.fill(page, captcha=" ".join(steps.answer_to_check(page).lower()))
    expect(page.locator("[name=password]")).to_be_focused()


def test_the_account_id_is_copied(open_page: OpenPage, carlos: Person) -> None:
    page = open_page()
    page.goto(steps.signed_in(page, carlos))
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    bar = page.locator(".bar__account")
    expect(bar).to_contain_text("1111-2222-3333")
    bar.get_by_role("button").click()
    expect(bar.get_by_role("status")).to_have_text("Copied")
    assert page.evaluate("navigator.clipboard.readText()") == carlos.account


def test_a_remembered_account_opens_its_own_page_again(open_page: OpenPage, carlos: Person) -> None:
    page = open_page()
    page.goto("/console/?user=iam")
    page.check("[name=remember]")
    steps.fill(page, account="1111-2222-3333", username=carlos.username, password=carlos.password)
    expect(page).to_have_url(steps.HOME)
    steps.open_menu(page, "identity-menu")
    with page.expect_navigation():
        page.get_by_test_id("sign-out").click()
    page.goto("/console/")
    expect(page.locator("[name=account]")).to_have_value(carlos.account)
    expect(page.locator("[name=username]")).to_have_value(carlos.username)
    expect(page.locator("[name=password]")).to_be_focused()


def test_a_person_of_the_demo_is_filled_in_by_a_button(open_page: OpenPage, carlos: Person) -> None:
    page = open_page()
    page.goto("/")
    with page.expect_navigation():
        page.get_by_role("button", name="Fill in Carlos").click()
    expect(page.locator("[name=username]")).to_have_value(carlos.username)
    steps.submit(page)
    expect(page).to_have_url(steps.HOME)
