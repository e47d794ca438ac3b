"""The root user's sign-in, from end to end."""

from urllib.parse import parse_qs, urlsplit

import pytest

from portal.world.people import Person
from tests.fixtures.people import World
from tests.journeys.visitor import Visitor, alerts_of, text_of


def test_the_first_sign_in_from_a_browser(visitor: Visitor, root_user: Person) -> None:
    page = visitor.opens("/console/")
    assert 'href="/signin/root"' in page.content.decode()
    page = visitor.opens("/signin/root")
    page = visitor.goes(visitor.sends(page, email=root_user.email), "/signin/security-check")
    assert "You are signing in for the first time from this browser." in text_of(page)
    page = visitor.goes(visitor.passes_check(page), "/signin/password")
    assert root_user.email in text_of(page)
    page = visitor.goes(visitor.sends(page, password=root_user.password), "/signin/verification-code")
    assert "m***@example.com" in text_of(page)
    mail = visitor.newest_mail(root_user.email)
    assert mail["from"] == "no-reply@verify.signin.aws.example"
    assert len(mail["codes"]) == 1
    page = visitor.goes(visitor.sends(page, code=mail["codes"][0]), "/signin/mfa/register")
    assert "You have 35 days left" in text_of(page)

    answer = visitor.puts_off_registration(visitor.get("/signin/mfa/"))

    target = urlsplit(answer.headers["Location"])
    assert (answer.status_code, target.path) == (303, "/v1/authorize")
    asked = parse_qs(target.query)
    assert asked["response_type"] == ["code"]
    assert asked["code_challenge_method"] == ["S256"]
    assert asked["redirect_uri"] == ["http://localhost:8000/console/callback"]
    answer = visitor.get(answer.headers["Location"])
    target = urlsplit(answer.headers["Location"])
    assert (answer.status_code, target.path) == (303, "/console/callback")
    assert parse_qs(target.query)["state"] == asked["state"]
    answer = visitor.get(answer.headers["Location"])
    name = asked["login_hint"][0]
    page = visitor.goes(answer, f"/console/{name}/home")
    assert f"arn:aws:iam::{root_user.account}:root" in text_of(page)
    assert name.startswith(f"{root_user.account}-")


def test_a_known_browser_is_asked_for_the_password_alone(visitor: Visitor, root_user: Person) -> None:
    first = visitor.signs_in_as_root(root_user)
    mails = len(visitor.mails_to(root_user.email))
    page = visitor.sends(visitor.opens("/console/?add=1&user=root"), email=root_user.email)
    page = visitor.goes(page, "/signin/password")
    second = visitor.enters_console(visitor.puts_off_registration(visitor.sends(page, password=root_user.password)))
    assert second != first
    assert len(visitor.mails_to(root_user.email)) == mails
    assert visitor.is_in(first)


def test_a_browser_is_known_for_the_root_user_who_signed_in_alone(visitor: Visitor, root_user: Person, standalone_root_user: Person) -> None:
    visitor.signs_in_as_root(root_user)
    page = visitor.opens("/console/?add=1&user=root")
    visitor.goes(visitor.sends(page, email=standalone_root_user.email), "/signin/security-check")


def test_the_address_is_taken_in_any_case_and_with_space_around(visitor: Visitor, root_user: Person) -> None:
    page = visitor.sends(visitor.opens("/console/?user=root"), email=f"  {root_user.email.upper()} ")
    page = visitor.goes(visitor.passes_check(visitor.goes(page, "/signin/security-check")), "/signin/password")
    answer = visitor.sends(page, password=root_user.password)
    visitor.goes(answer, "/signin/verification-code")
    assert visitor.newest_mail(root_user.email)["to"] == root_user.email


def test_a_wrong_password_says_no_more_than_that(visitor: Visitor, root_user: Person) -> None:
    page = visitor.reaches_root_password(root_user)
    answer = visitor.sends(page, password="Not-the-password-1")
    assert answer.status_code == 403
    assert "Your authentication information is incorrect. Please try again." in alerts_of(answer)
    assert "Not-the-password-1" not in answer.content.decode()
    visitor.goes(visitor.sends(answer, password=root_user.password), "/signin/verification-code")


def test_three_failures_bring_the_security_check_with_its_reason(visitor: Visitor, root_user: Person) -> None:
    page = visitor.reaches_root_password(root_user)
    for _ in range(3):
        page = visitor.sends(page, password="Not-the-password-1")
        assert page.status_code == 403
    page = visitor.goes(visitor.sends(page, password=root_user.password), "/signin/security-check")
    assert "There were several failed sign-ins with these details." in text_of(page)
    page = visitor.goes(visitor.passes_check(page), "/signin/password")
    visitor.goes(visitor.sends(page, password=root_user.password), "/signin/verification-code")


