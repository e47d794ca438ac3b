"""Organization policies in a real browser: every page of the way without a fault, and what only a browser does."""

import re

import pytest
from playwright.sync_api import Page, expect

from portal.world.people import Person
from tests.browser import steps
from tests.browser.conftest import People
from tests.browser.inspection import Inspector
from tests.fixtures.browser import OpenPage

pytestmark = [pytest.mark.browser, pytest.mark.server]

BROKEN = '{\n  "Version": "2012-10-17",\n  "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]\n}'
POLICY = re.compile(r"/organization/policies/p-[0-9]+\?done=")


def enter(page: Page, person: Person) -> str:
    """Sign in and return the address of the room."""
    return steps.signed_in(page, person).replace("/home", "/organization/")


@pytest.mark.parametrize("language", ["en", "ja"])
def test_writing_a_policy(open_page: OpenPage, people: People, language: str) -> None:
    page = open_page(language=language)
    inspector = Inspector(page)
    room = enter(page, people["111122223333", "Carlos"])
    page.goto(room)
    page.get_by_test_id("rcps").click()
    inspector.look("no policies yet")
    page.get_by_test_id("create").click()
    inspector.look("a policy to write")
    page.fill("[name=name]", "Perimeter")
    page.fill("[name=policy-text]", BROKEN)
    steps.submit(page)
    expect(page.get_by_test_id("faults")).to_be_visible()
    inspector.look("what is wrong with it")
    page.goto(room + "rcps/create")
    steps.fill(page, name="Perimeter")
    expect(page).to_have_url(POLICY)
    inspector.look("a policy, attached nowhere")
    page.get_by_test_id("delete").click()
    inspector.look("delete, asked first")
    page.goto(room + "scps/FullAWSAccess")
    inspector.look("the policy that is always attached")
    assert not inspector.faults, "\n".join(inspector.faults)


@pytest.mark.parametrize("language", ["en", "ja"])
def test_attaching_and_changing_a_policy(open_page: OpenPage, people: People, language: str) -> None:
    page = open_page(language=language)
    inspector = Inspector(page)
    room = enter(page, people["111122223333", "Carlos"])
    page.goto(room + "rcps/create")
    steps.fill(page, name="Perimeter")
    policy = page.url.partition("?")[0]
    page.goto(room + "authorization?target=o-exampleorg&wanted=on")
    inspector.look("authorization, asked first")
    steps.submit(page)
    page.goto(policy)
    page.select_option("[name=target]", "ou-ab12cd34ef-33333333")
    page.get_by_test_id("attach").click()
    expect(page.get_by_test_id("partly")).to_be_visible()
    inspector.look("attach, asked first")
    steps.submit(page)
    expect(page).to_have_url(POLICY)
    inspector.look("a policy, attached")
    page.goto(policy + "/edit")
    page.fill("[name=policy-text]", page.input_value("[name=policy-text]").replace("203.0.113.0/24", "192.0.2.0/24"))
    steps.submit(page)
    expect(page.get_by_test_id("impact")).to_be_visible()
    inspector.look("a change, asked first")
    with page.expect_navigation():
        page.get_by_test_id("back").click()
    assert "192.0.2.0/24" in page.input_value("[name=policy-text]")
    page.goto(room)
    inspector.look("the tree with a policy")
    assert not inspector.faults, "\n".join(inspector.faults)


def test_another_account_sees_a_page_without_fault(open_page: OpenPage, people: People) -> None:
    page = open_page()
    inspector = Inspector(page)
    home = steps.signed_in(page, people["444455556666", "Mary_Major"])
    page.goto(home.replace("/home", "/organization/"))
    expect(page.get_by_test_id("elsewhere")).to_be_visible()
    inspector.look("another account")
    assert not inspector.faults, "\n".join(inspector.faults)


def test_the_count_follows_what_is_typed_and_a_problem_leads_to_its_place(open_page: OpenPage, people: People) -> None:
    page = open_page()
    home = steps.signed_in(page, people["111122223333", "Carlos"])
    page.goto(home.replace("/home", "/organization/rcps/create"))
    count = page.locator("[data-count]")
    for text in ("", "{}", "😀" * 3, "x" * 5121):
        page.fill("[name=policy-text]", text)
        expect(count).to_have_text(str(len(text)))
    expect(page.locator(".field__help--over")).to_have_count(1)
    steps.fill(page, name="Perimeter")
    expect(page.get_by_role("alert")).to_contain_text("5121 characters")
    page.fill("[name=policy-text]", BROKEN)
    steps.submit(page)
    page.get_by_test_id("faults").get_by_role("link").first.click()
    chosen = page.evaluate("() => { const t = document.activeElement; return t.value.slice(t.selectionStart, t.selectionEnd); }")
    assert BROKEN.split("\n")[2].endswith(chosen)
    assert chosen


def test_everything_works_without_scripts(open_page: OpenPage, people: People) -> None:
    page = open_page(javascript=False)
    home = steps.signed_in(page, people["111122223333", "Carlos"])
    page.goto(home.replace("/home", "/organization/scps/create"))
    steps.fill(page, name="Perimeter")
    page.select_option("[name=target]", "r-ab12cd34ef")
    page.get_by_test_id("attach").click()
    steps.submit(page)
    expect(page.locator("[data-target=r-ab12cd34ef]")).to_be_visible()
    page.get_by_test_id("detach-r-ab12cd34ef").click()
    steps.submit(page)
    page.get_by_test_id("delete").click()
    steps.submit(page)
    expect(page).to_have_url(re.compile(r"/organization/scps\?done=deleted"))
