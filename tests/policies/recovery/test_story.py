"""Locked out from home, and back by way of support (guide, "I am locked out of my account after enabling console authorization", option 2)."""

import json

import pytest

from accounts.models import SignInSession
from policies.models import ConsoleAuthorization, PermissionStatement, RecoveryCase
from portal.trail.models import Event
from portal.world.people import Person
from tests.fixtures.people import World
from tests.journeys.visitor import Visitor, alerts_of, text_of
from tests.policies.enforcement.guarded import STANDALONE
from tests.policies.recovery.steps import (
    DELETE,
    DONE,
    case_with_link,
    code_mailed,
    follows,
    is_dead,
    link_mailed,
    lock_out,
    only_case,
    opens_case,
    signs_in,
    takes,
)

BEFORE = "Your authentication information is incorrect. Please try again."
GUARDED = "888888888888"


def test_a_locked_account_is_recovered_through_support(desk: Visitor, at_home: Visitor, locked: None, administrator: Person) -> None:
    denied = at_home.gives_iam(administrator)
    assert (denied.status_code, alerts_of(denied)) == (403, BEFORE)

    path = opens_case(desk, "1234-5678-9012")
    page = desk.opens(path)
    assert "On for the account" in text_of(page)
    assert "The recovery portal can delete it." in text_of(page)
    takes(desk, path, "code")
    assert "The address is verified." in text_of(takes(desk, path, "verify", code=code_mailed(desk, "standalone@example.com")))
    page = takes(desk, path, "link")
    link = link_mailed(desk, "standalone@example.com")
    assert link.rpartition("/")[2] not in page.content.decode(), "the operator never sees the link"

    page = follows(at_home, link)
    assert STANDALONE in text_of(page)
    assert "1 permission statement" in text_of(page)
    assert 'name="account"' not in page.content.decode(), "the account is fixed"
    answer = at_home.sends(page, username=administrator.username, password=administrator.password)
    page = at_home.goes(answer, DELETE)
    assert "203.0.113.0/24" in text_of(page)
    assert not SignInSession.objects.filter(principal__account_id=STANDALONE).exists(), "no session of the console"
    assert at_home.sends(page, account="111122223333").status_code == 400, "the wrong account is typed"
    assert PermissionStatement.objects.filter(removed_at=None).count() == 1
    page = at_home.goes(at_home.sends(page, account=STANDALONE), DONE)
    assert "Review and update your resource permission statements to include properly configured excluded principals." in text_of(page)

    assert not ConsoleAuthorization.objects.filter(removed_at=None).exists()
    assert not PermissionStatement.objects.filter(removed_at=None).exists()
    assert only_case().outcome == RecoveryCase.Outcome.COMPLETED
    assert is_dead(at_home, link)
    mail = at_home.newest_mail("standalone@example.com")
    assert mail["subject"] == "Console authorization was deleted from your account"
    assert administrator.username in mail["text"]
    history = text_of(desk.opens(path))
    for words in ("Case opened", "Recovery link mailed", "Signed in with the link", "Console authorization deleted", "Completed"):
        assert words in history
    assert f"arn:aws:iam::{STANDALONE}:user/{administrator.username}" in history
    at_home.signs_in_as_iam_user(administrator)


def test_the_call_is_an_event_as_that_of_the_api_is(at_home: Visitor, locked: None, administrator: Person) -> None:
    _path, link = case_with_link()
    at_home.sends(signs_in(at_home, link, administrator), account=STANDALONE)
    event = Event.objects.get(event_name="DeleteConsoleAuthorizationConfiguration")
    record = json.loads(event.record)
    assert record["eventSource"] == "signin.amazonaws.com"
    assert record["userIdentity"]["arn"] == f"arn:aws:iam::{STANDALONE}:user/{administrator.username}"
    assert record["requestParameters"] == {"targetId": STANDALONE}
    assert record["responseElements"] == {"targetId": STANDALONE, "scope": "ACCOUNT", "consoleAuthorizationEnabled": False}
    assert (record["awsRegion"], record["eventType"], record["readOnly"]) == ("us-east-1", "AwsApiCall", False)
    assert json.loads(event.note)["recovery"]["statements"] == 1
    names = [record["eventName"] for record in at_home.events(STANDALONE) if record["eventName"].startswith("SupportRecovery")]
    assert names == [f"SupportRecovery{step}" for step in ("Opened", "CodeSent", "EmailVerified", "LinkIssued", "SignedIn", "Completed")]


