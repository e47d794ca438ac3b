"""What the browser keeps and sends: no foreign origin, no secret, no link's token."""

import re
from urllib.parse import urljoin, urlsplit

import pytest
from playwright.sync_api import Request, expect

from portal.world.people import Person
from tests.browser import steps
from tests.browser.inspection import Inspector
from tests.fixtures.browser import OpenPage

pytestmark = [pytest.mark.browser, pytest.mark.server]

MOST_PAGES = 25
VARYING = re.compile(r"[0-9a-f]{8}-[0-9a-f-]{27}|\d+")
LINKS = "links => links.filter((link) => !link.hasAttribute('download')).map((link) => link.getAttribute('href'))"
KEPT = """async () => ({
  local: localStorage.length,
  session: sessionStorage.length,
  cookies: document.cookie,
  databases: (await indexedDB.databases()).length,
  caches: (await caches.keys()).length,
  workers: (await navigator.serviceWorker.getRegistrations()).length,
})"""


def test_brw_05_no_page_breaks_the_policy_or_asks_another_origin(open_page: OpenPage, carlos: Person) -> None:
    page = open_page()
    inspector = Inspector(page)
    waiting, met = ["/", steps.sign_in_iam_user(page, carlos)], set[str]()
    while waiting and len(met) < MOST_PAGES:
        address = waiting.pop(0)
        shape = VARYING.sub("#", urlsplit(address).path)
        if shape in met or "/api/" in address:
            continue
        met.add(shape)
        answer = page.goto(address)
        assert answer
        assert "script-src 'self'; style-src 'self'" in answer.headers["content-security-policy"], address
        assert answer.status < 500, address
        assert not page.locator("[style], style, script:not([src])").count(), address
        found = [urljoin(page.url, str(href)) for href in page.locator("a[href]").evaluate_all(LINKS)]
        waiting += [link for link in found if urlsplit(link).hostname == "localhost"]
        assert all(urlsplit(link).hostname == "localhost" for link in found if link.startswith("http")), address
    assert len(met) > 15
    assert not inspector.faults, "\n".join(inspector.faults)


def test_rst_04_the_mailed_links_token_leaves_the_address_bar(open_page: OpenPage) -> None:
    page = open_page()
    page.goto("/password/forgot")
    steps.fill(page, email="development@example.com")
    steps.pass_check(page)
    link = steps.mail_to(page, "development@example.com")["links"][0]
    token = urlsplit(link).path.rpartition("/")[2]
    assert len(token) > 20
    asked: list[Request] = []
    page.on("request", lambda request: asked.append(request))  # noqa: PLW0108  # Playwright marks the function, which no method allows
    page.goto(link)
    expect(page).to_have_url("/password/new")
    first, *others = asked
    assert first.url == link
    assert others
    assert not [request.url for request in others if token in request.url or token in str(request.all_headers())]
    assert token not in page.content()
    assert token not in page.evaluate("performance.getEntries().map((entry) => entry.name).join() + document.referrer")
    page.goto("/misuse")
    page.go_back()
    expect(page).to_have_url("/password/new")


def test_leak_06_the_browser_keeps_no_secret(open_page: OpenPage, owner: Person, carlos: Person) -> None:
    page = open_page()
    steps.sign_in_root_user(page, owner)
    steps.sign_in_iam_user(page, carlos, add=True)
    assert page.evaluate(KEPT) == {"local": 0, "session": 0, "cookies": "", "databases": 0, "caches": 0, "workers": 0}
    secrets = [owner.password, carlos.password, *(cookie["value"] for cookie in page.context.cookies() if cookie["name"].startswith("s-"))]
    assert len(secrets) == 4
    assert not [secret for secret in secrets if secret in page.content()]
    state = str(page.evaluate("JSON.stringify([...document.querySelectorAll('input')].map((input) => input.value)) + history.state + window.name"))
    assert not [secret for secret in secrets if secret in state]
