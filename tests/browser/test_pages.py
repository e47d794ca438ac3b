"""Every page, met on the way of somebody who does what it is for: no fault by eye, by ear, on a narrow screen, in the dark, in both languages."""

import pytest
from playwright.sync_api import expect

from tests.browser import steps
from tests.browser.conftest import People
from tests.browser.inspection import Inspector
from tests.fixtures.browser import OpenPage

pytestmark = [pytest.mark.browser, pytest.mark.server, pytest.mark.parametrize("language", ["en", "ja"])]

NEW = "Larch-Trestle-2205"


def test_ways_in(open_page: OpenPage, people: People, language: str) -> None:
    page = open_page(language=language)
    inspector = Inspector(page)
    for address in ("/", "/console/", "/signin/which-user", "/misuse", "/password/forgot", "/password/forgot/iam-user?account=anycompany"):
        page.goto(address)
        inspector.look(address)
    page.goto("/console/?user=root")
    inspector.look("root user's e-mail address")
    steps.submit(page)
    inspector.look("no e-mail address")
    steps.fill(page, email="someone@corporation.com")
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    inspector.look("a real address")
    page.goto("/console/?account=anycompany")
    expect(page.locator("[name=account]")).to_have_value("anycompany")
    inspector.look("the account's own page")
    steps.fill(page, account="", username="", password="")
    expect(page.get_by_role("alert")).to_have_count(3)
    inspector.look("nothing typed")
    steps.fill(page, account="anycompany", username="Carlos", password="not his password")
    expect(page.get_by_role("alert")).to_have_count(1)
    inspector.look("a wrong password")
    steps.open_menu(page, "language-menu")
    inspector.look("language menu")
    steps.open_menu(page, "theme-menu")
    inspector.look("theme menu")
    page.goto("/nothing-here")
    inspector.look("nothing here")
    page.goto("/language")
    inspector.look("a method that is not allowed")
    page.goto("/signin/root")
    page.locator("[name=csrfmiddlewaretoken]").evaluate_all("fields => fields.forEach((field) => { field.value = 'x'; })")
    steps.fill(page, email="management@example.com")
    inspector.look("a form without its token")
    page.goto("/console/111122223333-abcdefgh/home")
    inspector.look("a session that is over")
    assert not inspector.faults, "\n".join(inspector.faults)


def test_root_users_way_in(open_page: OpenPage, people: People, language: str) -> None:
    owner = people["111122223333", "management@example.com"]
    page = open_page(language=language)
    inspector = Inspector(page)
    page.goto("/console/?user=root")
    steps.fill(page, email=owner.email)
    inspector.look("security check")
    steps.fill(page, captcha="------")
    expect(page.get_by_role("alert")).to_be_visible()
    inspector.look("security check, again")
    steps.pass_check(page)
    inspector.look("password")
    steps.fill(page, password="not the password")
    inspector.look("wrong password")
    steps.pass_check(page)
    steps.fill(page, password=owner.password)
    inspector.look("mailed code")
    steps.fill(page, code="000000")
    inspector.look("wrong code")
    steps.fill(page, code=steps.mail_to(page, owner.email)["codes"][0])
    inspector.look("second factor offered")
    steps.put_off_registration(page)
    expect(page).to_have_url(steps.HOME)
    inspector.look("root user's console")
    page.goto(page.url.partition("/home")[0] + "/security")
    inspector.look("root user's security page")
    assert not inspector.faults, "\n".join(inspector.faults)


def test_refusals(open_page: OpenPage, people: People, language: str) -> None:
    page = open_page(language=language)
    inspector = Inspector(page)
    for account, name in (
        ("666666666666", "exposed"),
        ("222222222222", "suspended"),
        ("333333333333", "closed"),
        ("555555555555", "closed-long-ago"),
    ):
        person = people[account, f"{name}@example.com"]
        steps.name_root_user(page, person.email)
        steps.fill(page, password=person.password)
        expect(page.get_by_role("alert")).to_be_visible()
        inspector.look(f"{name} root user")
    for account, name in (("444455556666", "Paulo_Santos"), ("222222222222", "Li_Juan")):
        steps.name_iam_user(page, people[account, name])
        expect(page.get_by_role("alert")).to_be_visible()
        inspector.look(f"{name} refused")
    steps.name_iam_user(page, people["111122223333", "Richard_Roe"])
    inspector.look("an expired password")
    steps.name_iam_user(page, people["111122223333", "Martha_Rivera"])
    inspector.look("a password that must be changed")
    steps.fill(page, new_password="short", confirm_password="short")
    inspector.look("a password that is too short")
    steps.fill(page, new_password=NEW, confirm_password=NEW)
    expect(page).to_have_url(steps.HOME)
    assert not inspector.faults, "\n".join(inspector.faults)


