"""Setting up an authenticator app in Chromium: with scripts and without."""

import re

import pytest
import requests
from playwright.sync_api import Page, expect

from portal.world.people import Person
from tests.browser import steps
from tests.browser.inspection import Inspector
from tests.fixtures.browser import OpenPage
from tests.fixtures.server import Live
from tests.mfa.codes import two_codes

pytestmark = [pytest.mark.browser, pytest.mark.server]


@pytest.fixture
def carlos(live: Live) -> Person:
    """An IAM user of the running demo who has no second factor."""
    listed = requests.get(f"{live.base_url}/training/api/world", headers=steps.TRAINING, timeout=30).json()["people"]
    return next(person for values in listed if (person := Person(**values)).username == "Carlos")


def reach_set_up(page: Page, person: Person) -> None:
    """Go from the security page to the page that shows the secret."""
    page.goto(steps.signed_in(page, person).replace("/home", "/security"))
    page.get_by_test_id("register-device").first.click()
    page.get_by_test_id("register-totp").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Set up your authenticator app")


def show_secret(page: Page) -> str:
    """Choose to see the QR code and the secret key; return the key as it is typed into an app."""
    picture = page.get_by_role("img", name=re.compile("QR code that adds Carlos@anycompany"))
    expect(picture).to_be_hidden()
    page.get_by_text("Show QR code", exact=True).click()
    expect(picture).to_be_visible()
    shown = page.get_by_test_id("secret")
    expect(shown).to_be_hidden()
    page.get_by_text("Show secret key", exact=True).click()
    expect(shown).to_be_visible()
    return shown.inner_text().replace(" ", "")


def assign(page: Page, secret: str) -> None:
    """Give name and codes, and see the device in the list."""
    first, second = two_codes(secret)
    steps.fill(page, name="phone", code=first, code2=second)
    expect(page).to_have_url(re.compile(r"/security\?done=registered"))
    expect(page.locator("#mfa")).to_contain_text("phone")


def test_an_app_is_set_up_by_following_the_pages(open_page: OpenPage, carlos: Person) -> None:
    page = open_page()
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    inspector = Inspector(page)
    reach_set_up(page, carlos)
    inspector.look("set up, closed")
    secret = show_secret(page)
    inspector.look("set up, open")
    assert page.get_by_role("img", name=re.compile("QR code")).evaluate("picture => picture.naturalWidth") > 150
    page.get_by_role("button", name="Copy the secret key").click()
    expect(page.get_by_text("Copied")).to_be_visible()
    steps.fill(page, name="my phone", code="000000", code2="12")
    expect(page.get_by_role("alert")).to_have_count(2)
    inspector.look("set up, mistakes")
    steps.fill(page, name="phone", code="000000", code2="000000")
    expect(page.get_by_role("alert")).to_contain_text("do not follow each other")
    assign(page, secret)
    page.goto(re.sub(r"/security.*", "/mfa/resynchronise", page.url))
    inspector.look("resynchronise")
    first, second = two_codes(secret, ahead=8)
    steps.fill(page, code=first, code2=second)
    expect(page).to_have_url(re.compile(r"/security\?done=resynchronised"))
    assert not inspector.faults, "\n".join(inspector.faults)


def test_an_app_is_set_up_without_scripts(open_page: OpenPage, carlos: Person) -> None:
    page = open_page(javascript=False, width=320)
    reach_set_up(page, carlos)
    assign(page, show_secret(page))
