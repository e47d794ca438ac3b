"""Managed policies attached, policies embedded, and what that does to what people may do."""

import pytest

from policies.models import PolicyDocument, PolicyTarget
from tests.awsapi.iam.accounts import ADMINISTRATOR, READ_ONLY, arn, decoded, newcomer, policy, trust
from tests.awsapi.iam.test_policies import OWN, make
from tests.awsapi.program import Program

HOLDERS = [("User", "Nikki"), ("Group", "Developers"), ("Role", "Worker")]


@pytest.fixture
def nikki(administrator: Program) -> Program:
    """A user without permissions, in a group, beside a role."""
    program = newcomer()
    administrator.answered("iam", "CreateGroup", GroupName="Developers")
    administrator.answered("iam", "AddUserToGroup", GroupName="Developers", UserName="Nikki")
    administrator.answered("iam", "CreateRole", RoleName="Worker", AssumeRolePolicyDocument=trust(arn("user", "Nikki")))
    return program


@pytest.mark.parametrize(("kind", "name"), HOLDERS)
def test_a_policy_is_attached_listed_and_detached(administrator: Program, nikki: Program, kind: str, name: str) -> None:
    make(administrator)
    holder = {f"{kind}Name": name}
    for attached in (OWN, READ_ONLY, OWN):
        administrator.answered("iam", f"Attach{kind}Policy", **holder, PolicyArn=attached)
    listed = administrator.answered("iam", f"ListAttached{kind}Policies", **holder)
    assert listed["AttachedPolicies"] == [
        {"PolicyName": "ReadOnlyAccess", "PolicyArn": READ_ONLY},
        {"PolicyName": "Work", "PolicyArn": OWN},
    ]
    below = administrator.answered("iam", f"ListAttached{kind}Policies", **holder, PathPrefix="/team/")
    assert [each["PolicyName"] for each in below["AttachedPolicies"]] == ["Work"]
    first = administrator.answered("iam", f"ListAttached{kind}Policies", **holder, MaxItems=1)
    second = administrator.answered("iam", f"ListAttached{kind}Policies", **holder, MaxItems=1, Marker=first["Marker"])
    assert [each["PolicyName"] for each in second["AttachedPolicies"]] == ["Work"]
    assert administrator.answered("iam", "GetPolicy", PolicyArn=OWN)["Policy"]["AttachmentCount"] == 1
    failed = administrator.refused("iam", "DeletePolicy", PolicyArn=OWN)
    assert (failed.code, failed.message) == ("DeleteConflict", "Cannot delete a policy attached to entities.")
    administrator.answered("iam", f"Detach{kind}Policy", **holder, PolicyArn=OWN)
    failed = administrator.refused("iam", f"Detach{kind}Policy", **holder, PolicyArn=OWN)
    assert (failed.code, failed.message) == ("NoSuchEntity", f"Policy {OWN} was not found.")
    administrator.answered("iam", "DeletePolicy", PolicyArn=OWN)


@pytest.mark.parametrize(("kind", "name"), HOLDERS)
def test_a_policy_is_embedded_read_and_deleted(administrator: Program, nikki: Program, kind: str, name: str) -> None:
    holder = {f"{kind}Name": name}
    for policy_name in ("b", "a", "c"):
        administrator.answered("iam", f"Put{kind}Policy", **holder, PolicyName=policy_name, PolicyDocument=policy("s3:Get*"))
    administrator.answered("iam", f"Put{kind}Policy", **holder, PolicyName="a", PolicyDocument=policy("s3:Put*"))
    found = administrator.answered("iam", f"Get{kind}Policy", **holder, PolicyName="a")
    assert (found[f"{kind}Name"], found["PolicyName"], decoded(found["PolicyDocument"])) == (name, "a", policy("s3:Put*"))
    first = administrator.answered("iam", f"List{kind}Policies", **holder, MaxItems=2)
    second = administrator.answered("iam", f"List{kind}Policies", **holder, MaxItems=2, Marker=first["Marker"])
    assert (first["PolicyNames"], second["PolicyNames"]) == (["a", "b"], ["c"])
    administrator.answered("iam", f"Delete{kind}Policy", **holder, PolicyName="a")
    for operation in ("Get", "Delete"):
        failed = administrator.refused("iam", f"{operation}{kind}Policy", **holder, PolicyName="a")
        assert (failed.code, failed.message) == ("NoSuchEntity", f"The {kind.lower()} policy with name a cannot be found.")


