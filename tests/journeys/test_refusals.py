"""Sign-ins that prove their password and still end before the console, each with the guide's words."""

import pytest

from accounts.models import Account, SignInSession
from portal.core import clock
from portal.trail.models import Event
from portal.world.people import Person
from tests.journeys.visitor import Visitor, alerts_of, text_of


def give_root_password(visitor: Visitor, person: Person) -> str:
    """Give a root user's right password and return what the page of the refusal says."""
    answer = visitor.sends(visitor.reaches_root_password(person), password=person.password)
    assert answer.status_code == 403
    assert not SignInSession.objects.exists()
    assert not Event.objects.filter(event_name="ConsoleLogin", succeeded=True).exists()
    visitor.goes(visitor.get("/signin/password"), "/console/?timed_out=1")
    visitor.goes(visitor.get("/signin/verification-code"), "/console/?timed_out=1")
    return text_of(answer)


def test_a_suspended_account_says_whom_to_ask(visitor: Visitor, suspended_root_user: Person) -> None:
    text = give_root_password(visitor, suspended_root_user)
    assert "Your account is suspended" in text
    assert "how to reactivate a suspended account" in text
    assert not visitor.mails_to(suspended_root_user.email)


def test_a_suspended_account_refuses_its_iam_users_too(visitor: Visitor, suspended_iam_user: Person) -> None:
    answer = visitor.gives_iam(suspended_iam_user)
    assert answer.status_code == 403
    assert "Your account is suspended" in text_of(answer)


def test_enu_01_a_suspended_account_tells_nothing_to_a_wrong_password(visitor: Visitor, suspended_root_user: Person) -> None:
    answer = visitor.sends(visitor.reaches_root_password(suspended_root_user), password="Not-the-password-1")
    assert "Your authentication information is incorrect." in alerts_of(answer)
    assert "suspended" not in text_of(answer).replace(suspended_root_user.email, "")


def test_an_account_closed_within_90_days_can_be_reopened(visitor: Visitor, closed_root_user: Person) -> None:
    text = give_root_password(visitor, closed_root_user)
    assert "This account is closed" in text
    assert "ask Support to reopen it" in text


def test_an_account_closed_for_more_than_90_days_is_closed_for_good(visitor: Visitor, long_closed_root_user: Person) -> None:
    text = give_root_password(visitor, long_closed_root_user)
    assert "This account is permanently closed" in text
    assert "email+1@example.com" in text
    assert "Create a new account" in text


def test_ninety_days_pass_on_the_simulated_clock(visitor: Visitor, closed_root_user: Person) -> None:
    visitor.training("clock", advance_seconds=81 * 86400)
    assert "This account is permanently closed" in give_root_password(visitor, closed_root_user)


def test_a_required_reset_is_told_and_the_mail_says_why(visitor: Visitor, root_user_to_reset: Person) -> None:
    text = give_root_password(visitor, root_user_to_reset)
    assert "Password reset is required" in text
    assert "Forgot password?" in text
    mail = visitor.newest_mail(root_user_to_reset.email)
    assert mail["subject"] == "You need to reset your password"
    assert "found in a public repository" in mail["text"]


def test_a_required_reset_is_over_once_the_password_was_reset(visitor: Visitor, root_user_to_reset: Person) -> None:
    give_root_password(visitor, root_user_to_reset)
    page = visitor.goes(visitor.sends(visitor.opens("/password/forgot"), email=root_user_to_reset.email), "/password/forgot/security-check")
    visitor.goes(visitor.passes_check(page), "/password/forgot/sent")
    (link,) = visitor.newest_mail(root_user_to_reset.email)["links"]
    page = visitor.goes(visitor.get(link), "/password/new")
    visitor.goes(visitor.sends(page, new_password="Fresh-Harbor-2217", confirm_password="Fresh-Harbor-2217"), "/password/done")
    visitor.client.cookies.clear()
    visitor.signs_in_as_root(root_user_to_reset, password="Fresh-Harbor-2217")


def test_an_account_suspended_in_the_middle_of_a_sign_in_ends_it(visitor: Visitor, root_user: Person) -> None:
    page = visitor.reaches_code(root_user)
    Account.objects.filter(pk=root_user.account).update(status=Account.Status.SUSPENDED)
    answer = visitor.gives_mailed_code(page, root_user)
    assert answer.status_code == 403
    assert "Your account is suspended" in text_of(answer)
    assert not SignInSession.objects.exists()


def test_the_root_user_of_a_member_account_without_root_credentials(visitor: Visitor, root_user_without_credentials: Person) -> None:
    """The password page tells nothing; the mailed link tells whoever reads the mailbox."""
    person = root_user_without_credentials
    for password in ("Whatever-it-is-1", "!"):
        answer = visitor.sends(visitor.reaches_root_password(person), password=password)
        assert answer.status_code == 403
        assert "Your authentication information is incorrect. Please try again." in alerts_of(answer)
        visitor.client.cookies.clear()
    page = visitor.goes(visitor.sends(visitor.opens("/password/forgot"), email=person.email), "/password/forgot/security-check")
    page = visitor.goes(visitor.passes_check(page), "/password/forgot/sent")
    assert "If the address belongs to an account's root user" in text_of(page)
    (link,) = visitor.newest_mail(person.email)["links"]
    answer = visitor.get(link)
    assert (answer.status_code, answer.headers["Location"]) == (303, "/password/new")
    answer = visitor.get("/password/new")
    assert answer.status_code == 403
    assert "Password recovery is disabled for your root user account." in alerts_of(answer)
    answer = visitor.posts_with_token("/password/new", new_password="Fresh-Harbor-2217", confirm_password="Fresh-Harbor-2217")
    assert answer.status_code == 403


@pytest.mark.parametrize("account", ["222222222222", "333333333333", "555555555555"])
def test_no_link_resets_the_password_of_an_account_that_is_suspended_or_closed(visitor: Visitor, root_user: Person, account: str) -> None:
    email = {"222222222222": "suspended@example.com", "333333333333": "closed@example.com", "555555555555": "closed-long-ago@example.com"}[account]
    page = visitor.goes(visitor.sends(visitor.opens("/password/forgot"), email=email), "/password/forgot/security-check")
    visitor.goes(visitor.passes_check(page), "/password/forgot/sent")
    (link,) = visitor.newest_mail(email)["links"]
    visitor.get(link)
    answer = visitor.posts_with_token("/password/new", new_password="Fresh-Harbor-2217", confirm_password="Fresh-Harbor-2217")
    assert answer.status_code == 403
    assert {"222222222222": "suspended", "333333333333": "reopen", "555555555555": "permanently closed"}[account] in text_of(answer)


def test_an_attempt_is_over_after_fifteen_minutes(visitor: Visitor, root_user: Person) -> None:
    page = visitor.reaches_root_password(root_user)
    clock_before = clock.now()
    visitor.training("clock", advance_seconds=15 * 60 + 1)
    assert (clock.now() - clock_before).total_seconds() > 900
    answer = visitor.sends(page, password=root_user.password)
    page = visitor.goes(answer, "/console/?timed_out=1")
    assert "Your sign-in took too long or was interrupted. Start again." in text_of(page)
    assert not Event.objects.filter(event_name="ConsoleLogin").exists()


def test_an_attempt_from_a_time_that_has_not_come_is_over_too(visitor: Visitor, root_user: Person) -> None:
    visitor.training("clock", advance_seconds=3600)
    page = visitor.reaches_root_password(root_user)
    visitor.training("clock", reset=True)
    visitor.goes(visitor.sends(page, password=root_user.password), "/console/?timed_out=1")
