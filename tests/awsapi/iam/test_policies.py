"""Managed policies: the account's own with their versions, and AWS's."""

import json

import pytest

from policies.models import PolicyDocument
from tests.awsapi.iam.accounts import ADMINISTRATOR, READ_ONLY, arn, decoded, newcomer, policy
from tests.awsapi.program import Program

OWN = arn("policy", "Work", "/team/")


def make(program: Program, name: str = "Work", path: str = "/team/", document: str = "") -> str:
    """Make a policy and return its ARN."""
    made = program.answered("iam", "CreatePolicy", PolicyName=name, Path=path, PolicyDocument=document or policy("s3:Get*"), Description="Words")
    return str(made["Policy"]["Arn"])


def test_a_policy_is_made_described_and_deleted(administrator: Program) -> None:
    assert make(administrator) == OWN
    found = administrator.answered("iam", "GetPolicy", PolicyArn=OWN)["Policy"]
    assert found["PolicyId"].startswith("ANPA")
    wanted = {"PolicyName": "Work", "Path": "/team/", "DefaultVersionId": "v1", "AttachmentCount": 0, "IsAttachable": True, "Description": "Words"}
    assert wanted.items() <= found.items()
    assert found["CreateDate"] == found["UpdateDate"]
    version = administrator.answered("iam", "GetPolicyVersion", PolicyArn=OWN, VersionId="v1")["PolicyVersion"]
    assert decoded(version["Document"]) == policy("s3:Get*")
    administrator.answered("iam", "DeletePolicy", PolicyArn=OWN)
    failed = administrator.refused("iam", "GetPolicy", PolicyArn=OWN)
    assert (failed.code, failed.status) == ("NoSuchEntity", 404)


def test_a_name_is_taken_in_any_case_and_path(administrator: Program) -> None:
    make(administrator)
    failed = administrator.refused("iam", "CreatePolicy", PolicyName="WORK", PolicyDocument=policy("s3:*"))
    assert (failed.code, failed.status) == ("EntityAlreadyExists", 409)
    assert administrator.refused("iam", "GetPolicy", PolicyArn=arn("policy", "Work")).code == "NoSuchEntity"


def test_every_problem_of_a_document_is_told(administrator: Program) -> None:
    document = '{"Version": "2012-10-17", "Statement": [{"Effect": "Alow", "Action": "s3", "Resource": "*", "Principal": "*"}]}'
    for operation, parameters in (
        ("CreatePolicy", {"PolicyName": "Work", "PolicyDocument": document}),
        ("PutUserPolicy", {"UserName": "alice", "PolicyName": "Work", "PolicyDocument": document}),
    ):
        failed = administrator.refused("iam", operation, **parameters)
        assert (failed.code, failed.status) == ("MalformedPolicyDocument", 400)
        for place in ("$.Statement[0].Effect", "$.Statement[0].Action", "$.Statement[0].Principal"):
            assert place in failed.message


def test_white_space_does_not_count(administrator: Program) -> None:
    long = policy([f"s3:Get{'x' * 90}{number}" for number in range(60)])
    assert len("".join(long.split())) < 6144
    make(administrator, document=json.dumps(json.loads(long), indent=40))
    longer = policy([f"s3:Get{'x' * 90}{number}" for number in range(70)])
    failed = administrator.refused("iam", "CreatePolicy", PolicyName="Longer", PolicyDocument=longer)
    assert (failed.code, failed.status, failed.message) == ("LimitExceeded", 409, "Cannot exceed quota for PolicySize: 6144")


def test_tags_are_not_part_of_this(administrator: Program) -> None:
    failed = administrator.refused("iam", "CreatePolicy", PolicyName="Work", PolicyDocument=policy("s3:*"), Tags=[{"Key": "a", "Value": "b"}])
    assert (failed.code, failed.status) == ("InvalidInput", 400)


