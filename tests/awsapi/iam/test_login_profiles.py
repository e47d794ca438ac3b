"""Login profiles: passwords given, changed and taken away, and who signs in with them then."""

import json

import pytest

from accounts.credentials.flows import TRIES
from accounts.models import PasswordPolicy, Principal
from portal.trail.models import Event
from portal.world.people import Person
from tests.awsapi.conftest import key_of
from tests.awsapi.iam.accounts import ACCOUNT, newcomer, policy
from tests.awsapi.iam.test_users import give, user_of
from tests.awsapi.program import Program
from tests.fixtures.people import World
from tests.journeys.visitor import Visitor, text_of
from tests.signin.test_busy import every_place_taken

PASSWORD = "Winter-Harbor-88"
OTHER = "Summer-Island-21"
WRONG = "Your authentication information is incorrect. Please try again."


def signs_in(visitor: Visitor, person: Person, password: str = PASSWORD, *, name: str = "Nikki") -> str:
    """Sign in by the real pages as the user that the calls made."""
    return visitor.enters_console(visitor.gives_iam(person, username=name, password=password))


def test_a_user_with_a_login_profile_signs_in_and_without_one_no_more(administrator: Program, visitor: Visitor, iam_user: Person) -> None:
    administrator.answered("iam", "CreateUser", UserName="Nikki")
    assert WRONG in text_of(visitor.gives_iam(iam_user, username="Nikki", password=PASSWORD))
    made = administrator.answered("iam", "CreateLoginProfile", UserName="Nikki", Password=PASSWORD)["LoginProfile"]
    assert (made["UserName"], made["PasswordResetRequired"]) == ("Nikki", False)
    assert administrator.answered("iam", "GetLoginProfile", UserName="Nikki")["LoginProfile"] == made
    name = signs_in(visitor, iam_user)
    administrator.answered("iam", "DeleteLoginProfile", UserName="Nikki")
    assert not visitor.is_in(name)
    assert WRONG in text_of(visitor.gives_iam(iam_user, username="Nikki", password=PASSWORD))
    for operation in ("GetLoginProfile", "DeleteLoginProfile", "UpdateLoginProfile"):
        failed = administrator.refused("iam", operation, UserName="Nikki")
        assert (failed.code, failed.message) == ("NoSuchEntity", "Login Profile for User Nikki cannot be found.")


def test_the_first_sign_in_asks_for_a_new_password_where_that_is_wanted(administrator: Program, visitor: Visitor, iam_user: Person) -> None:
    administrator.answered("iam", "CreateUser", UserName="Nikki")
    administrator.answered("iam", "CreateLoginProfile", UserName="Nikki", Password=PASSWORD, PasswordResetRequired=True)
    assert administrator.answered("iam", "GetLoginProfile", UserName="Nikki")["LoginProfile"]["PasswordResetRequired"] is True
    _passed, page = visitor.walks(visitor.gives_iam(iam_user, username="Nikki", password=PASSWORD))
    assert "new_password" in page.content.decode()
    administrator.answered("iam", "UpdateLoginProfile", UserName="Nikki", PasswordResetRequired=False)
    signs_in(Visitor(), iam_user)


def test_ses_06_another_password_ends_what_is_open(administrator: Program, visitor: Visitor, iam_user: Person) -> None:
    administrator.answered("iam", "CreateUser", UserName="Nikki")
    administrator.answered("iam", "CreateLoginProfile", UserName="Nikki", Password=PASSWORD)
    name, epoch = signs_in(visitor, iam_user), user_of("Nikki").credential_epoch
    administrator.answered("iam", "UpdateLoginProfile", UserName="Nikki", Password=OTHER)
    assert not visitor.is_in(name)
    assert user_of("Nikki").credential_epoch == epoch + 1
    assert WRONG in text_of(visitor.gives_iam(iam_user, username="Nikki", password=PASSWORD))
    signs_in(Visitor(), iam_user, OTHER)


