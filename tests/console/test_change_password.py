"""Changing one's own password from the security page."""

import json

import pytest

from accounts.credentials.hashing import verify
from accounts.models import OutgoingMail, PasswordPolicy, SignInSession
from portal.trail.models import Event
from portal.trail.names import EventName
from portal.world.people import Person
from tests.console.browsing import Browser, principal_of

NEW = "Fresh-Harbor-2217"


def change(laptop: Browser, session: SignInSession, *, current: str, new: str = NEW, again: str = NEW) -> tuple[int, str, str]:
    """Send the form; return status, target and page."""
    answer = laptop.send(
        f"/console/{session.name}/password", page=f"/console/{session.name}/security", password=current, new_password=new, confirm_password=again
    )
    return answer.status_code, answer.get("Location", ""), answer.content.decode()


def test_ses_05_a_changed_password_ends_every_other_session_and_renews_this_one(laptop: Browser, desktop: Browser, iam_user: Person) -> None:
    here, there, second = laptop.opens(iam_user), desktop.opens(iam_user), laptop.opens(iam_user)
    before = laptop.secret_of(here)

    status, target, _ = change(laptop, here, current=iam_user.password)

    assert (status, target) == (303, f"/console/{here.name}/security?done=password")
    assert "Your password was changed." in laptop.get(target).content.decode()
    assert laptop.secret_of(here) != before
    assert laptop.is_in(here)
    assert not desktop.is_in(there)
    assert not laptop.is_in(second)
    assert verify(NEW, principal_of(iam_user).password)
    assert SignInSession.objects.get(pk=there.pk).end_reason == SignInSession.End.PASSWORD_CHANGED
    laptop.client.cookies[f"s-{here.name[-8:]}"] = before
    assert not laptop.is_in(here), "the secret from before the change must be dead"


def test_an_iam_users_change_is_recorded_as_the_api_call(laptop: Browser, iam_user: Person) -> None:
    session = laptop.opens(iam_user)
    change(laptop, session, current=iam_user.password)
    record = json.loads(Event.objects.get(event_name=EventName.CHANGE_PASSWORD).record)
    assert record["eventSource"] == "iam.amazonaws.com"
    assert record["eventType"] == "AwsApiCall"
    assert record["userIdentity"]["sessionContext"]["attributes"]["creationDate"] == f"{session.created_at:%Y-%m-%dT%H:%M:%SZ}"
    assert NEW not in json.dumps(record)


def test_a_root_users_change_is_recorded_and_mailed(laptop: Browser, root_user: Person) -> None:
    session = laptop.opens(root_user)
    status, _, _ = change(laptop, session, current=root_user.password)
    assert status == 303
    event = Event.objects.get(event_name=EventName.PASSWORD_UPDATED)
    assert json.loads(event.record)["responseElements"] == {"PasswordUpdated": "Success"}
    mail = OutgoingMail.objects.get(kind="password_changed")
    assert mail.recipient == root_user.email


def test_a_wrong_current_password_changes_nothing_and_is_recorded(laptop: Browser, desktop: Browser, root_user: Person) -> None:
    here, there = laptop.opens(root_user), desktop.opens(root_user)
    status, _, page = change(laptop, here, current="Wrong-Harbor-1")
    assert status == 400
    assert "The current password is not right." in page
    assert "Wrong-Harbor-1" not in page
    assert NEW not in page
    assert laptop.is_in(here)
    assert desktop.is_in(there)
    assert verify(root_user.password, principal_of(root_user).password)
    assert not Event.objects.get(event_name=EventName.PASSWORD_UPDATED).succeeded


def test_guessing_the_current_password_is_slowed_down(laptop: Browser, iam_user: Person) -> None:
    session = laptop.opens(iam_user)
    statuses = [change(laptop, session, current=f"Wrong-Harbor-{turn}")[0] for turn in range(7)]
    assert statuses[:5] == [400] * 5
    assert statuses[-1] == 429
    assert change(laptop, session, current=iam_user.password)[0] == 429
    assert laptop.is_in(session)


@pytest.mark.parametrize(("new", "words"), [("short1A", "minimum length of 10"), ("nouppercase1", "uppercase"), ("NoDigitsHere", "number")])
def test_the_accounts_policy_is_held(laptop: Browser, iam_user: Person, new: str, words: str) -> None:
    session = laptop.opens(iam_user)
    status, _, page = change(laptop, session, current=iam_user.password, new=new, again=new)
    assert status == 400
    assert words in page.partition('role="alert"')[2].partition("</div>")[0]


def test_two_new_passwords_must_be_the_same(laptop: Browser, iam_user: Person) -> None:
    status, _, page = change(laptop, laptop.opens(iam_user), current=iam_user.password, again="Other-Harbor-2217")
    assert status == 400
    assert "The two new passwords are not the same." in page


def test_a_policy_can_keep_the_change_to_administrators(laptop: Browser, iam_user: Person) -> None:
    PasswordPolicy.objects.filter(pk="111122223333").update(allow_users_to_change=False)
    session = laptop.opens(iam_user)
    page = laptop.get(f"/console/{session.name}/security").content.decode()
    assert 'name="new_password"' not in page
    assert "Your administrator does not allow users to change their own password." in page
    status, _, page = change(laptop, session, current=iam_user.password)
    assert status == 400
    assert verify(iam_user.password, principal_of(iam_user).password)


@pytest.mark.parametrize("new", ["x" * 129, "a\x00B1" * 4, ""])
def test_unreadable_new_passwords_are_refused(laptop: Browser, iam_user: Person, new: str) -> None:
    assert change(laptop, laptop.opens(iam_user), current=iam_user.password, new=new, again=new)[0] == 400


def test_the_form_is_reached_by_its_page_alone(laptop: Browser, iam_user: Person) -> None:
    session = laptop.opens(iam_user)
    answer = laptop.get(f"/console/{session.name}/password")
    assert (answer.status_code, answer["Location"]) == (303, f"/console/{session.name}/security")
