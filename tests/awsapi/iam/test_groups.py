"""Groups: made, changed, listed and deleted, and who is in them."""

import json

import pytest

from accounts.models import Group
from portal.trail.models import Event
from tests.awsapi.iam.accounts import READ_ONLY, arn, newcomer, policy
from tests.awsapi.program import Program


def test_a_group_is_made_described_changed_and_deleted(administrator: Program) -> None:
    made = administrator.answered("iam", "CreateGroup", GroupName="Developers", Path="/division/")["Group"]
    assert made["Arn"] == arn("group", "Developers", "/division/")
    assert made["GroupId"].startswith("AGPA")
    assert administrator.answered("iam", "GetGroup", GroupName="developers") == {"Group": made, "Users": [], "IsTruncated": False}
    administrator.answered("iam", "UpdateGroup", GroupName="Developers", NewGroupName="Builders", NewPath="/")
    renamed = administrator.answered("iam", "GetGroup", GroupName="Builders")["Group"]
    assert (renamed["Arn"], renamed["GroupId"]) == (arn("group", "Builders"), made["GroupId"])
    assert administrator.refused("iam", "GetGroup", GroupName="Developers").code == "NoSuchEntity"
    administrator.answered("iam", "DeleteGroup", GroupName="Builders")
    failed = administrator.refused("iam", "GetGroup", GroupName="Builders")
    assert (failed.code, failed.status, failed.message) == ("NoSuchEntity", 404, "The group with name Builders cannot be found.")


def test_a_name_is_taken_in_any_case(administrator: Program, member_administrator: Program) -> None:
    administrator.answered("iam", "CreateGroup", GroupName="Developers")
    failed = administrator.refused("iam", "CreateGroup", GroupName="DEVELOPERS")
    assert (failed.code, failed.status) == ("EntityAlreadyExists", 409)
    administrator.answered("iam", "CreateGroup", GroupName="Other")
    assert administrator.refused("iam", "UpdateGroup", GroupName="Other", NewGroupName="developers").code == "EntityAlreadyExists"
    administrator.answered("iam", "UpdateGroup", GroupName="Developers", NewGroupName="developers")
    member_administrator.answered("iam", "CreateGroup", GroupName="Developers")


def test_pol_03_a_group_of_another_account_is_not_found(administrator: Program, member_administrator: Program) -> None:
    administrator.answered("iam", "CreateGroup", GroupName="Developers")
    assert member_administrator.refused("iam", "GetGroup", GroupName="Developers").code == "NoSuchEntity"


def test_users_come_and_go(administrator: Program) -> None:
    administrator.answered("iam", "CreateGroup", GroupName="Developers")
    for name in ("Richard_Roe", "alice"):
        administrator.answered("iam", "AddUserToGroup", GroupName="Developers", UserName=name)
    administrator.answered("iam", "AddUserToGroup", GroupName="Developers", UserName="alice")
    users = administrator.answered("iam", "GetGroup", GroupName="Developers")["Users"]
    assert [user["UserName"] for user in users] == ["alice", "Richard_Roe"]
    listed = administrator.answered("iam", "ListGroupsForUser", UserName="alice")
    assert [group["GroupName"] for group in listed["Groups"]] == ["Developers"]
    administrator.answered("iam", "RemoveUserFromGroup", GroupName="Developers", UserName="alice")
    assert administrator.refused("iam", "RemoveUserFromGroup", GroupName="Developers", UserName="alice").code == "NoSuchEntity"
    assert administrator.refused("iam", "AddUserToGroup", GroupName="Developers", UserName="nobody").code == "NoSuchEntity"
    assert administrator.refused("iam", "AddUserToGroup", GroupName="Nothing", UserName="alice").code == "NoSuchEntity"


def test_pages_go_on_by_key(administrator: Program) -> None:
    for number in range(5):
        administrator.answered("iam", "CreateGroup", GroupName=f"team-{number}", Path="/a/" if number % 2 else "/")
    first = administrator.answered("iam", "ListGroups", MaxItems=2)
    administrator.answered("iam", "DeleteGroup", GroupName="team-1")
    second = administrator.answered("iam", "ListGroups", MaxItems=2, Marker=first["Marker"])
    third = administrator.answered("iam", "ListGroups", MaxItems=2, Marker=second["Marker"])
    names = [group["GroupName"] for answer in (first, second, third) for group in answer["Groups"]]
    assert names == [f"team-{number}" for number in range(5)]
    assert (first["IsTruncated"], third["IsTruncated"], "Marker" in third) == (True, False, False)
    below = administrator.answered("iam", "ListGroups", PathPrefix="/a/")
    assert [group["GroupName"] for group in below["Groups"]] == ["team-3"]


@pytest.mark.parametrize("marker", ["nonsense", "W10=", "WyJMaXN0Um9sZXMiLCAiYSJd", "WyJMaXN0R3JvdXBzIiwgIlx1ZDgwMCJd"])
def test_a_marker_of_nothing_is_refused(administrator: Program, marker: str) -> None:
    assert administrator.refused("iam", "ListGroups", Marker=marker).code == "ValidationError"