@pytest.mark.parametrize(("kind", "name"), HOLDERS)
def test_what_is_not_there_has_no_policies(administrator: Program, nikki: Program, kind: str, name: str) -> None:
    holder = {f"{kind}Name": "Nobody"}
    for operation, more in (
        (f"Attach{kind}Policy", {"PolicyArn": READ_ONLY}),
        (f"Detach{kind}Policy", {"PolicyArn": READ_ONLY}),
        (f"ListAttached{kind}Policies", {}),
        (f"Put{kind}Policy", {"PolicyName": "a", "PolicyDocument": policy("s3:*")}),
        (f"List{kind}Policies", {}),
    ):
        failed = administrator.refused("iam", operation, **holder, **more)
        assert (failed.code, failed.message) == ("NoSuchEntity", f"The {kind.lower()} with name Nobody cannot be found.")
    missing = arn("policy", "Nothing")
    assert administrator.refused("iam", f"Attach{kind}Policy", **{f"{kind}Name": name}, PolicyArn=missing).code == "NoSuchEntity"


def test_ten_are_attached_at_most(administrator: Program, nikki: Program) -> None:
    for number in range(11):
        make(administrator, f"P{number}")
    for number in range(10):
        administrator.answered("iam", "AttachRolePolicy", RoleName="Worker", PolicyArn=arn("policy", f"P{number}", "/team/"))
    failed = administrator.refused("iam", "AttachRolePolicy", RoleName="Worker", PolicyArn=arn("policy", "P10", "/team/"))
    assert (failed.code, failed.message) == ("LimitExceeded", "Cannot exceed quota for PoliciesPerRole: 10")


def test_embedded_policies_are_counted_together(administrator: Program, nikki: Program) -> None:
    long = policy([f"s3:Get{'x' * 90}{number}" for number in range(15)])
    administrator.answered("iam", "PutUserPolicy", UserName="Nikki", PolicyName="a", PolicyDocument=long)
    failed = administrator.refused("iam", "PutUserPolicy", UserName="Nikki", PolicyName="b", PolicyDocument=long)
    assert (failed.code, failed.message) == ("LimitExceeded", "Maximum policy size of 2048 bytes exceeded for user Nikki")
    administrator.answered("iam", "PutUserPolicy", UserName="Nikki", PolicyName="a", PolicyDocument=long)
    administrator.answered("iam", "PutGroupPolicy", GroupName="Developers", PolicyName="a", PolicyDocument=long)


def test_pol_08_what_a_group_lends_counts_at_once(administrator: Program, nikki: Program) -> None:
    assert nikki.refused("iam", "ListGroups").code == "AccessDenied"
    administrator.answered("iam", "AttachGroupPolicy", GroupName="Developers", PolicyArn=ADMINISTRATOR)
    nikki.answered("iam", "ListGroups")
    administrator.answered("iam", "PutGroupPolicy", GroupName="Developers", PolicyName="no", PolicyDocument=policy("iam:List*", effect="Deny"))
    failed = nikki.refused("iam", "ListGroups")
    assert "with an explicit deny in an identity-based policy" in failed.message
    administrator.answered("iam", "DeleteGroupPolicy", GroupName="Developers", PolicyName="no")
    nikki.answered("iam", "ListGroups")
    administrator.answered("iam", "RemoveUserFromGroup", GroupName="Developers", UserName="Nikki")
    assert nikki.refused("iam", "ListGroups").code == "AccessDenied"


