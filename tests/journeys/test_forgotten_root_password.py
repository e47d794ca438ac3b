"""A root user who has forgotten the password: from "Forgot password?" to the next sign-in."""

import pytest

from accounts.models import OutgoingMail, SignInSession
from accounts.signin.guessing import FROM_NEW_BROWSERS
from accounts.signin.root.flows import claim_key
from portal.world.people import Person
from tests.journeys.visitor import Visitor, alerts_of, form_of, text_of

NEW = "Fresh-Harbor-2217"


def asks_for_link(visitor: Visitor, email: str) -> str:
    """Ask for a link as far as the confirmation; return what the confirmation says."""
    page = visitor.goes(visitor.sends(visitor.opens("/password/forgot"), email=email), "/password/forgot/security-check")
    assert "Every password recovery starts with a security check." in text_of(page)
    return text_of(visitor.goes(visitor.passes_check(page), "/password/forgot/sent"))


def follows_link(visitor: Visitor, person: Person) -> object:
    """Follow the newest mailed link to the page behind it."""
    (link,) = visitor.newest_mail(person.email)["links"]
    return visitor.goes(visitor.get(link), "/password/new")


def test_from_start_to_end(visitor: Visitor, stranger: Visitor, root_user: Person) -> None:
    elsewhere = stranger.signs_in_as_root(root_user)
    assert stranger.is_in(elsewhere)
    page = visitor.reaches_root_password(root_user)
    assert 'href="/password/forgot"' in page.content.decode()
    page = visitor.opens("/password/forgot")
    assert form_of(page).fields["email"] == root_user.email, "what was typed at sign-in is filled in"

    assert "If the address belongs to an account's root user, further instructions have been sent to it." in asks_for_link(visitor, root_user.email)
    mail = visitor.newest_mail(root_user.email)
    assert (mail["subject"], mail["from"]) == ("Reset your password", "no-reply@signin.aws.example")
    (link,) = mail["links"]
    assert link.startswith("http://localhost:8000/password/reset/")
    answer = visitor.get(link)
    assert answer.headers["Referrer-Policy"] == "no-referrer"
    page = visitor.goes(answer, "/password/new")
    assert "At least 8 characters" in text_of(page) or "8" in text_of(page)
    page = visitor.sends(page, new_password=NEW, confirm_password=NEW + "x")
    assert "The two passwords are not the same." in alerts_of(page)
    page = visitor.sends(page, new_password="alllower", confirm_password="alllower")
    assert "Password should have at least three of" in alerts_of(page)
    page = visitor.goes(visitor.sends(page, new_password=NEW, confirm_password=NEW), "/password/done")
    assert "Your password has been reset." in text_of(page)

    assert not stranger.is_in(elsewhere), "every other session has ended"
    assert SignInSession.objects.get(name=elsewhere).end_reason == SignInSession.End.PASSWORD_CHANGED
    assert not visitor.client.cookies.get("s-" + elsewhere[-8:])
    dead = visitor.get(link)
    assert dead.status_code == 404
    assert "This link no longer works" in text_of(dead)
    mail = visitor.newest_mail(root_user.email)
    assert mail["subject"] == "Your password was changed"
    assert visitor.address in mail["text"]
    assert "Firefox" in mail["text"]
    assert NEW not in mail["text"] + mail["html"]

    old = Visitor()
    answer = old.sends(old.reaches_root_password(root_user), password=root_user.password)
    assert answer.status_code == 403
    Visitor().signs_in_as_root(root_user, password=NEW)
    names = [event["eventName"] for event in visitor.events(root_user.account)]
    assert names == ["ConsoleLogin", "PasswordRecoveryRequested", "PasswordRecoveryCompleted", "ConsoleLogin", "ConsoleLogin"]


def test_nobody_is_signed_in_by_a_link(visitor: Visitor, root_user: Person) -> None:
    asks_for_link(visitor, root_user.email)
    visitor.goes(visitor.sends(follows_link(visitor, root_user), new_password=NEW, confirm_password=NEW), "/password/done")
    assert not SignInSession.objects.exists()
    assert not [name for name in visitor.client.cookies if name.startswith("s-")]


def test_nobody_by_that_address_is_answered_alike(visitor: Visitor, root_user: Person) -> None:
    known = asks_for_link(visitor, root_user.email)
    assert asks_for_link(visitor, "nobody@example.com") == known
    assert not visitor.mails_to("nobody@example.com")
    assert OutgoingMail.objects.filter(kind="reset_link", state="discarded", recipient="").count() == 1


def test_the_check_cannot_be_left_out(visitor: Visitor, root_user: Person) -> None:
    visitor.goes(visitor.get("/password/forgot/security-check"), "/password/forgot")
    page = visitor.goes(visitor.sends(visitor.opens("/password/forgot"), email=root_user.email), "/password/forgot/security-check")
    answer = visitor.sends(page, captcha="WRONG9")
    assert answer.status_code == 400
    assert "The characters were not right." in alerts_of(answer)
    assert not [mail for mail in visitor.mails_to(root_user.email) if mail["links"]]


def test_an_iam_user_signs_out_first(visitor: Visitor, iam_user: Person, root_user: Person) -> None:
    name = visitor.signs_in_as_iam_user(iam_user)
    root = visitor.enters_console(_second_root(visitor, root_user))
    page = visitor.opens("/password/forgot")
    assert "You must sign out before you can reset the root user password." in alerts_of(page)
    answer = visitor.sends(page)
    page = visitor.goes(answer, "/password/forgot")
    assert "email" in form_of(page).fields
    assert not visitor.is_in(name)
    assert visitor.is_in(root), "only IAM users have to sign out"
    assert visitor.events(iam_user.account)[-1]["eventName"] == "ConsoleLogout"


def _second_root(visitor: Visitor, person: Person) -> object:
    page = visitor.sends(visitor.opens("/console/?add=1&user=root"), email=person.email)
    page = visitor.goes(visitor.passes_check(visitor.goes(page, "/signin/security-check")), "/signin/password")
    page = visitor.goes(visitor.sends(page, password=person.password), "/signin/verification-code")
    return visitor.gives_mailed_code(page, person)


def test_the_browser_that_reset_the_password_is_not_kept_out_by_a_guesser(visitor: Visitor, stranger: Visitor, root_user: Person) -> None:
    """Who keeps the account throttled cannot keep out the owner, who has just proved the mailbox (security catalogue THR-02)."""
    asks_for_link(visitor, root_user.email)
    visitor.goes(visitor.sends(follows_link(visitor, root_user), new_password=NEW, confirm_password=NEW), "/password/done")
    for _ in range(12):
        FROM_NEW_BROWSERS.climb(claim_key(root_user.email))
    page = visitor.goes(visitor.names_root(root_user), "/signin/password")
    visitor.enters_console(visitor.puts_off_registration(visitor.sends(page, password=NEW)))


@pytest.mark.parametrize("password", ["management@example.com", "AnyCompany Management"])
def test_the_new_password_is_no_name_of_the_account(visitor: Visitor, root_user: Person, password: str) -> None:
    asks_for_link(visitor, root_user.email)
    page = visitor.sends(follows_link(visitor, root_user), new_password=password, confirm_password=password)
    assert page.status_code == 400
    assert alerts_of(page)


def test_the_old_password_is_no_new_one(visitor: Visitor, root_user: Person) -> None:
    asks_for_link(visitor, root_user.email)
    page = visitor.sends(follows_link(visitor, root_user), new_password=root_user.password, confirm_password=root_user.password)
    assert "Password was used before." in alerts_of(page)
