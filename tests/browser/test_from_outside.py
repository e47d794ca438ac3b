"""What another site can do with a visitor's browser: nothing."""

from html import escape

import pytest
from playwright.sync_api import Page, expect

from portal.world.people import Person
from tests.browser import steps
from tests.browser.foreign import ForeignSite
from tests.fixtures.browser import OpenPage
from tests.fixtures.server import Live

pytestmark = [pytest.mark.browser, pytest.mark.server]

EMBED = """async (addresses) => {
  const reached = [];
  for (const address of addresses) {
    try { await fetch(address, {mode: "no-cors", credentials: "include"}); reached.push(address); } catch { /* refused */ }
  }
  return reached;
}"""


def form_that_sends_itself(action: str, **fields: str) -> str:
    """Return a page of a foreign site that sends a form at once."""
    inputs = "".join(f'<input name="{name}" value="{escape(value)}">' for name, value in fields.items())
    return f'<!doctype html><form method="post" action="{action}">{inputs}</form><script>document.forms[0].submit()</script>'


def expect_refused(page: Page, site: ForeignSite, path: str) -> None:
    """Open a page of the foreign site that sends a form to the portal, which must refuse it."""
    with page.expect_response(lambda response: response.request.method == "POST") as answer:
        page.goto(site.origin + path)
    assert answer.value.status == 403
    expect(page.get_by_role("heading", level=1)).to_be_visible()


def test_brw_03_nobody_is_signed_in_or_out_by_another_site(
    open_page: OpenPage, live: Live, foreign: ForeignSite, carlos: Person, mary: Person
) -> None:
    page = open_page()
    target = f"{live.base_url}/signin/iam"
    foreign.pages["/in"] = form_that_sends_itself(target, account=mary.account, username=mary.username, password=mary.password)
    expect_refused(page, foreign, "/in")
    page.goto("/console/")
    expect(page.get_by_role("heading", name="Sign in to the console")).to_be_visible()
    home = steps.sign_in_iam_user(page, carlos)
    expect_refused(page, foreign, "/in")
    for number, path in enumerate(
        (home.replace("/home", "/sign-out"), home.replace("/home", "/end-others"), f"{live.base_url}/console/sign-out-all")
    ):
        foreign.pages[f"/out{number}"] = form_that_sends_itself(path)
        expect_refused(page, foreign, f"/out{number}")
        foreign.pages[f"/look{number}"] = f'<!doctype html><h1>Elsewhere</h1><img src="{path}"><a href="{path}">Out</a>'
        page.goto(f"{foreign.origin}/look{number}")
        with page.expect_navigation():
            page.get_by_role("link", name="Out").click()
    page.goto(home)
    expect(page.get_by_test_id("arn")).to_have_text("arn:aws:iam::111122223333:user/Carlos")


def test_brw_04_no_page_can_be_framed(open_page: OpenPage, live: Live, foreign: ForeignSite, carlos: Person) -> None:
    page = open_page()
    home = steps.signed_in(page, carlos)
    mail = steps.mail_to(page, "exposed@example.com")["id"]
    paths = ["/", "/console/?user=iam&add=1", "/console/sessions", "/nothing-here", "/trail/?name=Nothing", "/misuse", "/inbox/", f"/inbox/{mail}"]
    paths += [
        f"/inbox/{mail}/html",
        "/trail/",
        "/training/",
        "/admin/",
        "/health/live",
        "/signin/security-check/image/1",
        "/signin/security-check/audio/1",
    ]
    addresses = [home, *(live.base_url + path for path in paths)]
    frames = "".join(f'<iframe src="{escape(address)}"></iframe>' for address in addresses)
    foreign.pages["/frames"] = f'<!doctype html><iframe src="/" id="own"></iframe>{frames}'
    outside = page.context.new_page()  # where the browser's complaints are wanted
    outside.goto(f"{foreign.origin}/frames")
    expect(outside.frame_locator("#own").get_by_role("heading")).to_have_text("Elsewhere")
    inner = outside.main_frame.child_frames
    assert len(inner) == len(addresses) + 1
    shown = [frame.url for frame in inner if not frame.url.startswith("chrome-error:")]
    assert shown == [f"{foreign.origin}/"]


def test_brw_09_nothing_can_be_embedded(open_page: OpenPage, live: Live, foreign: ForeignSite, carlos: Person) -> None:
    page = open_page()
    home = steps.signed_in(page, carlos)
    page.goto(foreign.origin)
    paths = [
        "/inbox/api/messages",
        "/trail/api/events",
        "/training/api/world",
        "/signin/security-check/image/1",
        "/signin/security-check/audio/1",
        "/",
    ]
    assert page.evaluate(EMBED, [foreign.origin + "/", home, *(live.base_url + path for path in paths)]) == [foreign.origin + "/"]


def test_brw_08_the_way_out_names_no_page(open_page: OpenPage, live: Live, foreign: ForeignSite, carlos: Person) -> None:
    page = open_page()
    page.goto("/password/forgot")
    steps.fill(page, email="development@example.com")
    places = {"/from-check": page.url}
    steps.pass_check(page)
    page.goto(steps.mail_to(page, "development@example.com")["links"][0])
    places["/from-reset"] = page.url
    places["/from-console"] = steps.signed_in(page, carlos)
    places["/from-home"] = f"{live.base_url}/"
    for path, place in places.items():
        foreign.pages[path] = "<!doctype html><h1>Elsewhere</h1>"
        page.goto(place)
        with page.expect_navigation():
            page.evaluate(
                "address => { const link = document.createElement('a'); link.href = address; document.body.append(link); link.click(); }",
                foreign.origin + path,
            )
        expect(page.get_by_role("heading")).to_have_text("Elsewhere")
        assert "Referer" not in foreign.received[path], place