def test_pol_08_the_default_version_is_what_counts(administrator: Program, nikki: Program) -> None:
    make(administrator, document=policy("iam:ListGroups"))
    administrator.answered("iam", "AttachUserPolicy", UserName="Nikki", PolicyArn=OWN)
    nikki.answered("iam", "ListGroups")
    administrator.answered("iam", "CreatePolicyVersion", PolicyArn=OWN, PolicyDocument=policy("iam:ListRoles"))
    nikki.answered("iam", "ListGroups")
    administrator.answered("iam", "SetDefaultPolicyVersion", PolicyArn=OWN, VersionId="v2")
    assert nikki.refused("iam", "ListGroups").code == "AccessDenied"
    nikki.answered("iam", "ListRoles")


def test_pol_08_a_roles_session_may_what_the_role_may(administrator: Program, nikki: Program) -> None:
    credentials = nikki.answered("sts", "AssumeRole", RoleArn=arn("role", "Worker"), RoleSessionName="drill")["Credentials"]
    session = nikki.within(credentials)
    assert session.refused("iam", "ListGroups").code == "AccessDenied"
    administrator.answered("iam", "PutRolePolicy", RoleName="Worker", PolicyName="some", PolicyDocument=policy("iam:ListGroups"))
    session.answered("iam", "ListGroups")


def test_a_document_that_names_a_user_counts_as_attached(administrator: Program, nikki: Program) -> None:
    make(administrator)
    PolicyTarget(document=PolicyDocument.objects.get(name="Work"), target=arn("user", "Nikki")).save()
    listed = administrator.answered("iam", "ListAttachedUserPolicies", UserName="Nikki")["AttachedPolicies"]
    assert [each["PolicyArn"] for each in listed] == [OWN]
    entities = administrator.answered("iam", "ListEntitiesForPolicy", PolicyArn=OWN)
    assert [each["UserName"] for each in entities["PolicyUsers"]] == ["Nikki"]
    assert administrator.refused("iam", "DeletePolicy", PolicyArn=OWN).code == "DeleteConflict"
    administrator.answered("iam", "DetachUserPolicy", UserName="Nikki", PolicyArn=OWN)
    administrator.answered("iam", "DeletePolicy", PolicyArn=OWN)


def test_who_has_a_policy_is_listed_by_kind_and_page(administrator: Program, nikki: Program) -> None:
    make(administrator)
    for kind, name in HOLDERS:
        administrator.answered("iam", f"Attach{kind}Policy", **{f"{kind}Name": name}, PolicyArn=OWN)
    whole = administrator.answered("iam", "ListEntitiesForPolicy", PolicyArn=OWN)
    assert [each["GroupName"] for each in whole["PolicyGroups"]] == ["Developers"]
    assert [each["UserName"] for each in whole["PolicyUsers"]] == ["Nikki"]
    assert [each["RoleName"] for each in whole["PolicyRoles"]] == ["Worker"]
    roles = administrator.answered("iam", "ListEntitiesForPolicy", PolicyArn=OWN, EntityFilter="Role")
    assert (roles["PolicyGroups"], len(roles["PolicyRoles"])) == ([], 1)
    first = administrator.answered("iam", "ListEntitiesForPolicy", PolicyArn=OWN, MaxItems=2)
    second = administrator.answered("iam", "ListEntitiesForPolicy", PolicyArn=OWN, MaxItems=2, Marker=first["Marker"])
    assert (len(first["PolicyGroups"]), len(first["PolicyRoles"]), len(second["PolicyUsers"])) == (1, 1, 1)


def test_attaching_is_asked_with_the_policy_that_is_attached(administrator: Program, nikki: Program) -> None:
    condition = {"ArnEquals": {"iam:PolicyARN": READ_ONLY}}
    document = policy("iam:AttachUserPolicy", resource=arn("user", "Nikki"), Condition=condition)
    administrator.answered("iam", "PutUserPolicy", UserName="Nikki", PolicyName="some", PolicyDocument=document)
    nikki.answered("iam", "AttachUserPolicy", UserName="Nikki", PolicyArn=READ_ONLY)
    assert nikki.refused("iam", "AttachUserPolicy", UserName="Nikki", PolicyArn=ADMINISTRATOR).code == "AccessDenied"
    assert nikki.refused("iam", "AttachUserPolicy", UserName="Carlos", PolicyArn=READ_ONLY).code == "AccessDenied"
