"""Protect the root user with an app and a passkey, lose the phone, recover: as the pages tell, with the trainee's phone."""

import re

import pytest
from playwright.sync_api import CDPSession, Error, Page, expect

from portal.world.people import Person
from tests.browser import steps
from tests.browser.inspection import Inspector
from tests.fixtures.browser import OpenPage

pytestmark = [pytest.mark.browser, pytest.mark.server]

OPTIONS = {
    "protocol": "ctap2",
    "transport": "internal",
    "hasResidentKey": True,
    "hasUserVerification": True,
    "isUserVerified": True,
    "automaticPresenceSimulation": True,
}


class Authenticator:
    """A virtual authenticator of this page's browser, as the developer tools add one."""

    def __init__(self, page: Page) -> None:
        self._tools: CDPSession = page.context.new_cdp_session(page)
        self._tools.send("WebAuthn.enable")
        self._id = self._tools.send("WebAuthn.addVirtualAuthenticator", {"options": OPTIONS})["authenticatorId"]

    def lose(self) -> None:
        """Remove it, its passkeys included."""
        self._tools.send("WebAuthn.removeVirtualAuthenticator", {"authenticatorId": self._id})


class Phone:
    """The trainee's phone in a tab of its own."""

    def __init__(self, page: Page, person: Person) -> None:
        self._page = page
        page.goto("/")
        line = page.locator("[data-testid=person]", has_text=person.email or person.username)
        line.get_by_role("link", name=re.compile("^Phone")).click()
        expect(page.get_by_role("heading", level=1)).to_have_text(person.email or person.username)
        self.address = page.url

    def open(self) -> None:
        """Look at the phone; its page may be loading itself at that very moment, for the next codes."""
        try:
            self._page.goto(self.address)
        except Error as interrupted:
            if "interrupted by another navigation" not in interrupted.message:
                raise
            self._page.wait_for_load_state()

    def scan(self) -> None:
        """Scan the QR code of the registration that is open elsewhere."""
        self.open()
        self._page.get_by_test_id("add-app").click()
        self._page.get_by_test_id("scan").click()
        expect(self._page.get_by_role("status").first).to_be_visible()

    def two_codes(self) -> tuple[str, str]:
        """Read the code of now and the next one from the newest app."""
        self.open()
        app = self._page.get_by_test_id("app").first
        return app.get_by_test_id("live-code").inner_text(), app.get_by_test_id("next-code").inner_text()

    def rings(self) -> str:
        """Wait for a call on the open page, without touching it, and return the digits that are read."""
        return self._page.get_by_test_id("digits").first.inner_text(timeout=15_000)

    def lose(self) -> None:
        """Lose the phone."""
        self.open()
        self._page.get_by_test_id("lose").click()
        self._page.get_by_test_id("lose-phone").click()
        expect(self._page.get_by_test_id("app")).to_have_count(0)


def test_protect_the_root_user_lose_the_phone_recover(open_page: OpenPage, owner: Person) -> None:
    page = open_page()
    other_tab = page.context.new_page()
    phone = Phone(other_tab, owner)

    # An app, within the first sign-in, where one is offered.
    steps.name_root_user(page, owner.email)
    steps.fill(page, password=owner.password)
    steps.fill(page, code=steps.mail_to(page, owner.email)["codes"][0])
    page.get_by_role("link", name=re.compile("Authenticator app")).click()
    phone.scan()
    code, after = phone.two_codes()
    steps.fill(page, name="root-phone", code=code, code2=after)
    expect(page).to_have_url(steps.HOME)

    # A passkey, on the security page.
    authenticator = Authenticator(page)
    page.goto(page.url.replace("home", "security"))
    page.get_by_test_id("register-device").click()
    page.get_by_test_id("register-fido").click()
    page.fill("[name=name]", "root-passkey")
    page.bring_to_front()  # a browser lets only the tab that is looked at speak with an authenticator
    steps.submit(page)
    expect(page.locator("tr[data-device]")).to_have_count(2)
    page.goto(re.sub("security.*", "home", page.url))
    steps.open_menu(page, "identity-menu")
    page.get_by_test_id("sign-out").first.click()

    # Both are lost.
    phone.lose()
    authenticator.lose()

    # The way back: a mailed link, a phone call.
    steps.name_root_user(page, owner.email)
    steps.fill(page, password=owner.password)
    expect(page).to_have_url(re.compile("/signin/mfa/"))
    page.get_by_role("link", name="Troubleshoot MFA").click()
    page.get_by_role("link", name="Sign in using alternative factors").click()
    steps.submit(page)
    link = steps.mail_to(page, owner.email, subject="Verify your email")["links"][0]
    mail_tab = page.context.new_page()
    mail_tab.goto(link)
    steps.submit(mail_tab)
    page.get_by_role("link", name="I have verified my email address").click()
    other_tab.bring_to_front()
    steps.submit(page)
    steps.fill(page, code=phone.rings())
    steps.submit(page)
    expect(page).to_have_url(re.compile("/security"))
    expect(page.get_by_text("Register a new device, delete the one that is lost or broken")).to_be_visible()

    # A new app on the new phone; the lost devices go.
    page.get_by_test_id("register-device").click()
    page.get_by_test_id("register-totp").click()
    phone.scan()
    code, after = phone.two_codes()
    steps.fill(page, name="new-phone", code=code, code2=after)
    for name in ("root-phone", "root-passkey"):
        page.get_by_label(name).check()
        page.get_by_test_id("delete-device").click()
        expect(page.get_by_role("heading", name="Delete MFA device?")).to_be_visible()
        steps.submit(page)
        expect(page.locator("tr[data-device]", has_text=name)).to_have_count(0)
    expect(page.locator("tr[data-device]")).to_have_count(1)
    expect(page.locator("tr[data-device]")).to_contain_text("new-phone")


@pytest.mark.parametrize("language", ["en", "ja"])
def test_the_phones_pages(open_page: OpenPage, owner: Person, language: str) -> None:
    page = open_page(language=language)
    inspector = Inspector(page)
    for address in ("/training/phone/", "/training/phone/?account=anycompany&username=alice", "/training/phone/?account=anycompany"):
        page.goto(address)
        inspector.look(address)
    for place in ("add", "lose"):
        page.goto("/training/phone/?account=anycompany&username=alice")
        page.goto(f"{page.url}{place}")
        inspector.look(place)
    assert not inspector.faults, "\n".join(inspector.faults)


def test_codes_stay_current_without_touching_the_page_with_scripts_and_without(open_page: OpenPage) -> None:
    apps = []
    for javascript in (True, False):  # both wait for the same end of a code's 30 seconds
        page = open_page(javascript=javascript)
        page.goto("/training/phone/?account=anycompany&username=alice")
        apps.append(page.get_by_test_id("app"))
    following = [app.get_by_test_id("next-code").inner_text() for app in apps]
    for app, code in zip(apps, following, strict=True):
        expect(app.get_by_test_id("live-code")).to_have_text(code, timeout=35_000)
    expect(apps[0].get_by_role("button", name=re.compile("^Copy"))).to_have_attribute("data-copy", following[0])