def test_there_is_one_login_profile(administrator: Program) -> None:
    failed = administrator.refused("iam", "CreateLoginProfile", UserName="alice", Password=PASSWORD)
    assert (failed.code, failed.status, failed.message) == ("EntityAlreadyExists", 409, "Login Profile for user alice already exists.")
    assert administrator.refused("iam", "CreateLoginProfile", UserName="nobody", Password=PASSWORD).code == "NoSuchEntity"


@pytest.mark.parametrize("password", ["short", "alllowercaseletters", "Without-digits-in-it"])
def test_the_accounts_policy_holds(administrator: Program, password: str) -> None:
    administrator.answered("iam", "CreateUser", UserName="Nikki")
    for operation, name in (("CreateLoginProfile", "Nikki"), ("UpdateLoginProfile", "alice")):
        failed = administrator.refused("iam", operation, UserName=name, Password=password)
        assert (failed.code, failed.status) == ("PasswordPolicyViolation", 400)
        assert password not in failed.message


def test_former_passwords_are_refused_as_the_policy_says(administrator: Program) -> None:
    administrator.answered("iam", "CreateUser", UserName="Nikki")
    administrator.answered("iam", "CreateLoginProfile", UserName="Nikki", Password=PASSWORD)
    administrator.answered("iam", "UpdateLoginProfile", UserName="Nikki", Password=OTHER)
    assert administrator.refused("iam", "UpdateLoginProfile", UserName="Nikki", Password=PASSWORD).code == "PasswordPolicyViolation"
    administrator.answered("iam", "DeleteLoginProfile", UserName="Nikki")
    assert administrator.refused("iam", "CreateLoginProfile", UserName="Nikki", Password=OTHER).code == "PasswordPolicyViolation"


