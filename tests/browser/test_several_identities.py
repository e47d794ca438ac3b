"""Five identities in one browser: each has its own console, and none sees another's."""

from urllib.parse import urlsplit

import pytest
from playwright.sync_api import expect

from tests.browser import steps
from tests.browser.conftest import People
from tests.fixtures.browser import OpenPage

pytestmark = [pytest.mark.browser, pytest.mark.server]

WHO = (
    ("111122223333", "Carlos"),
    ("111122223333", "alice"),
    ("123456789012", "alice"),
    ("444455556666", "Mary_Major"),
    ("777788889999", "Nikki_Wolf"),
)
MIXED = """async (homes) => {
  const asked = Array.from({length: 12}, () => homes).flat();
  const shown = await Promise.all(asked.map(async (home) => {
    const answer = await fetch(home, {redirect: "manual"});
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    const arn = page.querySelector("[data-testid=arn]")?.textContent ?? "";
    return [home, answer.status, arn, page.querySelector("[name=csrfmiddlewaretoken]")?.value ?? ""];
  }));
  return shown;
}"""
SIGN_OUT = """async ([home, token]) => {
  const body = new URLSearchParams({csrfmiddlewaretoken: token});
  return (await fetch(home.replace("/home", "/sign-out"), {method: "POST", redirect: "manual", body})).status;
}"""


def test_ses_12_ses_13_five_identities_never_mix_and_a_sixth_waits(open_page: OpenPage, people: People) -> None:
    page = open_page()
    homes = {steps.sign_in_iam_user(page, people[who], add=True): f"arn:aws:iam::{who[0]}:user/{who[1]}" for who in WHO}
    assert len(homes) == 5

    cookies = page.context.cookies()
    assert sum(len(f"{cookie['name']}={cookie['value']}; ") for cookie in cookies) < 8192
    assert all(cookie["httpOnly"] for cookie in cookies)
    page.goto("/console/?add=1")
    expect(page.get_by_role("heading", level=1)).to_have_text("Five identities are signed in already")
    page.get_by_role("link", name="Choose a session to sign out of").click()
    expect(page.get_by_test_id("open-session")).to_have_count(5)

    tokens: dict[str, str] = {}
    for home, status, arn, token in page.evaluate(MIXED, list(homes)):
        assert (status, arn) == (200, homes[home])
        tokens[home] = token
    first, second, third, *_rest = homes
    assert page.evaluate(SIGN_OUT, [second, tokens[first]]) == 403
    page.goto(third)
    steps.open_menu(page, "identity-menu")
    with page.expect_response(lambda response: response.request.method == "POST") as answer:
        page.get_by_test_id("sign-out").click()
    assert answer.value.all_headers()["clear-site-data"] == '"cache"'
    expect(page.get_by_test_id("open-session")).to_have_count(4)
    for home, status, arn, _token in page.evaluate(MIXED, list(homes)):
        assert (status, arn) == ((0, "") if home == third else (200, homes[home]))

    newcomer = steps.sign_in_iam_user(page, people["111122223333", "EmergencyAdmin"], add=True)
    assert urlsplit(newcomer).path not in {urlsplit(home).path for home in homes}
    page.goto(third)
    expect(page.get_by_text("That session has ended.")).to_be_visible()
