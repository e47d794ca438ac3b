"""The operator's sign-in to the admin site."""

from portal.world.people import Person
from tests.journeys.visitor import Visitor, alerts_of


def test_an_operator_signs_in_to_the_admin_site(visitor: Visitor, operator: Person) -> None:
    passed, page = visitor.walks(visitor.get("/admin/"))
    assert passed == ["/admin/login/", "/signin/operator"]
    answer = visitor.sends(page, username=operator.username, password=operator.password)
    assert visitor.get("/admin/").status_code == 302, "the password alone opens nothing"
    visitor.goes(visitor.shows_factor(answer, operator), "/admin/")
    (event,) = [event for event in visitor.events() if event["eventName"] == "OperatorLogin"]
    assert event["userIdentity"] == {"type": "Operator", "userName": "operator"}
    assert event["responseElements"] == {"OperatorLogin": "Success"}


def test_an_operator_is_nobody_in_the_console(visitor: Visitor, operator: Person) -> None:
    visitor.signs_in_as_operator(operator)
    assert visitor.opens("/console/").status_code == 200
    assert visitor.get("/console/sessions").headers.get("Location", "").startswith("/console/")


def test_a_wrong_password_says_no_more_than_that(visitor: Visitor, operator: Person) -> None:
    for username in (operator.username, "nobody"):
        answer = visitor.sends(visitor.opens("/signin/operator"), username=username, password="Not-the-password-1")
        assert answer.status_code == 403
        assert "Your authentication information is incorrect. Please try again." in alerts_of(answer)


def test_three_failures_bring_the_security_check(visitor: Visitor, operator: Person) -> None:
    page = visitor.opens("/signin/operator")
    for _ in range(3):
        page = visitor.sends(page, username=operator.username, password="Not-the-password-1")
    page = visitor.goes(visitor.sends(page, username=operator.username, password=operator.password), "/signin/security-check")
    page = visitor.goes(visitor.passes_check(page), "/signin/operator")
    visitor.goes(visitor.shows_factor(visitor.sends(page, username=operator.username, password=operator.password), operator), "/admin/")


def test_an_operators_session_lasts_twelve_hours(visitor: Visitor, operator: Person) -> None:
    visitor.signs_in_as_operator(operator)
    visitor.opens("/admin/")
    visitor.training("clock", advance_seconds=12 * 3600 + 1)
    assert visitor.get("/admin/").status_code in {302, 303}
