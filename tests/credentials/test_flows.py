"""Setting a new password for an identity that was proved otherwise."""

import pytest

from accounts.credentials.flows import PasswordFailure, PasswordRefused, replace_password
from accounts.credentials.hashing import verify
from accounts.models import FormerPassword, PasswordPolicy, PasswordRecovery, Principal, SignInSession
from accounts.outcomes import Failure
from accounts.sessions.flows import open_session
from portal.core import clock
from portal.network.origin import Origin
from portal.trail.models import Event
from portal.trail.names import EventName
from portal.world.people import Person
from tests.races import racers

NEW = "Fresh-Harbor-2217"
ORIGIN = Origin(address="198.51.100.77", region="us-east-1", regional=False, user_agent="test", host="localhost")


def principal_of(person: Person) -> Principal:
    """Return the stored IAM user."""
    return Principal.objects.select_related("account").get(account_id=person.account, name=person.username)


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
    assert outcome.reason == PasswordFailure.SUPERSEDED
    assert verify(NEW, principal_of(iam_user).password)
    assert Event.objects.filter(event_name=EventName.CHANGE_PASSWORD).count() == 1


def test_a_right_that_is_gone_changes_nothing(iam_user: Person) -> None:
    outcome = replace_password(principal_of(iam_user), NEW, origin=ORIGIN, event=EventName.CHANGE_PASSWORD, claim=lambda: False)
    assert isinstance(outcome, Failure)
    assert verify(iam_user.password, principal_of(iam_user).password)


@pytest.mark.parametrize("new", ["short1A", "nouppercase1", "NoDigitsHere"])
def test_a_password_against_the_rules_claims_nothing(iam_user: Person, new: str) -> None:
    claimed: list[str] = []

    def claim() -> bool:
        claimed.append(new)
        return True

    outcome = replace_password(principal_of(iam_user), new, origin=ORIGIN, event=EventName.CHANGE_PASSWORD, claim=claim)
    assert isinstance(outcome, PasswordRefused)
    assert outcome.reason == PasswordFailure.RULES
    assert outcome.problems
    assert not claimed


def test_what_forced_the_change_is_lifted_and_every_session_ends(iam_user_to_change_password: Person) -> None:
    principal = principal_of(iam_user_to_change_password)
    session, _ = open_session(principal, origin=ORIGIN)
    assert not isinstance(replace_password(principal, NEW, origin=ORIGIN, event=EventName.CHANGE_PASSWORD), Failure)
    stored = principal_of(iam_user_to_change_password)
    assert not stored.must_change_password
    assert stored.credential_epoch == principal.credential_epoch == session.credential_epoch + 1
    assert SignInSession.objects.get(pk=session.pk).end_reason == SignInSession.End.PASSWORD_CHANGED


@pytest.mark.database
@pytest.mark.django_db(transaction=True)
def test_of_changes_at_the_same_moment_one_wins(iam_user: Person) -> None:
    passwords = iter([f"{NEW}-{number}" for number in range(6)])
    with racers(6) as race:

        def change() -> bool:
            return not isinstance(replace_password(principal_of(iam_user), next(passwords), origin=ORIGIN, event=EventName.CHANGE_PASSWORD), Failure)

        won = race(change)
    changes = Event.objects.filter(event_name=EventName.CHANGE_PASSWORD).count()
    assert won.count(True) == changes >= 1
    assert principal_of(iam_user).credential_epoch == changes


def test_a_link_is_used_up_by_the_change_that_it_allows(iam_user: Person) -> None:
    principal = principal_of(iam_user)
    now = clock.now()
    link = PasswordRecovery.objects.create(principal=principal, token_digest="0" * 64, credential_epoch=0, expires_at=now)

    def claim() -> bool:
        return PasswordRecovery.objects.filter(pk=link.pk, used_at=None).update(used_at=now) == 1

    assert not isinstance(replace_password(principal, NEW, origin=ORIGIN, event=EventName.CHANGE_PASSWORD, claim=claim), Failure)
    again = replace_password(principal_of(iam_user), "Other-Harbor-1", origin=ORIGIN, event=EventName.CHANGE_PASSWORD, claim=claim)
    assert isinstance(again, PasswordRefused)
    assert verify(NEW, principal_of(iam_user).password)
