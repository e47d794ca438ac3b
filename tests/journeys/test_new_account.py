"""From "Create a new account" to the console of its root user."""

import re

from tests.journeys.visitor import Visitor, text_of

EMAIL = "newcomer@example.com"
PASSWORD = "Correct-horse7-staple"


def test_a_newcomer_signs_up_and_signs_in(visitor: Visitor) -> None:
    assert 'href="/register/"' in visitor.opens("/console/?user=root").content.decode()
    page = visitor.goes(visitor.sends(visitor.opens("/register/"), email=EMAIL, account_name="Newcomer Ltd"), "/register/security-check")
    page = visitor.goes(visitor.passes_check(page), "/register/code")
    page = visitor.goes(visitor.sends(page, code=visitor.newest_mail(EMAIL)["codes"][0]), "/register/details")
    page = visitor.goes(visitor.sends(page, new_password=PASSWORD, confirm_password=PASSWORD), "/register/done")
    shown = re.search(r"\b([0-9]{4})-([0-9]{4})-([0-9]{4})\b", text_of(page))
    assert shown
    account = "".join(shown.groups())
    assert visitor.newest_mail(EMAIL)["subject"] == "Your account is ready"

    page = visitor.sends(visitor.opens("/console/?user=root"), email=EMAIL)
    page = visitor.goes(visitor.passes_check(visitor.goes(page, "/signin/security-check")), "/signin/password")
    page = visitor.goes(visitor.sends(page, password=PASSWORD), "/signin/verification-code")
    name = visitor.enters_console(visitor.puts_off_registration(visitor.sends(page, code=visitor.newest_mail(EMAIL)["codes"][0])))

    assert name.startswith(f"{account}-")
    assert "Newcomer Ltd" in text_of(visitor.opens(f"/console/{name}/home"))
    assert [event["eventName"] for event in visitor.events(account)] == ["AccountCreated", "ConsoleLogin"]


def test_an_address_that_is_bound_gets_the_hint_of_the_plus_sign(visitor: Visitor) -> None:
    page = visitor.sends(visitor.opens("/register/"), email="standalone@example.com", account_name="Twice")
    page = visitor.goes(visitor.passes_check(visitor.goes(page, "/register/security-check")), "/register/code")
    passed, page = visitor.walks(visitor.sends(page, code=visitor.newest_mail("standalone@example.com")["codes"][0]))
    assert passed == ["/register/details", "/register/address-in-use"]
    assert "standalone+1@example.com" in text_of(page)