def test_versions_come_and_go(administrator: Program) -> None:
    make(administrator)
    second = administrator.answered("iam", "CreatePolicyVersion", PolicyArn=OWN, PolicyDocument=policy("s3:Put*"))["PolicyVersion"]
    assert (second["VersionId"], second["IsDefaultVersion"]) == ("v2", False)
    third = administrator.answered("iam", "CreatePolicyVersion", PolicyArn=OWN, PolicyDocument=policy("s3:*"), SetAsDefault=True)["PolicyVersion"]
    assert (third["VersionId"], third["IsDefaultVersion"]) == ("v3", True)
    found = administrator.answered("iam", "GetPolicy", PolicyArn=OWN)["Policy"]
    assert found["DefaultVersionId"] == "v3"
    assert found["UpdateDate"] >= found["CreateDate"]
    listed = administrator.answered("iam", "ListPolicyVersions", PolicyArn=OWN)["Versions"]
    assert [(each["VersionId"], each["IsDefaultVersion"]) for each in listed] == [("v3", True), ("v2", False), ("v1", False)]
    texts = {
        version: decoded(administrator.answered("iam", "GetPolicyVersion", PolicyArn=OWN, VersionId=version)["PolicyVersion"]["Document"])
        for version in ("v1", "v2", "v3")
    }
    assert texts == {"v1": policy("s3:Get*"), "v2": policy("s3:Put*"), "v3": policy("s3:*")}
    administrator.answered("iam", "SetDefaultPolicyVersion", PolicyArn=OWN, VersionId="v1")
    administrator.answered("iam", "SetDefaultPolicyVersion", PolicyArn=OWN, VersionId="v1")
    assert PolicyDocument.objects.get(name="Work").text == policy("s3:Get*")
    failed = administrator.refused("iam", "DeletePolicyVersion", PolicyArn=OWN, VersionId="v1")
    assert (failed.code, failed.status) == ("DeleteConflict", 409)
    assert administrator.refused("iam", "DeletePolicy", PolicyArn=OWN).code == "DeleteConflict"
    administrator.answered("iam", "DeletePolicyVersion", PolicyArn=OWN, VersionId="v3")
    administrator.answered("iam", "DeletePolicyVersion", PolicyArn=OWN, VersionId="v2")
    for operation in ("GetPolicyVersion", "DeletePolicyVersion", "SetDefaultPolicyVersion"):
        assert administrator.refused("iam", operation, PolicyArn=OWN, VersionId="v2").code == "NoSuchEntity"
    fourth = administrator.answered("iam", "CreatePolicyVersion", PolicyArn=OWN, PolicyDocument=policy("s3:*"))["PolicyVersion"]
    assert fourth["VersionId"] == "v4"


def test_there_are_five_versions_at_most_and_pages_of_them(administrator: Program) -> None:
    make(administrator)
    for number in range(2, 6):
        document = policy(f"s3:Get{number}")
        administrator.answered("iam", "CreatePolicyVersion", PolicyArn=OWN, PolicyDocument=document, SetAsDefault=number % 2 == 0)
    failed = administrator.refused("iam", "CreatePolicyVersion", PolicyArn=OWN, PolicyDocument=policy("s3:*"))
    assert (failed.code, failed.status) == ("LimitExceeded", 409)
    first = administrator.answered("iam", "ListPolicyVersions", PolicyArn=OWN, MaxItems=3)
    second = administrator.answered("iam", "ListPolicyVersions", PolicyArn=OWN, MaxItems=3, Marker=first["Marker"])
    assert [each["VersionId"] for each in first["Versions"] + second["Versions"]] == ["v5", "v4", "v3", "v2", "v1"]
    assert not second["IsTruncated"]


def test_awss_own_policies_are_read_only(administrator: Program) -> None:
    found = administrator.answered("iam", "GetPolicy", PolicyArn=READ_ONLY)["Policy"]
    assert (found["PolicyName"], found["DefaultVersionId"], found["Path"]) == ("ReadOnlyAccess", "v1", "/")
    version = administrator.answered("iam", "GetPolicyVersion", PolicyArn=ADMINISTRATOR, VersionId="v1")["PolicyVersion"]
    assert json.loads(decoded(version["Document"]))["Statement"][0]["Action"] == "*"
    for operation, more in (
        ("DeletePolicy", {}),
        ("CreatePolicyVersion", {"PolicyDocument": policy("s3:*")}),
        ("SetDefaultPolicyVersion", {"VersionId": "v1"}),
    ):
        assert administrator.refused("iam", operation, PolicyArn=READ_ONLY, **more).code == "NoSuchEntity"


