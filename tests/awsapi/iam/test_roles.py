"""Roles: made, changed, listed and deleted, and who may assume them."""

import json

import pytest

from accounts.models import Role
from tests.awsapi.iam.accounts import READ_ONLY, arn, decoded, newcomer, policy, trust
from tests.awsapi.program import Program


def test_a_role_is_made_described_changed_and_deleted(administrator: Program) -> None:
    document = trust(arn("user", "alice"))
    made = administrator.answered(
        "iam", "CreateRole", RoleName="Worker", Path="/team/", AssumeRolePolicyDocument=document, Description="Words", MaxSessionDuration=7200
    )["Role"]
    assert (made["Arn"], made["RoleId"][:4], decoded(made["AssumeRolePolicyDocument"])) == (arn("role", "Worker", "/team/"), "AROA", document)
    found = administrator.answered("iam", "GetRole", RoleName="worker")["Role"]
    assert (found["Description"], found["MaxSessionDuration"]) == ("Words", 7200)
    administrator.answered("iam", "UpdateRole", RoleName="Worker", Description="Others", MaxSessionDuration=43200)
    found = administrator.answered("iam", "GetRole", RoleName="Worker")["Role"]
    assert (found["Description"], found["MaxSessionDuration"]) == ("Others", 43200)
    administrator.answered("iam", "UpdateRole", RoleName="Worker")
    found = administrator.answered("iam", "GetRole", RoleName="Worker")["Role"]
    assert (found["Description"], found["MaxSessionDuration"]) == ("Others", 3600)
    administrator.answered("iam", "DeleteRole", RoleName="Worker")
    failed = administrator.refused("iam", "GetRole", RoleName="Worker")
    assert (failed.code, failed.status, failed.message) == ("NoSuchEntity", 404, "The role with name Worker cannot be found.")


def test_a_name_is_taken_in_any_case(administrator: Program) -> None:
    administrator.answered("iam", "CreateRole", RoleName="Worker", AssumeRolePolicyDocument=trust("111122223333"))
    failed = administrator.refused("iam", "CreateRole", RoleName="WORKER", AssumeRolePolicyDocument=trust("111122223333"))
    assert (failed.code, failed.status, failed.message) == ("EntityAlreadyExists", 409, "Role with name WORKER already exists.")


@pytest.mark.parametrize(
    ("document", "words"),
    [
        (policy("sts:AssumeRole"), "The element `Principal` is missing.; line 1, column 101 ($.Statement[0].Resource)"),
        ("{", "line 1"),
        (trust(arn("user", "Nobody")), "Invalid principal in policy"),
        (trust(arn("role", "Nobody")), "Invalid principal in policy"),
    ],
)
def test_who_cannot_be_trusted_is_told(administrator: Program, document: str, words: str) -> None:
    failed = administrator.refused("iam", "CreateRole", RoleName="Worker", AssumeRolePolicyDocument=document)
    assert (failed.code, failed.status) == ("MalformedPolicyDocument", 400)
    assert words in failed.message
    administrator.answered("iam", "CreateRole", RoleName="Worker", AssumeRolePolicyDocument=trust("arn:aws:iam::999999999999:role/Foreign"))
    assert administrator.refused("iam", "UpdateAssumeRolePolicy", RoleName="Worker", PolicyDocument=document).code == "MalformedPolicyDocument"


def test_a_trust_policy_is_no_longer_than_it_may_be(administrator: Program) -> None:
    statement = {"Effect": "Allow", "Principal": {"AWS": [f"{number:012d}" for number in range(200)]}, "Action": "sts:AssumeRole"}
    document = json.dumps({"Version": "2012-10-17", "Statement": statement})
    failed = administrator.refused("iam", "CreateRole", RoleName="Worker", AssumeRolePolicyDocument=document)
    assert (failed.code, failed.message) == ("LimitExceeded", "Cannot exceed quota for ACLSizePerRole: 2048.")


@pytest.mark.parametrize("more", [{"Tags": [{"Key": "a", "Value": "b"}]}, {"PermissionsBoundary": READ_ONLY}])
def test_what_is_not_part_of_this_is_told(administrator: Program, more: dict[str, object]) -> None:
    failed = administrator.refused("iam", "CreateRole", RoleName="Worker", AssumeRolePolicyDocument=trust("111122223333"), **more)
    assert failed.code == "InvalidInput"
    assert not Role.objects.filter(name="Worker").exists()


