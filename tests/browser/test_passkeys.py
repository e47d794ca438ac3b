"""Passkeys in Chromium, with virtual authenticators: registering, signing in, and every way in which it does not work."""

import json
import re
from typing import Any

import pytest
import requests
from playwright.sync_api import Page, Route, expect

from portal.world.people import Person
from tests.browser.authenticators import Transport, VirtualAuthenticator
from tests.browser.conftest import People
from tests.browser.steps import HOME, TRAINING, ask_in, fill, pass_check, show_factor, signed_in, submit
from tests.fixtures.browser import OpenPage
from tests.fixtures.server import Live

CHALLENGE = re.compile(r"/signin/mfa/")
NOT_ACCEPTED = "The passkey or security key was not accepted."
CANCELLED = "Nothing was sent"
WRONG_SITE = "The browser refuses passkeys at this address."


def open_registration(page: Page, home: str) -> None:
    """Go from the console's home page to the page where a passkey is registered."""
    page.goto(home.replace("/home", "/mfa/register/passkey"))
    expect(page.get_by_role("heading", level=1)).to_have_text("Set up a passkey or security key")


def register(page: Page, person: Person, *, name: str = "my-key") -> str:
    """Sign in, register a passkey of the authenticator at hand, and return the address of the console's home page."""
    home = signed_in(page, person)
    open_registration(page, home)
    fill(page, name=name)
    expect(page).to_have_url(re.compile(r"/security\?done=registered"))
    expect(page.get_by_text(name, exact=True).first).to_be_visible()
    return home


def start_again(page: Page, person: Person) -> None:
    """Go to the challenge of a new sign-in beside the first."""
    challenge = ask_in(page, person, add=True)
    assert CHALLENGE.search(challenge), challenge
    page.goto(challenge)


def sign_in_by_passkey(page: Page, person: Person) -> None:
    """Sign in anew, with the passkey as second factor."""
    start_again(page, person)
    submit(page)
    expect(page).to_have_url(HOME)


def press(page: Page) -> None:
    """Press the passkey's button, where no answer of the portal is expected."""
    page.get_by_test_id("submit").click()


def says(page: Page, words: str) -> None:
    """Expect an error in the page."""
    expect(page.get_by_role("alert")).to_contain_text(words)


def edit_options(page: Page, **changes: Any) -> None:
    """Change the options in the page, as somebody at the browser can."""
    element = page.locator("[data-options]")
    options = json.loads(element.get_attribute("data-options") or "") | changes
    element.evaluate("(element, options) => { element.dataset.options = options; }", json.dumps(options))


def events(page: Page, name: str) -> list[Any]:
    """Return the records of one name in Carlos's account, newest first."""
    answer = page.request.get("/trail/api/events", params={"account": "111122223333"})
    return [record for record in answer.json()["events"] if record["eventName"] == name]


@pytest.mark.parametrize(
    ("transport", "resident", "verifies"),
    [("usb", True, True), ("usb", False, False), ("usb", False, True), ("internal", True, True), ("internal", False, True)],
    ids=["usb, resident, verifies", "usb, plain", "usb, verifies", "internal, resident", "internal, not resident"],
)
def test_a_passkey_of_every_kind_registers_and_signs_in(page: Page, carlos: Person, transport: Transport, resident: bool, verifies: bool) -> None:
    VirtualAuthenticator(page, transport=transport, resident=resident, verifies=verifies)
    register(page, carlos)
    sign_in_by_passkey(page, carlos)
    login = events(page, "ConsoleLogin")[0]
    assert login["additionalEventData"]["MFAUsed"] == "Yes"
    assert ":u2f/user/Carlos/my-key-" in login["additionalEventData"]["MFAIdentifier"]


def test_autofill_signs_in_without_a_password(page: Page, carlos: Person) -> None:
    key = VirtualAuthenticator(page, transport="internal", synced=True)
    register(page, carlos)
    assert key.credentials[0]["isResidentCredential"]
    page.context.clear_cookies()
    page.goto("/console/?user=root")
    expect(page).to_have_url(HOME)
    login = events(page, "ConsoleLogin")[0]
    assert login["additionalEventData"]["MFAUsed"] == "Yes"
    assert login["userIdentity"]["userName"] == "Carlos"


