"""Changing one's own password from the security page."""

import json

import pytest

from accounts.credentials.flows import replace_password
from accounts.credentials.hashing import verify
from accounts.models import FormerPassword, OutgoingMail, PasswordPolicy, SignInSession
from accounts.outcomes import Failure
from portal.network.origin import Origin
from portal.trail.models import Event
from portal.trail.names import EventName
from portal.world.people import Person
from tests.console.browsing import Browser, principal_of

NEW = "Fresh-Harbor-2217"
ORIGIN = Origin(address="198.51.100.77", region="us-east-1", regional=False, user_agent="test", host="localhost")


def change(browser: Browser, session: SignInSession, *, current: str, new: str = NEW, again: str = NEW) -> tuple[int, str, str]:
    """Send the form; return status, target and page."""
    answer = browser.send(
        f"/console/{session.name}/password", page=f"/console/{session.name}/security", password=current, new_password=new, confirm_password=again
    )
    return answer.status_code, answer.get("Location", ""), answer.content.decode()


def test_ses_05_a_changed_password_ends_every_other_session_and_renews_this_one(browser: Browser, other_browser: Browser, iam_user: Person) -> None:
    here, there, second = browser.opens(iam_user), other_browser.opens(iam_user), browser.opens(iam_user)
    before = browser.secret_of(here)

    status, target, _ = change(browser, here, current=iam_user.password)

    assert (status, target) == (303, f"/console/{here.name}/security?done=password")
    assert "Your password was changed." in browser.get(target).content.decode()
    assert browser.secret_of(here) != before
    assert browser.is_in(here)
    assert not other_browser.is_in(there)
    assert not browser.is_in(second)
    assert verify(NEW, principal_of(iam_user).password)
    assert SignInSession.objects.get(pk=there.pk).end_reason == SignInSession.End.PASSWORD_CHANGED
    browser.client.cookies[f"s-{here.name[-8:]}"] = before
    assert not browser.is_in(here), "the secret from before the change must be dead"


def test_an_iam_users_change_is_recorded_as_the_api_call(browser: Browser, iam_user: Person) -> None:
    session = browser.opens(iam_user)
    change(browser, session, current=iam_user.password)
    record = json.loads(Event.objects.get(event_name=EventName.CHANGE_PASSWORD).record)
    assert record["eventSource"] == "iam.amazonaws.com"
    assert record["eventType"] == "AwsApiCall"
    assert record["userIdentity"]["sessionContext"]["attributes"]["creationDate"] == f"{session.created_at:%Y-%m-%dT%H:%M:%SZ}"
    assert NEW not in json.dumps(record)


def test_a_root_users_change_is_recorded_and_mailed(browser: Browser, root_user: Person) -> None:
    session = browser.opens(root_user)
    status, _, _ = change(browser, session, current=root_user.password)
    assert status == 303
    event = Event.objects.get(event_name=EventName.PASSWORD_UPDATED)
    assert json.loads(event.record)["responseElements"] == {"PasswordUpdated": "Success"}
    mail = OutgoingMail.objects.get(kind="password_changed")
    assert mail.recipient == root_user.email


def test_a_wrong_current_password_changes_nothing_and_is_recorded(browser: Browser, other_browser: Browser, root_user: Person) -> None:
    here, there = browser.opens(root_user), other_browser.opens(root_user)
    status, _, page = change(browser, here, current="Wrong-Harbor-1")
    assert status == 400
    assert "The current password is not right." in page
    assert "Wrong-Harbor-1" not in page
    assert NEW not in page
    assert browser.is_in(here)
    assert other_browser.is_in(there)
    assert verify(root_user.password, principal_of(root_user).password)
    assert not Event.objects.get(event_name=EventName.PASSWORD_UPDATED).succeeded


def test_guessing_the_current_password_is_slowed_down(browser: Browser, iam_user: Person) -> None:
    session = browser.opens(iam_user)
    statuses = [change(browser, session, current=f"Wrong-Harbor-{turn}")[0] for turn in range(7)]
    assert statuses[:5] == [400] * 5
    assert statuses[-1] == 429
    assert change(browser, session, current=iam_user.password)[0] == 429
    assert browser.is_in(session)