def test_leak_no_password_is_in_an_event_or_an_error(administrator: Program, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("DEBUG")
    administrator.answered("iam", "CreateUser", UserName="Nikki")
    administrator.answered("iam", "CreateLoginProfile", UserName="Nikki", Password=PASSWORD)
    administrator.answered("iam", "UpdateLoginProfile", UserName="Nikki", Password=OTHER)
    nikki = Program.of(key_of(ACCOUNT, "Nikki"))
    nikki.refused("iam", "ChangePassword", OldPassword="Guess-Work-1234", NewPassword=PASSWORD)
    unreadable = "Snow-猫-9999"
    failed = administrator.refused("iam", "UpdateLoginProfile", UserName="Nikki", Password=unreadable)
    assert (failed.code, "HIDDEN" in failed.message) == ("ValidationError", True)
    seen = " ".join(f"{event.record} {event.note}" for event in Event.objects.all()) + caplog.text + failed.message
    for secret in (PASSWORD, OTHER, "Guess-Work-1234", unreadable, json.dumps(unreadable)[1:-1]):
        assert secret not in seen
    record = json.loads(Event.objects.filter(event_name="ChangePassword").latest("id").record)
    hidden = "HIDDEN_DUE_TO_SECURITY_REASONS"
    assert record["requestParameters"] == {"oldPassword": hidden, "newPassword": hidden}
    assert record["errorMessage"] == "The old password was incorrect."


class TestChangePassword:
    def test_a_user_changes_its_own(self, world: World, visitor: Visitor, iam_user: Person) -> None:
        name = visitor.signs_in_as_iam_user(iam_user)
        program = Program.of(key_of(ACCOUNT, "Carlos"))
        program.answered("iam", "ChangePassword", OldPassword=iam_user.password, NewPassword=PASSWORD)
        assert not visitor.is_in(name)
        assert WRONG in text_of(visitor.gives_iam(iam_user))
        visitor.signs_in_as_iam_user(iam_user, password=PASSWORD)
        events = Event.objects.filter(event_name="ChangePassword")
        assert events.count() == 1

    def test_the_old_password_must_be_right(self, administrator: Program) -> None:
        failed = administrator.refused("iam", "ChangePassword", OldPassword="Nothing-Like-1t", NewPassword=PASSWORD)
        assert (failed.code, failed.status, failed.message) == ("AccessDenied", 403, "The old password was incorrect.")

    def test_thr_guesses_climb_the_consoles_ladder(self, administrator: Program, iam_user: Person) -> None:
        free = TRIES.rungs[0][0]
        for _ in range(free + 1):
            administrator.refused("iam", "ChangePassword", OldPassword="Nothing-Like-1t", NewPassword=PASSWORD)
        failed = administrator.refused("iam", "ChangePassword", OldPassword=iam_user.password, NewPassword=PASSWORD)
        assert (failed.code, failed.status) == ("LimitExceeded", 409)
        assert TRIES.tries(str(user_of("Carlos").pk)) == free + 2

    def test_thr_a_busy_portal_says_try_again_and_counts_nothing(self, administrator: Program, iam_user: Person) -> None:
        with every_place_taken():
            for _ in range(TRIES.rungs[0][0] + 3):
                failed = administrator.refused("iam", "ChangePassword", OldPassword=iam_user.password, NewPassword=PASSWORD)
                assert (failed.code, failed.status) == ("Throttling", 400)
        administrator.answered("iam", "ChangePassword", OldPassword=iam_user.password, NewPassword=PASSWORD)

    def test_the_new_one_keeps_to_the_policy(self, administrator: Program, iam_user: Person) -> None:
        for new in ("short", iam_user.password):
            failed = administrator.refused("iam", "ChangePassword", OldPassword=iam_user.password, NewPassword=new)
            assert (failed.code, failed.status) == ("PasswordPolicyViolation", 400)

    def test_all_users_may_unless_the_accounts_policy_says_otherwise(self, world: World) -> None:
        nikki = newcomer()
        administrator = Program.of(key_of(ACCOUNT, "Carlos"))
        administrator.answered("iam", "CreateLoginProfile", UserName="Nikki", Password=PASSWORD)
        nikki.answered("iam", "ChangePassword", OldPassword=PASSWORD, NewPassword=OTHER)
        PasswordPolicy.objects.filter(pk=ACCOUNT).update(allow_users_to_change=False)
        failed = nikki.refused("iam", "ChangePassword", OldPassword=OTHER, NewPassword=PASSWORD + "x")
        assert (failed.code, "iam:ChangePassword" in failed.message) == ("AccessDenied", True)
        give("Nikki", policy("iam:ChangePassword", resource=f"arn:aws:iam::{ACCOUNT}:user/${{aws:username}}"))
        nikki.answered("iam", "ChangePassword", OldPassword=OTHER, NewPassword=PASSWORD + "x")

    def test_a_denial_stands_whatever_the_accounts_policy_lets_all_do(self, world: World) -> None:
        nikki = newcomer()
        Program.of(key_of(ACCOUNT, "Carlos")).answered("iam", "CreateLoginProfile", UserName="Nikki", Password=PASSWORD)
        give("Nikki", policy("iam:ChangePassword", effect="Deny"))
        failed = nikki.refused("iam", "ChangePassword", OldPassword=PASSWORD, NewPassword=OTHER)
        assert "explicit deny" in failed.message

    def test_it_is_for_iam_users(self, root_program: Program, administrator: Program) -> None:
        failed = root_program.refused("iam", "ChangePassword", OldPassword="Anything-12", NewPassword=PASSWORD)
        assert (failed.code, failed.status) == ("InvalidUserType", 400)
        role = administrator.answered("sts", "AssumeRole", RoleArn=f"arn:aws:iam::{ACCOUNT}:role/Admin", RoleSessionName="drill")
        session = administrator.within(role["Credentials"])
        assert session.refused("iam", "ChangePassword", OldPassword="Anything-12", NewPassword=PASSWORD).code == "InvalidUserType"

    def test_without_a_password_there_is_none_to_change(self, world: World) -> None:
        assert newcomer().refused("iam", "ChangePassword", OldPassword="Anything-12", NewPassword=PASSWORD).code == "NoSuchEntity"


def test_no_password_is_set_for_whom_policies_do_not_allow(reader: Program) -> None:
    before = Principal.objects.get(account=ACCOUNT, name="alice").password
    for operation in ("UpdateLoginProfile", "CreateLoginProfile"):
        assert reader.refused("iam", operation, UserName="alice", Password=PASSWORD).code == "AccessDenied"
    assert Principal.objects.get(account=ACCOUNT, name="alice").password == before