def test_autofill_of_an_operator_leads_to_the_administration(page: Page, people: People) -> None:
    operator = people["", "operator"]
    VirtualAuthenticator(page, transport="internal")
    page.goto("/signin/operator?next=/operator/security/mfa/register/passkey")
    fill(page, username=operator.username, password=operator.password)
    pass_check(page)
    show_factor(page, operator)
    fill(page, name="operator-key")
    expect(page.get_by_text("operator-key", exact=True).first).to_be_visible()
    page.context.clear_cookies()
    page.goto("/signin/operator?next=/admin/")
    expect(page).to_have_url(re.compile(r"/admin/$"))


def test_pk_04_autofill_wants_its_user_verified(page: Page, carlos: Person) -> None:
    key = VirtualAuthenticator(page, transport="internal")
    register(page, carlos)
    key.set_verified(False)
    page.context.clear_cookies()
    page.goto("/console/?user=iam")
    page.wait_for_timeout(1500)
    expect(page.get_by_role("heading", level=1)).to_have_text("IAM user sign-in")


def test_pk_04_options_edited_in_the_browser_do_not_help(page: Page, carlos: Person) -> None:
    key = VirtualAuthenticator(page, transport="internal")
    register(page, carlos)
    key.set_verified(False)
    page.context.clear_cookies()

    def discourage(route: Route) -> None:
        answer = route.fetch()
        route.fulfill(response=answer, json=answer.json() | {"userVerification": "discouraged"})

    page.route("**/signin/passkey/options", discourage)
    page.goto("/console/?user=iam")
    says(page, "You could not be signed in with this passkey.")
    assert events(page, "ConsoleLogin")[0]["responseElements"] == {"ConsoleLogin": "Failure"}


def test_pk_06_a_copied_key_is_refused_and_told_of(page: Page, carlos: Person) -> None:
    key = VirtualAuthenticator(page, transport="usb", resident=False)
    register(page, carlos)
    sign_in_by_passkey(page, carlos)
    sign_in_by_passkey(page, carlos)
    copied = key.credentials[0]["signCount"]
    key.set_counter(copied - 1)
    start_again(page, carlos)
    submit(page)
    says(page, NOT_ACCEPTED)
    assert len(events(page, "PasskeyCloneSuspected")) == 1
    key.set_counter(copied + 5)
    submit(page)
    expect(page).to_have_url(HOME)


def test_pk_03_a_wrong_signature_is_refused_and_the_next_answer_taken(page: Page, carlos: Person) -> None:
    key = VirtualAuthenticator(page)
    register(page, carlos)
    start_again(page, carlos)
    key.break_signatures()
    submit(page)
    says(page, NOT_ACCEPTED)
    key.break_signatures(broken=False)
    submit(page)
    expect(page).to_have_url(HOME)


def test_pk_05_the_passkey_of_another_identity_is_refused(page: Page, open_page: OpenPage, carlos: Person, mary: Person) -> None:
    hers = open_page()
    her_key = VirtualAuthenticator(hers)
    register(hers, mary)
    his_key = VirtualAuthenticator(page)
    register(page, carlos)
    start_again(page, carlos)
    (hers_on_paper,) = her_key.credentials
    his_key.add(hers_on_paper)
    identifier = hers_on_paper["credentialId"].replace("+", "-").replace("/", "_").rstrip("=")
    edit_options(page, allowCredentials=[{"type": "public-key", "id": identifier}])
    submit(page)
    says(page, NOT_ACCEPTED)


def test_pk_02_at_another_address_the_browser_refuses_and_the_page_says_so(page: Page, live: Live, carlos: Person) -> None:
    VirtualAuthenticator(page)
    register(page, carlos)
    start_again(page, carlos)
    html = page.content()
    elsewhere = f"http://127.0.0.1:{live.port}/signin/mfa/"
    page.route(elsewhere, lambda route: route.fulfill(body=html, content_type="text/html; charset=utf-8"))
    page.goto(elsewhere)
    press(page)
    says(page, WRONG_SITE)
    assert page.url == elsewhere