def test_pol_03_a_policy_of_another_account_is_not_found(administrator: Program, member_administrator: Program) -> None:
    make(administrator)
    for operation in ("GetPolicy", "DeletePolicy", "ListPolicyVersions", "ListEntitiesForPolicy"):
        assert member_administrator.refused("iam", operation, PolicyArn=OWN).code == "NoSuchEntity"
    assert member_administrator.refused("iam", "AttachUserPolicy", UserName="Mary_Major", PolicyArn=OWN).code == "NoSuchEntity"


@pytest.mark.parametrize("wrong", ["arn:aws:iam::aws:role/ReadOnlyAccess", "no ARN at all, but long enough", "arn:aws:iam::aws:policy/a b c d"])
def test_what_is_no_arn_is_told(administrator: Program, wrong: str) -> None:
    failed = administrator.refused("iam", "GetPolicy", PolicyArn=wrong)
    assert (failed.code, failed.status, failed.message) == ("InvalidInput", 400, f"ARN {wrong} is not valid.")
    assert administrator.refused("iam", "AttachUserPolicy", UserName="alice", PolicyArn=wrong).code == "InvalidInput"


def test_policies_are_listed_by_scope_path_and_use(administrator: Program) -> None:
    for name, path in (("Beta", "/team/"), ("Alpha", "/"), ("Gamma", "/team/")):
        make(administrator, name, path)
    administrator.answered("iam", "CreateGroup", GroupName="Developers")
    administrator.answered("iam", "AttachGroupPolicy", GroupName="Developers", PolicyArn=arn("policy", "Gamma", "/team/"))

    def names(**parameters: object) -> list[str]:
        return [found["PolicyName"] for found in administrator.answered("iam", "ListPolicies", **parameters)["Policies"]]

    standing = [name for name in names(Scope="Local") if name not in {"Alpha", "Beta", "Gamma"}]
    assert [name for name in names(Scope="Local") if name not in standing] == ["Alpha", "Beta", "Gamma"]
    assert "ReadOnlyAccess" in names(Scope="AWS")
    assert names() == names(Scope="Local") + names(Scope="AWS")
    assert names(Scope="Local", PathPrefix="/team/") == ["Beta", "Gamma"]
    attached = names(OnlyAttached=True)
    assert "Gamma" in attached
    assert "Alpha" not in attached
    assert "AdministratorAccess" in attached
    assert names(PolicyUsageFilter="PermissionsBoundary") == []
    found = administrator.answered("iam", "ListPolicies", Scope="Local", PathPrefix="/team/")["Policies"][1]
    assert (found["AttachmentCount"], "Description" in found) == (1, False)


def test_policies_are_paged_across_own_and_awss(administrator: Program) -> None:
    for number in range(3):
        make(administrator, f"P{number}")
    whole = [found["Arn"] for found in administrator.answered("iam", "ListPolicies")["Policies"]]
    paged: list[str] = []
    more: dict[str, str] = {}
    while True:
        answer = administrator.answered("iam", "ListPolicies", MaxItems=2, **more)
        paged += [found["Arn"] for found in answer["Policies"]]
        if not answer["IsTruncated"]:
            break
        more = {"Marker": answer["Marker"]}
    assert paged == whole


def test_permissions_are_asked_on_the_very_policy(administrator: Program) -> None:
    make(administrator)
    make(administrator, "Other", "/")
    nikki = newcomer()
    document = policy(["iam:GetPolicy", "iam:CreatePolicy", "iam:DeletePolicy"], resource=arn("policy", "*", "/team/"))
    administrator.answered("iam", "PutUserPolicy", UserName="Nikki", PolicyName="some", PolicyDocument=document)
    nikki.answered("iam", "GetPolicy", PolicyArn=OWN)
    nikki.answered("iam", "CreatePolicy", PolicyName="Mine", Path="/team/", PolicyDocument=policy("s3:*"))
    for wrong in (arn("policy", "Other"), READ_ONLY, arn("policy", "Nothing")):
        failed = nikki.refused("iam", "GetPolicy", PolicyArn=wrong)
        assert (failed.code, f"iam:GetPolicy on resource: {wrong}" in failed.message) == ("AccessDenied", True)
    assert nikki.refused("iam", "CreatePolicy", PolicyName="Theirs", PolicyDocument=policy("s3:*")).code == "AccessDenied"
