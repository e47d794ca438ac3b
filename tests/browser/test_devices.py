"""Second factors on the security page, in the browser: choosing, renaming, deleting, confirming."""

import re

import pytest
from playwright.sync_api import CDPSession, Page, expect

from portal.world.people import Person
from tests.browser import steps
from tests.browser.conftest import People
from tests.browser.inspection import Inspector
from tests.fixtures.browser import OpenPage
from tests.mfa.codes import code_now

pytestmark = [pytest.mark.browser, pytest.mark.server]


@pytest.fixture
def alice(people: People) -> Person:
    """An IAM user with one authenticator app."""
    return people["111122223333", "alice"]


def authenticator(page: Page) -> CDPSession:
    """Give the browser a built-in authenticator whose user is always there, and whose passkeys are not synced."""
    devtools = page.context.new_cdp_session(page)
    devtools.send("WebAuthn.enable")
    options = {"protocol": "ctap2", "transport": "internal", "hasResidentKey": True, "hasUserVerification": True, "isUserVerified": True}
    devtools.send("WebAuthn.addVirtualAuthenticator", {"options": {**options, "automaticPresenceSimulation": True}})
    return devtools


def security_page(page: Page, person: Person) -> str:
    """Sign a person in and open the security page; return its address."""
    security = steps.signed_in(page, person).partition("/home")[0] + "/security"
    page.goto(security)
    return security


def hours_pass(page: Page, seconds: int) -> None:
    """Move the portal's clock on."""
    assert page.request.post("/training/api/clock", data={"advance_seconds": seconds}, headers=steps.TRAINING).ok


def test_rename_and_delete_are_dead_until_a_device_is_chosen(open_page: OpenPage, alice: Person) -> None:
    page = open_page()
    security = security_page(page, alice)
    rename, delete = page.get_by_test_id("rename-device"), page.get_by_test_id("delete-device")
    expect(rename).to_be_disabled()
    expect(delete).to_be_disabled()
    page.locator("[data-device] input").check()
    expect(rename).to_be_enabled()
    expect(delete).to_be_enabled()

    rename.click()
    expect(page.get_by_label("MFA device name")).to_have_value(re.compile("."))
    steps.fill(page, name="work-phone")
    expect(page).to_have_url(f"{security}?done=renamed")
    page.get_by_label("work-phone").check()

    page.get_by_test_id("delete-device").click()
    expect(page.get_by_role("heading", name="Delete MFA device?")).to_be_visible()
    page.get_by_role("link", name="Cancel").click()
    expect(page.get_by_label("work-phone")).to_be_visible()
    page.get_by_label("work-phone").check()
    page.get_by_test_id("delete-device").click()
    steps.submit(page)
    expect(page.get_by_text("No MFA device is registered.")).to_be_visible()


def test_without_javascript_the_page_asks_for_a_choice(open_page: OpenPage, alice: Person) -> None:
    page = open_page(javascript=False)
    security = security_page(page, alice)
    page.get_by_test_id("rename-device").click()
    expect(page).to_have_url(f"{security}?done=choose")
    expect(page.get_by_text("Choose a device first")).to_be_visible()
    page.locator("[data-device] input").check()
    page.get_by_test_id("rename-device").click()
    steps.fill(page, name="work-phone")
    expect(page.get_by_text("The MFA device was renamed.")).to_be_visible()


def test_ses_09_a_passkey_confirms_after_some_time(open_page: OpenPage, carlos: Person) -> None:
    page = open_page()
    authenticator(page)
    security = security_page(page, carlos)
    page.get_by_test_id("register-device").click()
    page.get_by_test_id("register-fido").click()
    steps.fill(page, name="laptop")
    expect(page).to_have_url(f"{security}?done=registered")
    expect(page.get_by_text("Stays on one device")).to_be_visible()
    hours_pass(page, 3600)
    page.get_by_test_id("register-device").click()
    expect(page.get_by_role("heading", name="Confirm that it is you")).to_be_visible()
    with page.expect_navigation():
        page.get_by_role("button", name="Confirm with a passkey or security key").click()
    expect(page.get_by_role("heading", name="Register MFA device")).to_be_visible()


@pytest.mark.parametrize("language", ["en", "ja"])
def test_pages_of_devices(open_page: OpenPage, carlos: Person, language: str) -> None:
    page = open_page(language=language)
    inspector = Inspector(page)
    authenticator(page)
    security = security_page(page, carlos)
    inspector.look("security page without a device")
    page.get_by_test_id("register-device").click()
    inspector.look("kinds of devices")
    page.get_by_test_id("register-fido").click()
    inspector.look("a passkey to register")
    steps.fill(page, name="laptop")
    inspector.look("security page with one device")
    page.goto(security.replace("security", "mfa/register/app"))
    inspector.look("an app to register")
    page.goto(security)
    page.locator("[data-device] input").check()
    page.get_by_test_id("rename-device").click()
    inspector.look("rename")
    steps.fill(page, name="two words")
    expect(page.get_by_role("alert")).to_be_visible()
    inspector.look("a name that will not do")
    page.goto(security)
    page.locator("[data-device] input").check()
    page.get_by_test_id("delete-device").click()
    inspector.look("delete")
    page.goto(security.replace("security", "users"))
    inspector.look("IAM users")
    page.locator("[data-user=alice] input").check()
    page.get_by_test_id("deactivate-device").click()
    inspector.look("deactivate")
    hours_pass(page, 3600)
    page.goto(security.replace("security", "mfa/register"))
    inspector.look("confirm")
    page.locator("[data-testid=confirm-password] [name=password]").fill("not the password")
    with page.expect_navigation():
        page.locator("[data-testid=confirm-password] button[data-testid=submit]").click()
    expect(page.get_by_role("alert")).to_be_visible()
    inspector.look("a wrong password")
    assert not inspector.faults, "\n".join(inspector.faults)


def test_pages_of_an_operator(open_page: OpenPage, people: People) -> None:
    operator = people["", "operator"]
    page = open_page()
    inspector = Inspector(page)
    page.goto("/signin/operator?next=/operator/security/")
    steps.fill(page, username=operator.username, password=operator.password)
    steps.pass_check(page)
    steps.fill(page, code=code_now(operator.totp_secret))
    expect(page).to_have_url(re.compile("/operator/security/$"))
    inspector.look("operator's security page")
    page.locator("[data-device] input").check()
    page.get_by_test_id("delete-device").click()
    expect(page.get_by_role("alert")).to_contain_text("must have a second factor")
    inspector.look("the last device of an operator")
    page.goto("/admin/")
    inspector.look("admin site")
    page.get_by_role("link", name="Security", exact=True).click()
    expect(page).to_have_url(re.compile("/operator/security/$"))
    assert not inspector.faults, "\n".join(inspector.faults)