def test_pk_03_another_relying_party_id_is_refused_by_the_browser(page: Page, carlos: Person) -> None:
    VirtualAuthenticator(page)
    register(page, carlos)
    for rp_id in ("example.com", "com", "other.localhost"):
        start_again(page, carlos)
        edit_options(page, rpId=rp_id)
        press(page)
        says(page, WRONG_SITE)
        expect(page.get_by_test_id("submit")).to_be_enabled()


def test_a_cancelled_prompt_is_told_and_can_be_repeated(page: Page, carlos: Person) -> None:
    key = VirtualAuthenticator(page)
    register(page, carlos)
    start_again(page, carlos)
    key.set_touched(False)
    # Nobody touches the key, and the browser gives up after a while, which pages cannot tell from a window that was closed.
    edit_options(page, timeout=3000)
    press(page)
    expect(page.get_by_test_id("submit")).to_be_disabled()
    expect(page.get_by_role("alert")).to_contain_text(CANCELLED, timeout=60_000)
    key.set_touched(True)
    submit(page)
    expect(page).to_have_url(HOME)


def test_a_key_without_a_passkey_of_the_identity_is_told(page: Page, carlos: Person) -> None:
    key = VirtualAuthenticator(page)
    register(page, carlos)
    start_again(page, carlos)
    key.unplug()
    VirtualAuthenticator(page)
    edit_options(page, timeout=1)
    press(page)
    expect(page.get_by_role("alert")).to_contain_text(CANCELLED, timeout=60_000)


def test_the_same_key_cannot_be_registered_twice(page: Page, carlos: Person) -> None:
    VirtualAuthenticator(page)
    home = register(page, carlos)
    open_registration(page, home)
    press(page)
    says(page, "This passkey or security key is registered already.")


def test_a_name_that_is_taken_is_asked_for_again_without_the_key(page: Page, carlos: Person) -> None:
    key = VirtualAuthenticator(page)
    home = register(page, carlos)
    key.unplug()
    second = VirtualAuthenticator(page, transport="internal")
    open_registration(page, home)
    fill(page, name="my-key")
    expect(page.get_by_role("alert").first).to_contain_text("There is a device of this name already.")
    second.unplug()
    fill(page, name="second-key")
    expect(page).to_have_url(re.compile(r"/security\?done=registered"))


def test_a_device_that_cannot_is_told(page: Page, carlos: Person) -> None:
    home = signed_in(page, carlos)
    VirtualAuthenticator(page)
    open_registration(page, home)
    edit_options(page, pubKeyCredParams=[{"type": "of another kind", "alg": -7}])
    press(page)
    says(page, "This device cannot make or use a passkey of the kind that is asked for.")


def test_a_browser_without_passkeys_is_told_what_else_there_is(open_page: OpenPage, carlos: Person) -> None:
    page = open_page()
    page.add_init_script("delete window.PublicKeyCredential")
    home = signed_in(page, carlos)
    open_registration(page, home)
    says(page, "This browser cannot use passkeys.")
    expect(page.get_by_test_id("submit")).to_be_disabled()
    expect(page.get_by_role("link", name="Choose another kind of device")).to_be_visible()


def test_without_javascript_the_page_says_what_to_do(open_page: OpenPage, carlos: Person) -> None:
    page = open_page(javascript=False)
    open_registration(page, signed_in(page, carlos))
    submit(page)
    says(page, "Your browser sent no passkey.")


def test_a_challenge_that_came_too_late_is_refused_and_a_new_one_taken(page: Page, live: Live, carlos: Person) -> None:
    VirtualAuthenticator(page)
    register(page, carlos)
    start_again(page, carlos)
    answer = requests.post(f"{live.base_url}/training/api/clock", headers=TRAINING, json={"advance_seconds": 301}, timeout=30)
    assert answer.ok, answer.text
    submit(page)
    says(page, NOT_ACCEPTED)
    submit(page)
    expect(page).to_have_url(HOME)
