"""The pages of console access control: no fault on any of them, the preview as one types and without script, one story in a browser."""

import json

import pytest
from playwright.sync_api import Page, expect

from portal.world.people import Person
from tests.browser import steps
from tests.browser.inspection import Inspector
from tests.fixtures.browser import OpenPage

pytestmark = [pytest.mark.browser, pytest.mark.server]

EMERGENCY = "arn:aws:iam::111122223333:user/EmergencyAdmin"
ELSEWHERE = "192.0.2.0/24"


def room_of(page: Page, carlos: Person) -> str:
    """Sign Carlos in and return the address of his pages of console access."""
    return steps.signed_in(page, carlos).partition("/home")[0] + "/access/"


def press(page: Page, name: str) -> None:
    """Press what leads to another page."""
    with page.expect_navigation():
        page.get_by_test_id(name).click()


@pytest.mark.parametrize("language", ["en", "ja"])
def test_no_page_has_a_fault(open_page: OpenPage, carlos: Person, language: str) -> None:
    page = open_page(language=language)
    inspector = Inspector(page)
    room = room_of(page, carlos)
    page.goto(room)
    inspector.look("no statement yet")
    page.goto(f"{room}on")
    inspector.look("switching on without statements")
    page.goto(f"{room}add")
    inspector.look("form")
    page.fill("[name=source_ip]", "nonsense")
    page.fill("[name=source_vpc]", "vpc-0abc123def456789a")
    expect(page.get_by_test_id("preview-problems").locator("li")).to_have_count(2)
    press(page, "submit")
    inspector.look("form with faults")
    page.fill("[name=source_ip]", ELSEWHERE)
    page.select_option("[name=requested_region]", "us-west-2")
    page.fill("[name=excluded_principal]", EMERGENCY)
    expect(page.get_by_test_id("preview-line")).to_contain_text(EMERGENCY)
    inspector.look("form with its preview")
    press(page, "submit")
    inspector.look("who would be affected")
    press(page, "submit")
    page.locator("article details summary").click()
    inspector.look("a statement")
    page.goto(f"{room}on")
    press(page, "submit")
    inspector.look("locking oneself out, not meant")
    page.check("#understood")
    press(page, "submit")
    inspector.look("switched on")
    press(page, "delete-statement")
    inspector.look("deleting")
    press(page, "submit")
    inspector.look("deleted")
    press(page, "switch-off")
    inspector.look("switching off")
    assert not inspector.faults, "\n".join(inspector.faults)


def test_the_preview_follows_what_is_typed(open_page: OpenPage, carlos: Person) -> None:
    page = open_page()
    page.goto(f"{room_of(page, carlos)}add")
    expect(page.get_by_test_id("preview-empty")).to_be_visible()
    expect(page.get_by_test_id("preview")).to_be_hidden()
    page.locator("[name=source_ip]").press_sequentially("203.0.113.0/24")
    expect(page.get_by_test_id("preview-json")).to_contain_text('"203.0.113.0/24"')
    assert len(json.loads(page.get_by_test_id("preview-json").inner_text())["Statement"]) == 2
    page.select_option("[name=requested_region]", "eu-west-1")
    expect(page.get_by_test_id("preview-line")).to_contain_text("--requested-region eu-west-1")
    page.locator("[name=source_ip]").press_sequentially("x")
    expect(page.get_by_test_id("preview-problems")).to_be_visible()


def test_a_statement_is_made_and_undone_without_javascript(open_page: OpenPage, carlos: Person) -> None:
    page = open_page(javascript=False)
    room = room_of(page, carlos)
    page.goto(f"{room}add")
    page.fill("[name=source_ip]", "203.0.113.0/24")
    press(page, "preview")
    expect(page.get_by_test_id("preview-json")).to_contain_text('"203.0.113.0/24"')
    press(page, "submit")
    expect(page.get_by_test_id("yourself")).to_be_visible()
    press(page, "submit")
    expect(page.locator("article")).to_have_count(1)
    press(page, "delete-statement")
    press(page, "submit")
    expect(page.get_by_test_id("empty")).to_be_visible()
    press(page, "add-again")
    expect(page.locator("[name=source_ip]")).to_have_value("203.0.113.0/24")
    press(page, "submit")
    press(page, "submit")
    expect(page.locator("article")).to_have_count(1)