def test_a_user_with_a_second_factor_shows_it(at_home: Visitor, world: World) -> None:
    efua = world[GUARDED, "Efua_Owusu"]
    lock_out(GUARDED)
    _path, link = case_with_link(GUARDED)
    answer = at_home.sends(follows(at_home, link), username=efua.username, password=efua.password)
    challenge = at_home.goes(answer, "/signin/mfa/")
    assert at_home.get(DELETE).status_code == 404, "the password alone opens nothing"
    assert at_home.sends(challenge, code="000000").status_code == 403
    page = at_home.goes(at_home.shows_factor(answer, efua), DELETE)
    at_home.goes(at_home.sends(page, account=GUARDED), DONE)
    event = json.loads(Event.objects.get(event_name="DeleteConsoleAuthorizationConfiguration").record)
    assert event["userIdentity"]["sessionContext"]["attributes"]["mfaAuthenticated"] == "true"
    at_home.signs_in_as_iam_user(efua)


def test_a_user_who_must_register_a_second_factor_does_so_first(at_home: Visitor, world: World) -> None:
    diego = world[GUARDED, "Diego_Ramirez"]
    lock_out(GUARDED)
    _path, link = case_with_link(GUARDED)
    answer = at_home.sends(follows(at_home, link), username=diego.username, password=diego.password)
    at_home.goes(answer, "/signin/mfa/register")
    answer, _secret = at_home.registers_app(at_home.opens("/signin/mfa/register/app"))
    assert answer.headers["Location"] == DELETE
    assert at_home.get(DELETE).status_code == 403, "read-only"


def test_a_user_who_must_change_the_password_does_so_first(at_home: Visitor, iam_user_to_change_password: Person) -> None:
    person = iam_user_to_change_password
    lock_out(person.account)
    _path, link = case_with_link(person.account)
    answer = at_home.sends(follows(at_home, link), username=person.username, password=person.password)
    page = at_home.goes(answer, "/signin/new-password")
    answer = at_home.sends(page, new_password="Larch-Trestle-2205", confirm_password="Larch-Trestle-2205")
    assert answer.headers["Location"] == DELETE
    assert not SignInSession.objects.filter(principal__account_id=person.account).exists()


def test_a_security_check_is_passed_within_the_recovery(at_home: Visitor, locked: None, administrator: Person) -> None:
    _path, link = case_with_link()
    page = follows(at_home, link)
    answer = None
    for _ in range(4):
        answer = at_home.sends(page, username=administrator.username, password="wrong")
        if answer.status_code == 303:
            break
    assert answer is not None
    check = at_home.goes(answer, "/signin/security-check")
    page = at_home.goes(at_home.passes_check(check), "/recovery/sign-in")
    answer = at_home.sends(page, username=administrator.username, password=administrator.password)
    assert answer.headers["Location"] == DELETE


def test_who_may_not_delete_is_told_which_permission_is_missing_and_lets_another_sign_in(
    at_home: Visitor, locked: None, developer: Person, administrator: Person
) -> None:
    _path, link = case_with_link()
    page = signs_in(at_home, link, developer)
    assert page.status_code == 403
    assert "signin:DeleteConsoleAuthorizationConfiguration" in text_of(page)
    assert "No policy allows this." in text_of(page)
    assert "203.0.113.0/24" not in text_of(page)
    answer = at_home.posts_with_token(DELETE, account=STANDALONE)
    assert answer.status_code == 403
    assert PermissionStatement.objects.filter(removed_at=None).count() == 1
    event = json.loads(Event.objects.get(event_name="DeleteConsoleAuthorizationConfiguration").record)
    assert event["errorCode"] == "AccessDeniedException"
    page = at_home.goes(at_home.posts_with_token("/recovery/leave"), "/recovery/sign-in")
    assert at_home.get(DELETE).status_code == 404, "the visit is over"
    page = at_home.goes(at_home.sends(page, username=administrator.username, password=administrator.password), DELETE)
    at_home.goes(at_home.sends(page, account=STANDALONE), DONE)


@pytest.mark.parametrize("by_organization", [False, True])
def test_the_organizations_own_setting_stays(at_home: Visitor, world: World, by_organization: bool) -> None:
    mary = world["444455556666", "Mary_Major"]
    lock_out(mary.account)
    if by_organization:
        ConsoleAuthorization.objects.filter(target=mary.account).update(target="o-exampleorg")
    _path, link = case_with_link(mary.account)
    at_home.goes(at_home.sends(signs_in(at_home, link, mary), account=mary.account), DONE)
    assert not PermissionStatement.objects.filter(removed_at=None).exists()
    assert ConsoleAuthorization.objects.filter(removed_at=None).count() == int(by_organization)
    at_home.signs_in_as_iam_user(mary)
