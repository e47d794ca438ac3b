"""The rehearsal in a browser: by eye, by ear, on a narrow screen, in the dark; by keyboard; and without script."""

import re

import pytest
from playwright.sync_api import expect

from tests.browser.inspection import Inspector
from tests.fixtures.browser import OpenPage

pytestmark = [pytest.mark.browser, pytest.mark.server]

RESULT = re.compile(r"/rehearsal/[a-z0-9]{16}$")
WRONG = '{\n  "Version": "2012-10-17",\n  "Statement": [{"Effect": "Denny", "Principal": "*", "Action": "signin:Authenticate", "Resource": "*"}]\n}'


@pytest.mark.parametrize("language", ["en", "ja"])
def test_rehearsal(open_page: OpenPage, language: str) -> None:
    page = open_page(language=language)
    inspector = Inspector(page)
    page.goto("/rehearsal/?account=777788889999&example=addresses")
    page.locator("#statement summary, #standing > summary").evaluate_all("all => all.forEach((each) => each.click())")
    inspector.look("form of the rehearsal")
    page.fill("[name=document0-text]", WRONG)
    page.fill("[name=networks-text]", "nowhere")
    page.fill("[name=statement-source_ip]", "nothing")
    page.get_by_test_id("submit").click()
    expect(page.get_by_test_id("faults")).to_be_visible()
    inspector.look("rehearsal, problems")
    page.goto("/rehearsal/")
    page.get_by_test_id("try-wrong-key").click()
    expect(page).to_have_url(RESULT)
    inspector.look("result of a rehearsal")
    page.get_by_test_id("cell-2-1").get_by_role("link").click()
    expect(page.get_by_test_id("sentence")).to_be_visible()
    page.locator("summary").evaluate_all("all => all.forEach((each) => { each.parentElement.open = true; })")
    inspector.look("explanation of a cell")
    assert not inspector.faults, "\n".join(inspector.faults)


def test_a_rehearsal_without_javascript(open_page: OpenPage) -> None:
    page = open_page(javascript=False, width=320)
    page.goto("/rehearsal/?account=123456789012")
    page.get_by_test_id("add-document").click()
    expect(page.get_by_test_id("document")).to_have_count(2)
    page.fill("[name=document0-text]", WRONG.replace("Denny", "Deny"))
    page.get_by_label("On", exact=True).check()
    page.fill("[name=principals-text]", "user/Newcomer")
    page.get_by_test_id("submit").click()
    expect(page).to_have_url(RESULT)
    expect(page.get_by_test_id("locked-out")).to_contain_text("user/Newcomer")
    expect(page.get_by_test_id("permalink")).to_have_value(page.url)
    result = page.url
    page.get_by_test_id("matrix").get_by_role("link", name="No longer").first.click()
    expect(page.get_by_test_id("sentence").first).to_have_text("Your authentication information is incorrect. Please try again.")
    page.get_by_test_id("back").click()
    expect(page).to_have_url(result)
    page.get_by_test_id("again").click()
    expect(page.locator("[name=principals-text]")).to_have_value("user/Newcomer")


def test_the_matrix_is_walked_with_the_keyboard(open_page: OpenPage) -> None:
    page = open_page(width=320)
    page.goto("/rehearsal/")
    page.get_by_test_id("try-addresses").press("Enter")
    expect(page).to_have_url(RESULT)
    frame = page.get_by_role("region", name="Everybody, from every network")
    frame.focus()
    expect(frame).to_be_focused()
    before = frame.evaluate("node => node.scrollLeft")
    page.keyboard.press("ArrowRight")
    page.wait_for_function("before => document.querySelector('.matrix-frame').scrollLeft > before", arg=before)
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    expect(page.get_by_test_id("cell-0-1").get_by_role("link")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("root from Home")
