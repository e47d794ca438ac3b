"""The admin site is entered by the operators' sign-in alone, and left for good."""

import pytest
from django.test import Client

from accounts.models import Principal, SignInSession
from mfa.models import Authenticator
from portal.trail.models import Event
from portal.trail.names import EventName
from portal.world.people import Person
from tests.admin.operators import OperatorBrowser, signed_in
from tests.console.browsing import Browser
from tests.mfa.codes import unused_code

World = dict[tuple[str, str], Person]


@pytest.mark.parametrize("path", ["/admin/", "/admin/accounts/principal/", "/admin/accounts/account/", "/admin/portal/event/", "/admin/nothing/"])
def test_adm_02_nobody_enters_without_the_operators_sign_in(world: World, path: str) -> None:
    answer = Client().get(path, follow=True)
    assert answer.redirect_chain[-1][0].startswith("/signin/operator?next=")


def test_adm_02_the_login_address_has_no_form_of_its_own(operator: Person) -> None:
    browser = Client()
    answer = browser.post("/admin/login/", {"username": operator.username, "password": operator.password})
    assert (answer.status_code, answer.headers["Location"]) == (303, "/signin/operator?next=%2Fadmin%2F")
    assert not SignInSession.objects.exists()
    assert browser.get("/admin/").status_code == 302


def test_adm_02_the_password_alone_opens_nothing(operator: Person) -> None:
    browser = OperatorBrowser()
    answer = browser.give_password(operator.username, operator.password)
    assert (answer.status_code, answer.headers["Location"]) == (303, "/signin/mfa/")
    assert not SignInSession.objects.exists()
    for path in ("/admin/", "/admin/login/?next=/admin/", "/admin/accounts/account/"):
        assert browser.client.get(path, follow=True).redirect_chain[-1][0].startswith("/signin/operator?next=")
    assert browser.send("/signin/mfa/", code="000000").status_code == 403
    browser.send("/signin/mfa/register/skip", page="/signin/mfa/")
    assert not SignInSession.objects.exists()
    session = browser.send("/signin/mfa/", code=unused_code(operator))
    assert (session.status_code, session.headers["Location"]) == (303, "/admin/")
    assert SignInSession.objects.get().factor == Authenticator.objects.get(user__kind="operator").serial


def test_adm_02_a_session_from_before_there_were_second_factors_opens_nothing(operator: Person) -> None:
    browser = signed_in(operator)
    assert SignInSession.objects.update(factor="") == 1
    for path in ("/admin/", "/operator/security/"):
        assert browser.client.get(path, follow=True).redirect_chain[-1][0].startswith("/signin/operator?next=")


@pytest.mark.parametrize("wanted", ["https://evil.example/", "//evil.example", "/\\evil.example", "javascript:alert(1)", "http:evil", "\x00/"])
def test_adm_02_next_leads_nowhere_else(db: None, wanted: str) -> None:
    answer = Client().get("/admin/login/", {"next": wanted})
    assert answer.status_code in {303, 400}
    if answer.status_code == 303:
        assert answer.headers["Location"] == "/signin/operator?next=%2Fadmin%2F"


def test_the_sign_in_comes_back_to_the_page_that_was_asked_for(operator: Person) -> None:
    browser = OperatorBrowser()
    answer = browser.sign_in(operator, wanted="/admin/accounts/account/")
    assert answer.headers["Location"] == "/admin/accounts/account/"
    assert browser.client.get("/admin/accounts/account/").status_code == 200


def test_people_of_the_simulated_cloud_do_not_enter(iam_user: Person, root_user: Person) -> None:
    browser = Browser()
    for person in (iam_user, root_user):
        browser.opens(person)
    Principal.objects.filter(kind__in=["root", "iam_user"]).update(is_staff=True, is_superuser=True)
    assert browser.get("/admin/").status_code == 302
    session, secret = browser.opens(iam_user), browser.client.cookies
    browser.client.cookies["operator"] = secret[f"s-{session.name[-8:]}"].value
    assert browser.get("/admin/").status_code == 302


def test_an_operator_without_the_right_to_enter_stays_outside(operator: Person) -> None:
    browser = signed_in(operator)
    assert browser.client.get("/admin/").status_code == 200
    Principal.objects.filter(kind="operator").update(is_staff=False)
    assert browser.client.get("/admin/").status_code == 302


def test_ses_06_a_disabled_operator_is_out_at_the_next_request(operator_browser: OperatorBrowser) -> None:
    Principal.objects.filter(kind="operator").update(is_active=False)
    assert operator_browser.client.get("/admin/").status_code == 302


def test_ses_04_signing_out_ends_the_session_for_good(operator_browser: OperatorBrowser) -> None:
    secret = operator_browser.client.cookies["operator"].value
    assert operator_browser.client.get("/admin/logout/").status_code == 303
    assert operator_browser.client.get("/admin/").status_code == 200
    answer = operator_browser.send("/admin/logout/", page="/admin/")
    assert (answer.status_code, answer.headers["Location"]) == (303, "/")
    assert operator_browser.client.cookies["operator"].value == ""
    operator_browser.client.cookies["operator"] = secret
    assert operator_browser.client.get("/admin/").status_code == 302
    assert SignInSession.objects.get().end_reason == SignInSession.End.SIGNED_OUT
    assert Event.objects.filter(event_name=EventName.CONSOLE_LOGOUT).count() == 1


def test_ses_03_the_operators_cookie_is_for_this_site_alone(operator: Person) -> None:
    browser = OperatorBrowser()
    browser.sign_in(operator)
    cookie = browser.client.cookies["operator"]
    assert (cookie["httponly"], cookie["samesite"], cookie["path"], cookie["domain"]) == (True, "Strict", "/", "")


def test_operators_change_their_own_password(operator: Person) -> None:
    here, elsewhere = signed_in(operator), signed_in(operator)
    page = "/admin/password_change/"
    wrong = here.send(page, password="not-my-password-1", new_password="a whole new sentence", confirm_password="a whole new sentence")
    assert wrong.status_code == 400
    short = here.send(page, password=operator.password, new_password="short", confirm_password="short")
    assert "Password should have a minimum length of 15 characters." in short.content.decode()
    before = here.client.cookies["operator"].value
    done = here.send(page, password=operator.password, new_password="a whole new sentence", confirm_password="a whole new sentence")
    assert done.status_code == 303
    assert here.client.cookies["operator"].value != before
    assert here.client.get("/admin/").status_code == 200
    assert elsewhere.client.get("/admin/").status_code == 302
    assert OperatorBrowser().give_password(operator.username, operator.password).status_code == 403


def test_the_strip_is_on_every_page(operator_browser: OperatorBrowser) -> None:
    for path in ("/admin/", "/admin/accounts/iamuser/", "/admin/accounts/account/add/", "/admin/password_change/"):
        text = operator_browser.client.get(path).content.decode()
        assert "Simulation — training environment. Do not enter real credentials." in text


def test_no_page_needs_what_the_content_security_policy_forbids(operator_browser: OperatorBrowser) -> None:
    for path in (
        "/admin/",
        "/admin/accounts/iamuser/",
        "/admin/accounts/account/111122223333/change/",
        "/admin/portal/event/",
        "/admin/accounts/iamuser/add/",
    ):
        answer = operator_browser.client.get(path)
        assert answer.status_code == 200
        text = answer.content.decode()
        assert "<style" not in text
        assert ' style="' not in text
        assert " onclick=" not in text
        assert "<script>" not in text
