"""IAM users: made, described, listed, renamed and deleted, and what stays and goes with that."""

import json

import pytest

from accounts.access_keys.flows import make_key
from accounts.models import GroupMembership, PolicyAttachment, Principal, Role, SignInSession
from policies.models import InlinePolicy, PolicyDocument, PolicyTarget
from portal.trail.models import Event
from tests.awsapi.conftest import SHELL, key_of
from tests.awsapi.iam.accounts import ACCOUNT, READ_ONLY, arn, newcomer, policy, trust
from tests.awsapi.program import Program
from tests.fixtures.people import World
from tests.journeys.visitor import Visitor
from tests.mfa.codes import app_of


def user_of(name: str, account: str = ACCOUNT) -> Principal:
    """Return an IAM user as the database has it now."""
    return Principal.objects.get(kind=Principal.Kind.IAM_USER, account_id=account, name=name)


def give(name: str, text: str) -> None:
    """Give a user a policy of its own."""
    InlinePolicy.objects.create(user=user_of(name), name="own", text=text)


def test_a_user_is_made_described_renamed_and_deleted(administrator: Program) -> None:
    made = administrator.answered("iam", "CreateUser", UserName="Nikki", Path="/team/")["User"]
    assert (made["Arn"], made["Path"], made["UserName"]) == (arn("user", "Nikki", "/team/"), "/team/", "Nikki")
    assert made["UserId"].startswith("AIDA")
    assert administrator.answered("iam", "GetUser", UserName="nikki")["User"] == made
    administrator.answered("iam", "UpdateUser", UserName="Nikki", NewUserName="Nikki.Wolf", NewPath="/")
    renamed = administrator.answered("iam", "GetUser", UserName="Nikki.Wolf")["User"]
    assert (renamed["Arn"], renamed["UserId"]) == (arn("user", "Nikki.Wolf"), made["UserId"])
    failed = administrator.refused("iam", "GetUser", UserName="Nikki")
    assert (failed.code, failed.status, failed.message) == ("NoSuchEntity", 404, "The user with name Nikki cannot be found.")
    administrator.answered("iam", "DeleteUser", UserName="Nikki.Wolf")
    assert administrator.refused("iam", "DeleteUser", UserName="Nikki.Wolf").code == "NoSuchEntity"


def test_who_names_nobody_is_described_itself(administrator: Program, root_program: Program) -> None:
    assert administrator.answered("iam", "GetUser")["User"]["UserName"] == "Carlos"
    root = root_program.answered("iam", "GetUser")["User"]
    assert (root["Arn"], root["UserId"]) == ("arn:aws:iam::123456789012:root", "123456789012")
    assert "UserName" not in root
    role = administrator.answered("sts", "AssumeRole", RoleArn=arn("role", "Admin"), RoleSessionName="drill")
    failed = administrator.within(role["Credentials"]).refused("iam", "GetUser")
    assert (failed.code, failed.message) == ("ValidationError", "Must specify userName when calling with non-User credentials")


@pytest.mark.parametrize(
    ("parameters", "code", "status"),
    [
        ({"UserName": "carlos"}, "EntityAlreadyExists", 409),
        ({"UserName": "a b"}, "ValidationError", 400),
        ({"UserName": "Nikki", "Path": "team"}, "ValidationError", 400),
        ({"UserName": "n" * 65}, "ValidationError", 400),
        ({"UserName": "Nikki", "Tags": [{"Key": "team", "Value": "a"}]}, "InvalidInput", 400),
        ({"UserName": "Nikki", "PermissionsBoundary": READ_ONLY}, "InvalidInput", 400),
    ],
)
def test_what_cannot_be_made_is_refused(administrator: Program, parameters: dict[str, object], code: str, status: int) -> None:
    before = Principal.objects.count()
    failed = administrator.refused("iam", "CreateUser", **parameters)
    assert (failed.code, failed.status) == (code, status)
    assert Principal.objects.count() == before


def test_names_are_of_an_account(administrator: Program, member_administrator: Program) -> None:
    member_administrator.answered("iam", "CreateUser", UserName="Carlos")
    assert administrator.refused("iam", "GetUser", UserName="Mary_Major").code == "NoSuchEntity"


def test_pages_go_on_by_key_below_a_path(administrator: Program) -> None:
    for number in range(5):
        administrator.answered("iam", "CreateUser", UserName=f"user-{number}", Path="/Team/" if number % 2 else "/team/")
    whole = [user["UserName"] for user in administrator.answered("iam", "ListUsers")["Users"]]
    assert whole == sorted(whole, key=str.lower)
    found: list[str] = []
    more: dict[str, object] = {}
    while True:
        answer = administrator.answered("iam", "ListUsers", PathPrefix="/team/", MaxItems=2, **more)
        found += [user["UserName"] for user in answer["Users"]]
        if not answer["IsTruncated"]:
            break
        more = {"Marker": answer["Marker"]}
    assert found == ["user-0", "user-2", "user-4"]
    wrong = administrator.refused("iam", "ListUsers", PathPrefix="/", **more)
    assert (wrong.code, wrong.status) == ("ValidationError", 400)