def test_a_forgotten_root_password(open_page: OpenPage, people: People, language: str) -> None:
    page = open_page(language=language)
    inspector = Inspector(page)
    links = []
    for email in ("development@example.com", "production@example.com"):
        page.goto("/password/forgot")
        steps.fill(page, email=email)
        steps.pass_check(page)
        links.append(steps.mail_to(page, email)["links"][0])
    inspector.look("instructions sent")
    page.goto(links[1])
    inspector.look("a root user without credentials")
    page.goto(links[0])
    inspector.look("new password")
    steps.fill(page, new_password="short", confirm_password="other")
    inspector.look("new password, refused")
    steps.fill(page, new_password=NEW, confirm_password=NEW)
    inspector.look("password reset")
    page.goto(links[0])
    inspector.look("a link used twice")
    steps.sign_in_iam_user(page, people["111122223333", "Carlos"])
    page.goto("/password/forgot")
    inspector.look("sign out first")
    assert not inspector.faults, "\n".join(inspector.faults)


def test_a_new_account(open_page: OpenPage, people: People, language: str) -> None:
    page = open_page(language=language)
    inspector = Inspector(page)
    page.goto("/register/")
    inspector.look("sign-up")
    steps.submit(page)
    inspector.look("sign-up, nothing typed")
    for email in ("standalone@example.com", "riverside@example.com"):
        page.goto("/register/")
        steps.fill(page, email=email, account_name="Riverside Books")
        steps.pass_check(page)
        inspector.look(f"code for {email}")
        steps.fill(page, code=steps.mail_to(page, email)["codes"][0])
        inspector.look(f"after the code for {email}")
    steps.fill(page, new_password=NEW, confirm_password=NEW)
    inspector.look("account made")
    assert not inspector.faults, "\n".join(inspector.faults)


def test_consoles(open_page: OpenPage, people: People, language: str) -> None:
    page = open_page(language=language)
    inspector = Inspector(page)
    steps.sign_in_iam_user(page, people["777788889999", "Nikki_Wolf"])
    steps.open_menu(page, "identity-menu")
    inspector.look("console with its menu")
    home = steps.sign_in_iam_user(page, people["111122223333", "zhang@example.com"], add=True)
    steps.open_menu(page, "identity-menu")
    inspector.look("console with two identities")
    steps.open_menu(page, "region-menu")
    inspector.look("regions")
    steps.sign_in_iam_user(open_page(), people["111122223333", "zhang@example.com"])
    page.goto(home.replace("/home", "/security"))
    page.get_by_test_id("end").locator("summary").click()
    inspector.look("security page, ending a session")
    page.get_by_test_id("end-others").locator("summary").click()
    inspector.look("security page, ending the others")
    page.reload()
    steps.fill(page, password="not the password", new_password=NEW, confirm_password=NEW)
    inspector.look("security page, wrong password")
    page.goto("/console/sessions")
    inspector.look("choice of sessions")
    with page.expect_navigation():
        page.get_by_test_id("sign-out-all").click()
    inspector.look("signed out")
    assert not inspector.faults, "\n".join(inspector.faults)


def test_rooms(open_page: OpenPage, people: People, language: str) -> None:
    page = open_page(language=language)
    inspector = Inspector(page)
    steps.name_iam_user(page, people["111122223333", "Carlos"], "not his password")
    page.goto("/inbox/?to=nobody@example.com")
    inspector.look("no mail")
    page.goto("/inbox/")
    inspector.look("inbox")
    page.get_by_test_id("mail").first.get_by_role("link").click()
    inspector.look("mail")
    page.goto("/trail/?account=12")
    inspector.look("event log, filter refused")
    page.goto("/trail/?account=999999999999")
    inspector.look("event log, no match")
    page.goto("/trail/?name=ConsoleLogin&source=127.0.0.1")
    inspector.look("event log, filtered")
    page.locator("tbody a").first.click()
    inspector.look("event")
    page.goto("/training/")
    page.get_by_test_id("advance-3600").click()
    inspector.look("training, the clock moved")
    page.goto("/")
    inspector.look("first page, the clock moved")
    assert not inspector.faults, "\n".join(inspector.faults)


def test_administration(open_page: OpenPage, people: People, language: str) -> None:
    operator = people["", "operator"]
    page = open_page(language=language)
    inspector = Inspector(page)
    page.goto("/admin/")
    steps.fill(page, username=operator.username, password="not the password")
    steps.pass_check(page)
    inspector.look("operator, wrong password")
    steps.fill(page, username=operator.username, password=operator.password)
    steps.pass_check(page)
    inspector.look("operator, second factor")
    steps.fill(page, code="000000")
    inspector.look("operator, wrong code")
    steps.show_factor(page, operator)
    expect(page).to_have_url("/admin/")
    inspector.look("administration")
    for room in ("accounts/account", "accounts/iamuser", "mfa/authenticator", "portal/event"):
        page.goto(f"/admin/{room}/")
        inspector.look(f"list of {room}")
        page.locator("#result_list tbody th a").first.click()
        inspector.look(f"one of {room}")
        if room == "mfa/authenticator":
            page.get_by_test_id("deactivate").click()
            inspector.look("deactivate, asked first")
    assert not inspector.faults, "\n".join(inspector.faults)
