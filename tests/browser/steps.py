"""What a person does in the portal's pages, one step each, and what this person then sees."""

import re
from typing import Any

from playwright.sync_api import Page, expect

from portal.world.people import Person
from tests.journeys.visitor import SKIP, forms_in
from tests.mfa.codes import code_now

HOME = re.compile(r"/console/[0-9]{12}-[a-z0-9]{8}/home")
TRAINING = {"X-Training": "1"}


def submit(page: Page) -> None:
    """Send the page's form, and wait for the answer."""
    with page.expect_navigation():
        page.get_by_test_id("submit").click()


def fill(page: Page, **typed: str) -> None:
    """Type into the fields of these names, and send the form."""
    for name, text in typed.items():
        page.fill(f"[name={name}]", text)
    submit(page)


def answer_to_check(page: Page) -> str:
    """Return the answer of the security check that this browser is looking at, as a trainer sees it."""
    answer = page.request.get("/training/api/captcha", headers=TRAINING)
    assert answer.ok, answer.text()
    return str(answer.json()["answer"])


def pass_check(page: Page) -> None:
    """Answer the security check, when one is due."""
    if page.locator("[name=captcha]").count():
        fill(page, captcha=answer_to_check(page))


def mail_to(page: Page, address: str, *, subject: str = "") -> Any:
    """Return the newest mail to an address, as the inbox's JSON tells it; waits for it up to 20 s."""
    answer = page.request.get("/inbox/api/messages", params={"to": address, "subject": subject, "wait": "20"}, timeout=30_000)
    mails = answer.json()["messages"]
    assert mails, f"no mail to {address}"
    return mails[0]


def name_iam_user(page: Page, person: Person, password: str = "", *, add: bool = False) -> None:
    """Send the sign-in form of an IAM user: with the right password unless another is given."""
    page.goto(f"/console/?user=iam{'&add=1' if add else ''}")
    fill(page, account=person.account, username=person.username, password=password or person.password)
    pass_check(page)


def sign_in_iam_user(page: Page, person: Person, *, add: bool = False) -> str:
    """Sign an IAM user in, with a code where the person has an authenticator app; return the address of the console's home page."""
    name_iam_user(page, person, add=add)
    if person.totp_secret:
        show_factor(page, person)
    expect(page).to_have_url(HOME)
    return page.url


def ask_in(page: Page, person: Person, *, add: bool = False) -> str:
    """Send the forms of an IAM user's sign-in without drawing the pages; return the address at which the person's answers end.

    The browser's own cookies and requests, the portal's own forms, at a tenth of the cost: for tests about what comes after.
    """
    answers = {"account": person.account, "username": person.username, "password": person.password}
    shown = page.request.get(f"/console/?user=iam{'&add=1' if add else ''}")
    while answers:
        (form,) = forms_in(shown.text())
        shown = page.request.post(form.action or shown.url, form={**form.fields, **answers})
        asked = {name for form in forms_in(shown.text()) for name in form.fields}
        if "captcha" in asked:
            answers = {"captcha": answer_to_check(page)}
        elif "code" in asked and person.totp_secret:
            answers = {"code": code_now(person.totp_secret)}
        else:
            answers = {}
    return shown.url


def signed_in(page: Page, person: Person, *, add: bool = False) -> str:
    """Sign an IAM user in as `sign_in_iam_user` does, without drawing the pages; return the address of the console's home page."""
    home = ask_in(page, person, add=add)
    assert HOME.search(home), home
    return home


def name_root_user(page: Page, email: str) -> None:
    """Go to the root user's password page."""
    page.goto("/console/?user=root")
    fill(page, email=email)
    pass_check(page)


def sign_in_root_user(page: Page, person: Person) -> str:
    """Sign a root user in from a new browser, mailed code included; return the address of the console's home page."""
    name_root_user(page, person.email)
    fill(page, password=person.password)
    fill(page, code=mail_to(page, person.email)["codes"][0])
    put_off_registration(page)
    expect(page).to_have_url(HOME)
    return page.url


def put_off_registration(page: Page) -> None:
    """Answer the offer of registering a second factor, which a root user without one gets, with "Not now"."""
    with page.expect_navigation():
        page.locator(f"form[action='{SKIP}'] button").click()


def show_factor(page: Page, person: Person) -> None:
    """Answer the challenge with the code that the person's app shows now, by way of the choice of types where there are several.

    A code counts once: the world is loaded anew for each test, and no test shows one person's code twice.
    """
    expect(page).to_have_url(re.compile(r"/signin/mfa/"))
    if person.passkey:
        page.goto("/signin/mfa/?type=totp")
    fill(page, code=code_now(person.totp_secret))


def open_menu(page: Page, name: str) -> None:
    """Open a menu of the bar: `identity-menu`, `region-menu`, `language-menu`, `theme-menu`."""
    page.locator(f"[data-testid={name}] > summary").click()