def test_the_last_sign_in_is_told(administrator: Program, visitor: Visitor, world: World) -> None:
    assert "PasswordLastUsed" not in administrator.answered("iam", "GetUser", UserName="EmergencyAdmin")["User"]
    visitor.signs_in_as_iam_user(world[ACCOUNT, "EmergencyAdmin"])
    began = SignInSession.objects.get().created_at.replace(microsecond=0)
    assert administrator.answered("iam", "GetUser", UserName="EmergencyAdmin")["User"]["PasswordLastUsed"] == began
    listed = {user["UserName"]: user.get("PasswordLastUsed") for user in administrator.answered("iam", "ListUsers")["Users"]}
    assert (listed["EmergencyAdmin"], listed["Carlos"]) == (began, None)


class TestRenaming:
    def test_sessions_keys_and_permissions_go_on(self, administrator: Program, world: World, visitor: Visitor) -> None:
        name = visitor.signs_in_as_iam_user(world[ACCOUNT, "EmergencyAdmin"])
        program = Program.of(key_of(ACCOUNT, "EmergencyAdmin"))
        administrator.answered("iam", "UpdateUser", UserName="EmergencyAdmin", NewUserName="Spare", NewPath="/spare/")
        assert visitor.is_in(name)
        assert program.answered("sts", "GetCallerIdentity")["Arn"] == arn("user", "Spare", "/spare/")
        assert program.answered("iam", "GetUser")["User"]["UserName"] == "Spare"

    def test_documents_attached_to_the_arn_follow(self, administrator: Program) -> None:
        nikki = newcomer()
        document = PolicyDocument.objects.create(type="identity", name="lists", account_id=ACCOUNT, text=policy("iam:ListUsers"))
        PolicyTarget.objects.create(document=document, target=arn("user", "Nikki"))
        nikki.answered("iam", "ListUsers")
        administrator.answered("iam", "UpdateUser", UserName="Nikki", NewUserName="Wolf")
        nikki.answered("iam", "ListUsers")
        administrator.answered("iam", "CreateUser", UserName="Nikki")
        other = Program.of(key_of(ACCOUNT, "Nikki"))
        assert other.refused("iam", "ListUsers").code == "AccessDenied"

    def test_trust_keeps_to_the_user_and_is_nobody_elses_after_it(self, administrator: Program) -> None:
        nikki = newcomer()
        Role.objects.filter(name="Admin").update(trust=trust(arn("user", "Nikki")))
        nikki.answered("sts", "AssumeRole", RoleArn=arn("role", "Admin"), RoleSessionName="drill")
        administrator.answered("iam", "UpdateUser", UserName="Nikki", NewUserName="Wolf")
        nikki.answered("sts", "AssumeRole", RoleArn=arn("role", "Admin"), RoleSessionName="drill")
        unique_id = user_of("Wolf").unique_id
        user_of("Wolf").access_keys.all().delete()
        administrator.answered("iam", "DeleteUser", UserName="Wolf")
        assert unique_id in Role.objects.get(account=ACCOUNT, name="Admin").trust
        again = newcomer("Wolf")
        assert again.refused("sts", "AssumeRole", RoleArn=arn("role", "Admin"), RoleSessionName="drill").code == "AccessDenied"

    def test_a_taken_name_is_refused_and_changes_nothing(self, administrator: Program) -> None:
        failed = administrator.refused("iam", "UpdateUser", UserName="EmergencyAdmin", NewUserName="CARLOS", NewPath="/x/")
        assert (failed.code, failed.status) == ("EntityAlreadyExists", 409)
        assert user_of("EmergencyAdmin").path == "/"
        administrator.answered("iam", "UpdateUser", UserName="EmergencyAdmin", NewUserName="EMERGENCYADMIN")

    def test_both_names_must_be_allowed(self, administrator: Program) -> None:
        nikki = newcomer()
        give("Nikki", policy("iam:UpdateUser", resource=arn("user", "alice")))
        assert nikki.refused("iam", "UpdateUser", UserName="alice", NewUserName="mallory").code == "AccessDenied"
        nikki.answered("iam", "UpdateUser", UserName="alice", NewUserName="alice")