def test_users_of_a_group_are_paged(administrator: Program) -> None:
    administrator.answered("iam", "CreateGroup", GroupName="Developers")
    for name in ("Richard_Roe", "alice", "Carlos"):
        administrator.answered("iam", "AddUserToGroup", GroupName="Developers", UserName=name)
    first = administrator.answered("iam", "GetGroup", GroupName="Developers", MaxItems=2)
    second = administrator.answered("iam", "GetGroup", GroupName="Developers", MaxItems=2, Marker=first["Marker"])
    assert [user["UserName"] for user in first["Users"] + second["Users"]] == ["alice", "Carlos", "Richard_Roe"]


def test_what_hangs_on_a_group_keeps_it(administrator: Program) -> None:
    administrator.answered("iam", "CreateGroup", GroupName="Developers")
    administrator.answered("iam", "AddUserToGroup", GroupName="Developers", UserName="alice")
    administrator.answered("iam", "AttachGroupPolicy", GroupName="Developers", PolicyArn=READ_ONLY)
    administrator.answered("iam", "PutGroupPolicy", GroupName="Developers", PolicyName="own", PolicyDocument=policy("s3:*"))
    expected = ("must remove users from group first.", "must detach all policies first.", "must delete policies first.")
    undo = (
        ("RemoveUserFromGroup", {"UserName": "alice"}),
        ("DetachGroupPolicy", {"PolicyArn": READ_ONLY}),
        ("DeleteGroupPolicy", {"PolicyName": "own"}),
    )
    for words, (operation, parameters) in zip(expected, undo, strict=True):
        failed = administrator.refused("iam", "DeleteGroup", GroupName="Developers")
        assert (failed.code, failed.status, failed.message) == ("DeleteConflict", 409, f"Cannot delete entity, {words}")
        administrator.answered("iam", operation, GroupName="Developers", **parameters)
    administrator.answered("iam", "DeleteGroup", GroupName="Developers")


def test_a_user_is_in_ten_groups_at_most(administrator: Program) -> None:
    for number in range(11):
        Group(account_id="111122223333", name=f"g{number}").save()
    for number in range(10):
        administrator.answered("iam", "AddUserToGroup", GroupName=f"g{number}", UserName="alice")
    failed = administrator.refused("iam", "AddUserToGroup", GroupName="g10", UserName="alice")
    assert (failed.code, failed.status) == ("LimitExceeded", 409)
    administrator.answered("iam", "AddUserToGroup", GroupName="g3", UserName="alice")


def test_permissions_are_asked_on_the_very_group(administrator: Program) -> None:
    nikki = newcomer()
    administrator.answered("iam", "CreateGroup", GroupName="Developers", Path="/division/")
    administrator.answered("iam", "CreateGroup", GroupName="Admins")
    document = policy(["iam:GetGroup", "iam:CreateGroup", "iam:UpdateGroup"], resource=arn("group", "*", "/division/"))
    administrator.answered("iam", "PutUserPolicy", UserName="Nikki", PolicyName="some", PolicyDocument=document)
    nikki.answered("iam", "GetGroup", GroupName="Developers")
    nikki.answered("iam", "CreateGroup", GroupName="More", Path="/division/")
    for group in ("Admins", "Nothing"):
        failed = nikki.refused("iam", "GetGroup", GroupName=group)
        assert (failed.code, failed.status) == ("AccessDenied", 403)
        assert f"iam:GetGroup on resource: {arn('group', group)}" in failed.message
    assert nikki.refused("iam", "CreateGroup", GroupName="More2").code == "AccessDenied"
    assert nikki.refused("iam", "UpdateGroup", GroupName="Developers", NewPath="/").code == "AccessDenied"
    assert nikki.refused("iam", "ListGroups").code == "AccessDenied"
    nikki.answered("iam", "UpdateGroup", GroupName="Developers", NewGroupName="Devs")


def test_events_say_what_was_asked_and_made(administrator: Program) -> None:
    administrator.in_region("eu-central-1").answered("iam", "CreateGroup", GroupName="Developers")
    record = json.loads(Event.objects.latest("id").record)
    assert (record["eventSource"], record["eventName"], record["readOnly"]) == ("iam.amazonaws.com", "CreateGroup", False)
    assert record["requestParameters"] == {"groupName": "Developers"}
    assert record["responseElements"]["group"]["arn"] == arn("group", "Developers")
    administrator.refused("iam", "CreateGroup", GroupName="Developers")
    record = json.loads(Event.objects.latest("id").record)
    assert (record["errorCode"], record["errorMessage"]) == ("EntityAlreadyExists", "Group with name Developers already exists.")


@pytest.mark.parametrize("name", ["a b", "x" * 129, "", "\u00e4"])
def test_a_name_that_is_none_is_refused(administrator: Program, name: str) -> None:
    failed = administrator.refused("iam", "CreateGroup", GroupName=name)
    assert (failed.code, failed.status) == ("ValidationError", 400)