def test_a_wrong_code_is_told_and_the_right_one_still_counts(visitor: Visitor, root_user: Person) -> None:
    page = visitor.reaches_code(root_user)
    code = visitor.newest_mail(root_user.email)["codes"][0]
    wrong = f"{(int(code) + 1) % 10**6:06}"
    page = visitor.sends(page, code=wrong)
    assert page.status_code == 400
    assert "The code is not right." in alerts_of(page)
    visitor.enters_console(visitor.puts_off_registration(visitor.sends(page, code=f"{code[:3]} {code[3:]}")))


def test_five_wrong_codes_end_the_attempt(visitor: Visitor, root_user: Person) -> None:
    page = visitor.reaches_code(root_user)
    code = visitor.newest_mail(root_user.email)["codes"][0]
    wrong = f"{(int(code) + 1) % 10**6:06}"
    for _ in range(5):
        page = visitor.sends(page, code=wrong)
        assert page.status_code == 400
    page = visitor.goes(visitor.sends(page, code=code), "/console/?too_many_codes=1")
    assert "Too many wrong codes. Start again." in text_of(page)
    visitor.goes(visitor.get("/signin/verification-code"), "/console/?timed_out=1")


def test_a_code_that_is_sent_again_kills_the_one_before(visitor: Visitor, root_user: Person) -> None:
    page = visitor.reaches_code(root_user)
    old = visitor.newest_mail(root_user.email)["codes"][0]
    answer = visitor.posts_with_token("/signin/verification-code/resend")
    page = visitor.goes(answer, "/signin/verification-code?sent=1")
    new = visitor.newest_mail(root_user.email)["codes"][0]
    if old != new:
        assert visitor.sends(page, code=old).status_code == 400
    visitor.enters_console(visitor.puts_off_registration(visitor.sends(page, code=new)))


def test_a_code_is_worth_nothing_after_ten_minutes(visitor: Visitor, root_user: Person) -> None:
    page = visitor.reaches_code(root_user)
    code = visitor.newest_mail(root_user.email)["codes"][0]
    visitor.training("clock", advance_seconds=601)
    page = visitor.sends(page, code=code)
    assert page.status_code == 400
    assert "This code is no longer valid." in alerts_of(page)


def test_the_console_opens_where_the_visitor_wanted_to_go(visitor: Visitor, root_user: Person) -> None:
    page = visitor.opens("/console/?user=root&next=/trail/%3Faccount%3D111122223333")
    page = visitor.goes(visitor.sends(page, email=root_user.email), "/signin/security-check")
    page = visitor.goes(visitor.passes_check(page), "/signin/password")
    page = visitor.goes(visitor.sends(page, password=root_user.password), "/signin/verification-code")
    answer = visitor.gives_mailed_code(page, root_user)
    passed, page = visitor.walks(answer)
    assert passed == ["/v1/authorize", "/console/callback", "/trail/"]
    assert page.status_code == 200


def test_the_region_of_the_endpoint_stays_with_the_session(visitor: Visitor, root_user: Person) -> None:
    page = visitor.opens("/console/?user=root&region=eu-west-1")
    page = visitor.goes(visitor.sends(page, email=root_user.email), "/signin/security-check")
    page = visitor.goes(visitor.passes_check(page), "/signin/password")
    page = visitor.goes(visitor.sends(page, password=root_user.password), "/signin/verification-code")
    answer = visitor.gives_mailed_code(page, root_user)
    _, page = visitor.walks(answer)
    assert page.request["QUERY_STRING"] == "region=eu-west-1"
    login = visitor.events(root_user.account)[-1]
    assert login["awsRegion"] == "us-east-1", "a root user's events always arrive there (IAM user guide)"


@pytest.mark.parametrize("region", ["mars-north-1", "us-east-1; drop", "US-EAST-1", "", "cn-north-1", "../../etc"])
def test_a_region_without_an_endpoint_is_the_global_one(visitor: Visitor, root_user: Person, region: str) -> None:
    page = visitor.client.get("/console/", {"user": "root", "region": region})
    assert page.status_code == 200
    answer = visitor.sends(page, email=root_user.email)
    visitor.goes(answer, "/signin/security-check")


def test_nobody_by_that_address_goes_the_same_way_as_far_as_the_password(visitor: Visitor, world: World) -> None:
    page = visitor.sends(visitor.opens("/console/?user=root"), email="nobody@example.com")
    page = visitor.goes(visitor.passes_check(visitor.goes(page, "/signin/security-check")), "/signin/password")
    answer = visitor.sends(page, password="Whatever-it-is-1")
    assert answer.status_code == 403
    assert "Your authentication information is incorrect. Please try again." in alerts_of(answer)
    assert not visitor.mails_to("nobody@example.com")


def test_an_address_that_looks_real_is_stopped(visitor: Visitor) -> None:
    answer = visitor.sends(visitor.opens("/signin/root"), email="jane@gmail.com")
    assert answer.status_code == 422
    assert "jane@gmail.com" not in answer.content.decode()


def test_the_page_leads_to_the_iam_users_and_back(visitor: Visitor) -> None:
    assert 'href="/signin/iam"' in visitor.opens("/signin/root").content.decode()
    assert 'href="/signin/root"' in visitor.opens("/signin/iam").content.decode()