def test_who_is_trusted_may_assume_it_as_soon_as_it_is_said(administrator: Program) -> None:
    nikki = newcomer()
    administrator.answered("iam", "CreateRole", RoleName="Worker", AssumeRolePolicyDocument=trust(arn("user", "alice")))
    role = arn("role", "Worker")
    assert nikki.refused("sts", "AssumeRole", RoleArn=role, RoleSessionName="drill").code == "AccessDenied"
    administrator.answered("iam", "UpdateAssumeRolePolicy", RoleName="Worker", PolicyDocument=trust(arn("user", "Nikki")))
    credentials = nikki.answered("sts", "AssumeRole", RoleArn=role, RoleSessionName="drill")["Credentials"]
    session = nikki.within(credentials)
    session.answered("sts", "GetCallerIdentity")
    administrator.answered("iam", "DeleteRole", RoleName="Worker")
    assert session.refused("sts", "GetCallerIdentity").code == "InvalidClientTokenId"


def test_what_hangs_on_a_role_keeps_it(administrator: Program) -> None:
    administrator.answered("iam", "CreateRole", RoleName="Worker", AssumeRolePolicyDocument=trust("111122223333"))
    administrator.answered("iam", "AttachRolePolicy", RoleName="Worker", PolicyArn=READ_ONLY)
    administrator.answered("iam", "PutRolePolicy", RoleName="Worker", PolicyName="own", PolicyDocument=policy("s3:*"))
    failed = administrator.refused("iam", "DeleteRole", RoleName="Worker")
    assert (failed.code, failed.status, failed.message) == ("DeleteConflict", 409, "Cannot delete entity, must detach all policies first.")
    administrator.answered("iam", "DetachRolePolicy", RoleName="Worker", PolicyArn=READ_ONLY)
    assert administrator.refused("iam", "DeleteRole", RoleName="Worker").message == "Cannot delete entity, must delete policies first."
    administrator.answered("iam", "DeleteRolePolicy", RoleName="Worker", PolicyName="own")
    administrator.answered("iam", "DeleteRole", RoleName="Worker")


def test_roles_are_listed_by_path_and_page(administrator: Program) -> None:
    for name in ("R1", "R2", "R3"):
        administrator.answered("iam", "CreateRole", RoleName=name, Path="/team/", AssumeRolePolicyDocument=trust("111122223333"))
    first = administrator.answered("iam", "ListRoles", PathPrefix="/team/", MaxItems=2)
    second = administrator.answered("iam", "ListRoles", PathPrefix="/team/", MaxItems=2, Marker=first["Marker"])
    assert [role["RoleName"] for role in first["Roles"] + second["Roles"]] == ["R1", "R2", "R3"]
    assert "Admin" in [role["RoleName"] for role in administrator.answered("iam", "ListRoles")["Roles"]]


def test_permissions_are_asked_on_the_very_role(administrator: Program) -> None:
    nikki = newcomer()
    administrator.answered("iam", "CreateRole", RoleName="Worker", Path="/team/", AssumeRolePolicyDocument=trust("111122223333"))
    document = policy(["iam:*Role", "iam:UpdateAssumeRolePolicy"], resource=arn("role", "*", "/team/"))
    administrator.answered("iam", "PutUserPolicy", UserName="Nikki", PolicyName="some", PolicyDocument=document)
    nikki.answered("iam", "GetRole", RoleName="Worker")
    nikki.answered("iam", "UpdateAssumeRolePolicy", RoleName="Worker", PolicyDocument=trust("444455556666"))
    nikki.answered("iam", "CreateRole", RoleName="More", Path="/team/", AssumeRolePolicyDocument=trust("111122223333"))
    nikki.answered("iam", "DeleteRole", RoleName="More")
    assert nikki.refused("iam", "GetRole", RoleName="Admin").code == "AccessDenied"
    assert nikki.refused("iam", "CreateRole", RoleName="More", AssumeRolePolicyDocument=trust("111122223333")).code == "AccessDenied"
    assert nikki.refused("iam", "ListRoles").code == "AccessDenied"
