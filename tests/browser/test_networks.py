"""The menu of networks in the strip: by keyboard, without script, on a narrow screen, in the dark; what it changes is seen by the event log."""

import pytest
from playwright.sync_api import expect

from portal.world.people import Person
from tests.browser import steps
from tests.browser.inspection import NARROW, Inspector
from tests.browser.test_keyboard import focused, press_enter, tab_to
from tests.fixtures.browser import OpenPage

pytestmark = [pytest.mark.browser, pytest.mark.server]

HOME = "198.51.100.7"
MENU = "network-menu"


def test_a_network_is_chosen_with_the_keyboard(open_page: OpenPage) -> None:
    page = open_page()
    page.goto("/console/")
    panel = page.locator(f"[data-testid={MENU}] .menu__panel")
    tab_to(page, "Network: your real one")
    page.keyboard.press("Enter")
    expect(panel).to_be_visible()
    page.keyboard.press("Escape")
    expect(panel).to_be_hidden()
    assert focused(page).startswith("Network: your real one")
    page.keyboard.press("Space")
    for _ in range(2):
        page.keyboard.press("Tab")
        focused(page)
    assert page.evaluate("document.activeElement.value") == "home"
    press_enter(page)
    expect(page).to_have_url("/console/")
    summary = page.locator(f"[data-testid={MENU}] > summary")
    expect(summary).to_contain_text("Home")
    expect(summary).to_contain_text(HOME)
    expect(page.locator("footer.where")).to_contain_text(HOME)


def test_networks_work_without_javascript(open_page: OpenPage, carlos: Person) -> None:
    page = open_page(javascript=False)
    page.goto("/console/?user=iam")
    steps.open_menu(page, MENU)
    with page.expect_navigation():
        page.get_by_role("button", name="Home").click()
    steps.fill(page, account=carlos.account, username=carlos.username, password=carlos.password)
    expect(page).to_have_url(steps.HOME)
    expect(page.locator("main")).to_contain_text(HOME)
    steps.open_menu(page, MENU)
    with page.expect_navigation():
        page.get_by_role("button", name="VPC endpoint in us-west-2").click()
    expect(page).to_have_url(steps.HOME)
    summary = page.locator(f"[data-testid={MENU}] > summary")
    expect(summary).to_contain_text("10.0.1.25 · vpc-0abc123def456789a")
    steps.open_menu(page, MENU)
    with page.expect_navigation():
        page.get_by_role("link", name="Another network of your own").click()
    page.fill("[name=source_ip]", "2001:DB8::7")
    with page.expect_navigation():
        page.get_by_test_id("use-source").click()
    expect(summary).to_contain_text("one of your own 2001:db8::7")
    with page.expect_navigation():
        page.get_by_test_id("real-network").click()
    expect(summary).to_contain_text("your real one")
    page.goto("/trail/?name=ConsoleLogin")
    expect(page.locator("tbody tr").first).to_contain_text(HOME)


@pytest.mark.parametrize("language", ["en", "ja"])
def test_the_menu_and_the_page_have_no_fault(open_page: OpenPage, carlos: Person, language: str) -> None:
    page = open_page(language=language)
    inspector = Inspector(page)
    page.goto("/console/?user=iam")
    steps.open_menu(page, MENU)
    inspector.look("sign-in with the menu of networks")
    with page.expect_navigation():
        page.locator("[name=network][value=vpc]").click()
    steps.open_menu(page, MENU)
    inspector.look("in a VPC, menu open")
    page.goto("/training/network")
    inspector.look("page of networks")
    page.fill("[name=source_ip]", "nowhere")
    with page.expect_navigation():
        page.get_by_test_id("use-source").click()
    inspector.look("page of networks, address refused")
    with page.expect_navigation():
        page.get_by_test_id("use-endpoint").click()
    inspector.look("page of networks, endpoint refused")
    steps.sign_in_iam_user(page, carlos)
    steps.open_menu(page, MENU)
    inspector.look("console with the menu of networks")
    assert not inspector.faults, "\n".join(inspector.faults)


@pytest.mark.parametrize("address", ["/console/?user=iam", "/training/network"])
def test_on_a_narrow_screen_the_whole_menu_is_seen(open_page: OpenPage, address: str) -> None:
    page = open_page(width=NARROW, height=640)
    page.goto(address)
    steps.open_menu(page, MENU)
    panel = page.locator(f"[data-testid={MENU}] .menu__panel")
    box = panel.bounding_box()
    assert box
    assert box["x"] >= 0
    assert box["x"] + box["width"] <= NARROW
    for button in panel.locator("button, a").all():
        button.scroll_into_view_if_needed()
        inner = button.bounding_box()
        assert inner
        assert inner["height"] >= 24
        on_top = button.evaluate(
            "(node) => { const box = node.getBoundingClientRect();"
            " return node.contains(document.elementFromPoint(box.left + box.width / 2, box.top + box.height / 2)); }"
        )
        assert on_top, button.inner_text()
    panel.locator("[value=vpc]").click()
    expect(page.locator(f"[data-testid={MENU}] > summary")).to_contain_text("vpc-0abc123def456789a")
    assert page.evaluate("document.documentElement.scrollWidth") <= NARROW