class TestDeleting:
    def test_whatever_hangs_on_a_user_must_go_first(self, administrator: Program) -> None:
        administrator.answered("iam", "CreateUser", UserName="Nikki")
        administrator.answered("iam", "CreateGroup", GroupName="team")
        user = user_of("Nikki")
        key = make_key(user, origin=SHELL)
        administrator.answered("iam", "CreateLoginProfile", UserName="Nikki", Password="Winter-Harbor-88")
        device = app_of(user)
        administrator.answered("iam", "AttachUserPolicy", UserName="Nikki", PolicyArn=READ_ONLY)
        administrator.answered("iam", "PutUserPolicy", UserName="Nikki", PolicyName="own", PolicyDocument=policy("s3:*"))
        administrator.answered("iam", "AddUserToGroup", UserName="Nikki", GroupName="team")
        for words, remedy, parameters in (
            ("access keys", "DeleteAccessKey", {"AccessKeyId": key.id}),
            ("login profile", "DeleteLoginProfile", {}),
            ("MFA device", "DeactivateMFADevice", {"SerialNumber": device.serial}),
            ("detach all policies", "DetachUserPolicy", {"PolicyArn": READ_ONLY}),
            ("delete policies", "DeleteUserPolicy", {"PolicyName": "own"}),
            ("users from group", "RemoveUserFromGroup", {"GroupName": "team"}),
        ):
            failed = administrator.refused("iam", "DeleteUser", UserName="Nikki")
            assert (failed.code, failed.status) == ("DeleteConflict", 409)
            assert words in failed.message
            administrator.answered("iam", remedy, UserName="Nikki", **parameters)
        administrator.answered("iam", "DeleteUser", UserName="Nikki")
        assert not Principal.objects.filter(name="Nikki").exists()

    def test_a_document_that_names_it_must_go_first(self, administrator: Program) -> None:
        administrator.answered("iam", "CreateUser", UserName="Nikki")
        document = PolicyDocument.objects.create(type="identity", name="lists", account_id=ACCOUNT, text=policy("iam:ListUsers"))
        PolicyTarget.objects.create(document=document, target=arn("user", "Nikki"))
        assert administrator.refused("iam", "DeleteUser", UserName="Nikki").code == "DeleteConflict"

    def test_ses_06_a_deleted_user_is_out_at_once(self, administrator: Program, world: World, visitor: Visitor) -> None:
        person = world[ACCOUNT, "EmergencyAdmin"]
        name = visitor.signs_in_as_iam_user(person)
        user = user_of(person.username)
        PolicyAttachment.objects.filter(principal=user).delete()
        GroupMembership.objects.filter(principal=user).delete()
        administrator.answered("iam", "DeleteLoginProfile", UserName=person.username)
        assert not visitor.is_in(name)
        administrator.answered("iam", "DeleteUser", UserName=person.username)
        assert not visitor.is_in(name)
        answer = visitor.gives_iam(person)
        assert "Your authentication information is incorrect" in answer.content.decode()


class TestPermissions:
    def test_who_may_not_is_told_for_which_user(self, reader: Program) -> None:
        for operation, parameters, resource in (
            ("CreateUser", {"UserName": "Nikki", "Path": "/a/"}, arn("user", "Nikki", "/a/")),
            ("UpdateUser", {"UserName": "CARLOS"}, arn("user", "Carlos")),
            ("DeleteUser", {"UserName": "nobody"}, arn("user", "nobody")),
        ):
            failed = reader.refused("iam", operation, **parameters)
            assert (failed.code, failed.status) == ("AccessDenied", 403)
            said = f"User: {arn('user', 'Richard_Roe')} is not authorized to perform: iam:{operation} on resource: {resource} because"
            assert failed.message.startswith(said)
        reader.answered("iam", "ListUsers")

    def test_self_service_by_the_users_own_name(self, world: World) -> None:
        nikki = newcomer()
        own = f"arn:aws:iam::{ACCOUNT}:user/${{aws:username}}"
        give("Nikki", policy(["iam:GetUser", "iam:*AccessKey*", "iam:GetLoginProfile", "iam:ListMFADevices"], resource=own))
        nikki.answered("iam", "GetUser")
        nikki.answered("iam", "ListAccessKeys")
        nikki.answered("iam", "ListMFADevices")
        assert nikki.refused("iam", "GetLoginProfile").code == "NoSuchEntity"
        made = nikki.answered("iam", "CreateAccessKey", UserName="Nikki")["AccessKey"]
        nikki.answered("iam", "DeleteAccessKey", AccessKeyId=made["AccessKeyId"])
        for operation in ("GetUser", "ListAccessKeys", "CreateAccessKey", "ListMFADevices"):
            assert nikki.refused("iam", operation, UserName="alice").code == "AccessDenied"


def test_events_have_what_was_asked_and_made(administrator: Program) -> None:
    administrator.answered("iam", "CreateUser", UserName="Nikki")
    record = json.loads(Event.objects.get(event_name="CreateUser").record)
    assert record["eventSource"] == "iam.amazonaws.com"
    assert record["requestParameters"] == {"userName": "Nikki"}
    assert record["responseElements"]["user"]["userName"] == "Nikki"
    assert record["userIdentity"]["userName"] == "Carlos"
    administrator.refused("iam", "DeleteUser", UserName="nobody")
    failed = json.loads(Event.objects.get(event_name="DeleteUser").record)
    assert (failed["errorCode"], failed["responseElements"]) == ("NoSuchEntity", None)