@pytest.mark.parametrize(("new", "words"), [("short1A", "minimum length of 10"), ("nouppercase1", "uppercase"), ("NoDigitsHere", "number")])
def test_the_accounts_policy_is_held(browser: Browser, iam_user: Person, new: str, words: str) -> None:
    session = browser.opens(iam_user)
    status, _, page = change(browser, session, current=iam_user.password, new=new, again=new)
    assert status == 400
    assert words in page.partition('role="alert"')[2].partition("</div>")[0]


def test_two_new_passwords_must_be_the_same(browser: Browser, iam_user: Person) -> None:
    status, _, page = change(browser, browser.opens(iam_user), current=iam_user.password, again="Other-Harbor-2217")
    assert status == 400
    assert "The two new passwords are not the same." in page


def test_former_passwords_are_refused_as_far_back_as_the_policy_says(world: None, iam_user: Person) -> None:
    PasswordPolicy.objects.filter(pk="111122223333").update(reuse_prevention=2)
    passwords = [iam_user.password, "Second-Harbor-1", "Third-Harbor-1", "Fourth-Harbor-1"]
    for password in passwords[1:]:
        assert not isinstance(replace_password(principal_of(iam_user), password, origin=ORIGIN, event=EventName.CHANGE_PASSWORD), Failure)
    for refused in passwords[1:]:
        assert isinstance(replace_password(principal_of(iam_user), refused, origin=ORIGIN, event=EventName.CHANGE_PASSWORD), Failure)
    assert not isinstance(replace_password(principal_of(iam_user), passwords[0], origin=ORIGIN, event=EventName.CHANGE_PASSWORD), Failure)


def test_no_more_former_passwords_are_kept_than_a_policy_can_refuse(iam_user: Person) -> None:
    principal = principal_of(iam_user)
    for _ in range(30):
        FormerPassword.objects.create(principal=principal, encoded="!")
    replace_password(principal, NEW, origin=ORIGIN, event=EventName.CHANGE_PASSWORD)
    kept = FormerPassword.objects.filter(principal=principal).order_by("-id")
    assert len(kept) == 24
    assert verify(iam_user.password, kept[0].encoded)


def test_a_change_that_came_second_changes_nothing(iam_user: Person) -> None:
    first, second = principal_of(iam_user), principal_of(iam_user)
    assert not isinstance(replace_password(first, NEW, origin=ORIGIN, event=EventName.CHANGE_PASSWORD), Failure)
    outcome = replace_password(second, "Other-Harbor-1", origin=ORIGIN, event=EventName.CHANGE_PASSWORD)
    assert isinstance(outcome, Failure)
    assert outcome.reason == "superseded"
    assert verify(NEW, principal_of(iam_user).password)
    assert Event.objects.filter(event_name=EventName.CHANGE_PASSWORD).count() == 1


def test_a_right_that_is_gone_changes_nothing(iam_user: Person) -> None:
    outcome = replace_password(principal_of(iam_user), NEW, origin=ORIGIN, event=EventName.CHANGE_PASSWORD, claim=lambda: False)
    assert isinstance(outcome, Failure)
    assert verify(iam_user.password, principal_of(iam_user).password)


def test_a_policy_can_keep_the_change_to_administrators(browser: Browser, iam_user: Person) -> None:
    PasswordPolicy.objects.filter(pk="111122223333").update(allow_users_to_change=False)
    session = browser.opens(iam_user)
    page = browser.get(f"/console/{session.name}/security").content.decode()
    assert 'name="new_password"' not in page
    assert "Your administrator does not allow users to change their own password." in page
    status, _, page = change(browser, session, current=iam_user.password)
    assert status == 400
    assert verify(iam_user.password, principal_of(iam_user).password)


@pytest.mark.parametrize("new", ["x" * 129, "a\x00B1" * 4, ""])
def test_unreadable_new_passwords_are_refused(browser: Browser, iam_user: Person, new: str) -> None:
    assert change(browser, browser.opens(iam_user), current=iam_user.password, new=new, again=new)[0] == 400


def test_the_form_is_reached_by_its_page_alone(browser: Browser, iam_user: Person) -> None:
    session = browser.opens(iam_user)
    answer = browser.get(f"/console/{session.name}/password")
    assert (answer.status_code, answer["Location"]) == (303, f"/console/{session.name}/security")
