"""Simulations: what would come of calls that nobody makes, and which statements say so."""

import json
from typing import Any

import pytest

from accounts.models import Organization
from policies.models import InlinePolicy, PolicyDocument, PolicyTarget
from tests.awsapi.iam.accounts import ADMINISTRATOR, READ_ONLY, arn, newcomer, policy, trust
from tests.awsapi.program import Program

BUCKET = "arn:aws:s3:::drill/file"


def custom(program: Program, *documents: str, **parameters: Any) -> list[dict[str, Any]]:
    """Simulate with the policies that are given."""
    wanted = {"ActionNames": ["s3:GetObject"], **parameters}
    answer = program.answered("iam", "SimulateCustomPolicy", PolicyInputList=list(documents), **wanted)
    found: list[dict[str, Any]] = answer["EvaluationResults"]
    return found


def of(program: Program, name: str, kind: str = "user", **parameters: Any) -> list[dict[str, Any]]:
    """Simulate with the policies of a user, group or role."""
    wanted = {"ActionNames": ["s3:GetObject"], **parameters}
    answer = program.answered("iam", "SimulatePrincipalPolicy", PolicySourceArn=arn(kind, name), **wanted)
    found: list[dict[str, Any]] = answer["EvaluationResults"]
    return found


def test_decisions_are_told_with_the_statements_that_made_them(administrator: Program) -> None:
    allow, deny = policy("s3:*"), policy("s3:Delete*", effect="Deny")
    results = custom(administrator, allow, deny, ActionNames=["s3:GetObject", "s3:DeleteObject", "ec2:RunInstances"])
    assert [(each["EvalActionName"], each["EvalDecision"]) for each in results] == [
        ("s3:GetObject", "allowed"),
        ("s3:DeleteObject", "explicitDeny"),
        ("ec2:RunInstances", "implicitDeny"),
    ]
    assert [[each["SourcePolicyId"] for each in result["MatchedStatements"]] for result in results] == [
        ["PolicyInputList.1"],
        ["PolicyInputList.2"],
        [],
    ]
    assert all(result["EvalResourceName"] == "*" and "ResourceSpecificResults" not in result for result in results)


def test_places_of_statements_are_where_they_begin_and_end(administrator: Program) -> None:
    document = '{\n  "Version": "2012-10-17",\n  "Statement": [\n    {"Effect": "Allow", "Action": "iam:*", "Resource": "*"},\n'
    document += '    {\n      "Effect": "Allow",\n      "Action": "s3:*",\n      "Resource": "*"\n    }\n  ]\n}'
    (matched,) = custom(administrator, document)[0]["MatchedStatements"]
    assert matched == {
        "SourcePolicyId": "PolicyInputList.1",
        "SourcePolicyType": "none",
        "StartPosition": {"Line": 5, "Column": 5},
        "EndPosition": {"Line": 9, "Column": 6},
    }
    single = '{"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "s3:*", "Resource": "*"}}'
    (matched,) = custom(administrator, single)[0]["MatchedStatements"]
    start, end = matched["StartPosition"]["Column"], matched["EndPosition"]["Column"]
    assert json.loads(single[start - 1 : end - 1])["Action"] == "s3:*"


def test_each_resource_has_its_result_and_the_whole_the_most_restrictive(administrator: Program) -> None:
    document = policy("s3:GetObject", resource="arn:aws:s3:::drill/*")
    (result,) = custom(administrator, document, ResourceArns=[BUCKET, "arn:aws:s3:::other/file"])
    assert result["EvalDecision"] == "implicitDeny"
    assert result["MatchedStatements"] == []
    specific = result["ResourceSpecificResults"]
    assert [(each["EvalResourceName"], each["EvalResourceDecision"]) for each in specific] == [
        (BUCKET, "allowed"),
        ("arn:aws:s3:::other/file", "implicitDeny"),
    ]
    assert len(specific[0]["MatchedStatements"]) == 1


def test_keys_that_are_missing_are_told(administrator: Program) -> None:
    document = policy("s3:*", resource="arn:aws:s3:::drill/${aws:PrincipalTag/team}/*", Condition={"IpAddress": {"aws:SourceIp": "203.0.113.0/24"}})
    (result,) = custom(administrator, document, ResourceArns=["arn:aws:s3:::drill/blue/x"])
    assert (result["EvalDecision"], result["MissingContextValues"]) == ("implicitDeny", ["aws:SourceIp", "aws:principaltag/team"])
    assert result["ResourceSpecificResults"][0]["MissingContextValues"] == ["aws:SourceIp", "aws:principaltag/team"]
    entries = [
        {"ContextKeyName": "aws:SourceIp", "ContextKeyValues": ["203.0.113.9"], "ContextKeyType": "ip"},
        {"ContextKeyName": "aws:PrincipalTag/team", "ContextKeyValues": ["blue"], "ContextKeyType": "string"},
    ]
    (result,) = custom(administrator, document, ResourceArns=["arn:aws:s3:::drill/blue/x"], ContextEntries=entries)
    assert (result["EvalDecision"], result["MissingContextValues"]) == ("allowed", [])


@pytest.mark.parametrize(
    ("condition", "kind", "given"),
    [
        ({"NumericLessThan": {"s3:max-keys": "10"}}, "numeric", ["3"]),
        ({"Bool": {"aws:SecureTransport": "true"}}, "boolean", ["true"]),
        ({"DateGreaterThan": {"aws:CurrentTime": "2030-01-01T00:00:00Z"}}, "date", ["2031-01-01T00:00:00Z"]),
        ({"BinaryEquals": {"s3:key": "AAEC"}}, "binary", ["AAEC"]),
        ({"ForAllValues:StringEquals": {"aws:TagKeys": ["a", "b"]}}, "stringList", ["a", "b"]),
        ({"ForAnyValue:NumericEquals": {"s3:sizes": "2"}}, "numericList", ["1", "2"]),
        ({"ForAnyValue:IpAddress": {"aws:Addresses": "203.0.113.0/24"}}, "ipList", ["198.51.100.1", "203.0.113.7"]),
        ({"ForAnyValue:Bool": {"s3:flags": "true"}}, "booleanList", ["false", "true"]),
        ({"ForAnyValue:DateLessThan": {"s3:dates": "2030-01-01"}}, "dateList", ["2029-01-01"]),
        ({"ForAnyValue:BinaryEquals": {"s3:keys": "AAEC"}}, "binaryList", ["AAEC"]),
    ],
)
def test_keys_have_values_of_every_type(administrator: Program, condition: dict[str, Any], kind: str, given: list[str]) -> None:
    (name,) = next(iter(condition.values()))
    document = policy("s3:*", Condition=condition)
    entry = {"ContextKeyName": name, "ContextKeyValues": given, "ContextKeyType": kind}
    assert custom(administrator, document, ContextEntries=[entry])[0]["EvalDecision"] == "allowed"
    if not kind.endswith("List"):
        wrong = {**entry, "ContextKeyValues": [*given, *given]}
        failed = administrator.refused(
            "iam", "SimulateCustomPolicy", PolicyInputList=[document], ActionNames=["s3:GetObject"], ContextEntries=[wrong]
        )
        assert failed.code == "InvalidInput"


@pytest.mark.parametrize(
    "parameters",
    [
        {"ActionNames": ["s3:*"]},
        {"ActionNames": ["nothing"]},
        {"ResourceArns": ["bucket"]},
        {"ContextEntries": [{"ContextKeyName": "aws:SourceIp", "ContextKeyValues": ["here"], "ContextKeyType": "ip"}]},
        {"ContextEntries": [{"ContextKeyName": "s3:max-keys", "ContextKeyValues": ["1", "2"], "ContextKeyType": "numeric"}]},
        {"ContextEntries": [{"ContextKeyName": name, "ContextKeyValues": ["a"], "ContextKeyType": "string"} for name in ("s3:one", "S3:ONE")]},
        {"ResourcePolicy": policy("s3:*")},
        {"ResourcePolicy": json.dumps({"Statement": {"Effect": "Allow", "Principal": "*", "Action": "s3:*", "Resource": "*"}})},
        {"PolicyInputList": ["{"]},
        {"PermissionsBoundaryPolicyInputList": [policy("s3:*"), policy("s3:*")]},
        {"CallerArn": "arn:aws:sts::111122223333:assumed-role/Admin/drill"},
        {"ResourceOwner": "nobody"},
        {"ResourceHandlingOption": "EC2-VPC-EBS"},
    ],
)
def test_what_is_wrong_with_a_simulation_is_told(administrator: Program, parameters: dict[str, Any]) -> None:
    whole = {"PolicyInputList": [policy("s3:*")], "ActionNames": ["s3:GetObject"], **parameters}
    failed = administrator.refused("iam", "SimulateCustomPolicy", **whole)
    assert (failed.code, failed.status) == ("InvalidInput", 400)


def test_actions_are_paged(administrator: Program) -> None:
    actions = [f"s3:Get{number}" for number in range(5)]
    first = administrator.answered("iam", "SimulateCustomPolicy", PolicyInputList=[policy("s3:*")], ActionNames=actions, MaxItems=3)
    second = administrator.answered(
        "iam", "SimulateCustomPolicy", PolicyInputList=[policy("s3:*")], ActionNames=actions, MaxItems=3, Marker=first["Marker"]
    )
    assert [each["EvalActionName"] for each in first["EvaluationResults"] + second["EvaluationResults"]] == actions
    assert (first["IsTruncated"], second["IsTruncated"]) == (True, False)


def test_load_04_a_page_ends_early_where_there_is_much_to_decide(administrator: Program) -> None:
    given = {
        "PolicyInputList": [policy("s3:*")],
        "ActionNames": [f"s3:Get{number}" for number in range(12)],
        "ResourceArns": [f"arn:aws:s3:::drill/{number}" for number in range(100)],
    }
    first = administrator.answered("iam", "SimulateCustomPolicy", **given)
    second = administrator.answered("iam", "SimulateCustomPolicy", **given, Marker=first["Marker"])
    assert (len(first["EvaluationResults"]), len(second["EvaluationResults"]), second["IsTruncated"]) == (10, 2, False)


def test_pol_02_a_policy_that_cannot_be_read_is_told(administrator: Program) -> None:
    newcomer()
    administrator.answered("iam", "PutUserPolicy", UserName="Nikki", PolicyName="own", PolicyDocument=policy("s3:*"))
    InlinePolicy.objects.update(text="{")
    failed = administrator.refused("iam", "SimulatePrincipalPolicy", PolicySourceArn=arn("user", "Nikki"), ActionNames=["s3:GetObject"])
    assert (failed.code, failed.status) == ("PolicyEvaluation", 500)


def test_a_boundary_and_levels_of_service_control_policies_limit(administrator: Program) -> None:
    boundary = policy("s3:List*")
    (result,) = custom(administrator, policy("s3:*"), PermissionsBoundaryPolicyInputList=[boundary])
    assert (result["EvalDecision"], result["PermissionsBoundaryDecisionDetail"]) == ("implicitDeny", {"AllowedByPermissionsBoundary": False})
    levels = [{"ServiceControlPolicyInputList": [policy("*")]}, {"ServiceControlPolicyInputList": [policy("ec2:*")]}]
    (result,) = custom(administrator, policy("s3:*"), OrderedOrganizationPolicyInputList=levels)
    assert (result["EvalDecision"], result["OrganizationsDecisionDetail"]) == ("implicitDeny", {"AllowedByOrganizations": False})
    levels[1]["ServiceControlPolicyInputList"].append(policy("s3:*"))
    (result,) = custom(administrator, policy("s3:*"), OrderedOrganizationPolicyInputList=levels)
    assert (result["EvalDecision"], result["OrganizationsDecisionDetail"]) == ("allowed", {"AllowedByOrganizations": True})
    levels[0]["ServiceControlPolicyInputList"].append(policy("s3:GetObject", effect="Deny"))
    (result,) = custom(administrator, policy("s3:*"), OrderedOrganizationPolicyInputList=levels)
    assert (result["EvalDecision"], result["MatchedStatements"]) == ("explicitDeny", [])


def test_across_accounts_both_sides_are_told(administrator: Program) -> None:
    statement = {"Effect": "Allow", "Principal": {"AWS": arn("user", "alice")}, "Action": "s3:*", "Resource": "*"}
    given = {
        "ResourcePolicy": json.dumps({"Version": "2012-10-17", "Statement": statement}),
        "ResourceOwner": "arn:aws:iam::444455556666:root",
        "ResourceArns": [BUCKET],
    }
    (result,) = custom(administrator, policy("ec2:*"), CallerArn=arn("user", "alice"), **given)
    assert result["EvalDecision"] == "implicitDeny"
    assert result["ResourceSpecificResults"][0]["EvalDecisionDetails"] == {"IAM Policy": "implicitDeny", "Resource Policy": "allowed"}
    (result,) = custom(administrator, policy("s3:*"), CallerArn=arn("user", "alice"), **given)
    assert result["EvalDecision"] == "allowed"
    assert {each["SourcePolicyType"] for each in result["MatchedStatements"]} == {"none", "resource"}
    (result,) = custom(administrator, policy("s3:*"), CallerArn=arn("user", "Carlos"), **given)
    assert result["EvalDecision"] == "implicitDeny"
    within = {**given, "ResourceOwner": "111122223333"}
    (result,) = custom(administrator, policy("ec2:*"), CallerArn=arn("user", "alice"), **within)
    assert (result["EvalDecision"], result["EvalDecisionDetails"]) == ("allowed", {})


def test_a_users_policies_and_those_of_its_groups_count(administrator: Program) -> None:
    newcomer()
    administrator.answered("iam", "CreateGroup", GroupName="Developers")
    administrator.answered("iam", "AddUserToGroup", GroupName="Developers", UserName="Nikki")
    administrator.answered("iam", "AttachGroupPolicy", GroupName="Developers", PolicyArn=ADMINISTRATOR)
    administrator.answered("iam", "CreatePolicy", PolicyName="Work", PolicyDocument=policy("s3:*"))
    administrator.answered("iam", "AttachUserPolicy", UserName="Nikki", PolicyArn=arn("policy", "Work"))
    administrator.answered("iam", "PutUserPolicy", UserName="Nikki", PolicyName="mine", PolicyDocument=policy("s3:Get*"))
    administrator.answered("iam", "PutGroupPolicy", GroupName="Developers", PolicyName="mine", PolicyDocument=policy("s3:Get*"))
    (result,) = of(administrator, "Nikki")
    assert [(each["SourcePolicyId"], each["SourcePolicyType"]) for each in result["MatchedStatements"]] == [
        ("Work", "user-managed"),
        ("AdministratorAccess", "aws-managed"),
        ("mine", "user"),
        ("mine", "group"),
    ]
    (result,) = of(administrator, "Developers", "group", PolicyInputList=[policy("s3:Get*", effect="Deny")])
    assert (result["EvalDecision"], result["MatchedStatements"][0]["SourcePolicyId"]) == ("explicitDeny", "PolicyInputList.1")


@pytest.mark.parametrize(
    ("excluded", "left"),
    [
        ([{"PolicyType": "aws-managed"}], {"Work", "mine"}),
        ([{"PolicyType": "user-managed"}], {"ReadOnlyAccess", "mine"}),
        ([{"PolicyType": "inline"}], {"ReadOnlyAccess", "Work"}),
        ([{"PolicyArn": READ_ONLY}], {"Work", "mine"}),
        ([{"PolicyArn": "arn:aws:iam::111122223333:policy/W*k"}], {"ReadOnlyAccess", "mine"}),
        ([{"PolicyArn": "arn:aws:iam::111122223333:policy/W?k"}], {"ReadOnlyAccess", "Work", "mine"}),
        ([{"InlinePolicyIdentifier": {"PolicyName": "mine", "AttachmentType": "user", "AttachmentName": "Nikki"}}], {"ReadOnlyAccess", "Work"}),
        ([{"PolicyType": "rcp"}, {"PolicyType": "permission-boundary"}], {"ReadOnlyAccess", "Work", "mine"}),
    ],
)
def test_what_is_left_out_has_no_say(administrator: Program, excluded: list[dict[str, Any]], left: set[str]) -> None:
    newcomer()
    administrator.answered("iam", "CreatePolicy", PolicyName="Work", PolicyDocument=policy("iam:*"))
    for attached in (READ_ONLY, arn("policy", "Work")):
        administrator.answered("iam", "AttachUserPolicy", UserName="Nikki", PolicyArn=attached)
    administrator.answered("iam", "PutUserPolicy", UserName="Nikki", PolicyName="mine", PolicyDocument=policy("iam:*"))
    (result,) = of(administrator, "Nikki", ActionNames=["iam:GetUser"], PolicyExclusionList=excluded)
    assert {each["SourcePolicyId"] for each in result["MatchedStatements"]} == left


@pytest.mark.parametrize("wrong", [{"PolicyArn": "arn:aws:iam::111122223333:policy/*W*"}, {"PolicyArn": READ_ONLY, "PolicyType": "inline"}])
def test_what_names_no_policy_cannot_be_left_out(administrator: Program, wrong: dict[str, Any]) -> None:
    parameters = {"PolicySourceArn": arn("user", "alice"), "ActionNames": ["s3:GetObject"], "PolicyExclusionList": [wrong]}
    assert administrator.refused("iam", "SimulatePrincipalPolicy", **parameters).code == "InvalidInput"


def test_the_caller_may_be_another_than_the_source(administrator: Program) -> None:
    newcomer()
    document = policy("s3:*", resource="arn:aws:s3:::drill/${aws:username}/*")
    administrator.answered("iam", "PutUserPolicy", UserName="Nikki", PolicyName="own", PolicyDocument=document)
    resources = ["arn:aws:s3:::drill/Nikki/x"]
    assert of(administrator, "Nikki", ResourceArns=resources)[0]["EvalDecision"] == "allowed"
    assert of(administrator, "Nikki", ResourceArns=resources, CallerArn=arn("user", "Carlos"))[0]["EvalDecision"] == "implicitDeny"


def test_the_organisations_policies_have_a_say(administrator: Program, member_administrator: Program) -> None:
    mary = {"PolicySourceArn": arn("user", "Mary_Major", account="444455556666"), "ActionNames": ["s3:GetObject"]}
    (result,) = member_administrator.answered("iam", "SimulatePrincipalPolicy", **mary)["EvaluationResults"]
    assert result["EvalDecision"] == "allowed"
    organization = Organization.objects.get(management_account="111122223333")
    document = policy("s3:*", effect="Deny")
    row = PolicyDocument(type="scp", name="no-s3", organization=organization, text=document)
    row.save()
    PolicyTarget(document=row, target="444455556666").save()
    (result,) = member_administrator.answered("iam", "SimulatePrincipalPolicy", **mary)["EvaluationResults"]
    assert (result["EvalDecision"], result["MatchedStatements"]) == ("explicitDeny", [])
    assert result["OrganizationsDecisionDetail"] == {"AllowedByOrganizations": False}
    assert "OrganizationsDecisionDetail" not in of(administrator, "Carlos")[0]
    (result,) = member_administrator.answered("iam", "SimulatePrincipalPolicy", **mary, PolicyExclusionList=[{"PolicyType": "scp"}])[
        "EvaluationResults"
    ]
    assert result["EvalDecision"] == "allowed"


def test_a_role_is_simulated_without_policies_of_resources(administrator: Program) -> None:
    administrator.answered("iam", "CreateRole", RoleName="Worker", AssumeRolePolicyDocument=trust("111122223333"))
    administrator.answered("iam", "PutRolePolicy", RoleName="Worker", PolicyName="own", PolicyDocument=policy("s3:*"))
    (result,) = of(administrator, "Worker", "role")
    assert (result["EvalDecision"], result["MatchedStatements"][0]["SourcePolicyType"]) == ("allowed", "role")
    of_resource = json.dumps({"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Principal": "*", "Action": "s3:*", "Resource": "*"}})
    parameters = {"PolicySourceArn": arn("role", "Worker"), "ActionNames": ["s3:GetObject"], "ResourcePolicy": of_resource}
    assert administrator.refused("iam", "SimulatePrincipalPolicy", **parameters).code == "InvalidInput"


def test_pol_03_who_is_not_there_cannot_be_simulated(administrator: Program, member_administrator: Program) -> None:
    for source in (arn("user", "Nobody"), arn("user", "Mary_Major", account="444455556666")):
        failed = administrator.refused("iam", "SimulatePrincipalPolicy", PolicySourceArn=source, ActionNames=["s3:GetObject"])
        assert (failed.code, failed.status) == ("NoSuchEntity", 404)
    failed = administrator.refused("iam", "SimulatePrincipalPolicy", PolicySourceArn="arn:aws:iam::111122223333:root", ActionNames=["s3:GetObject"])
    assert failed.code == "InvalidInput"


def test_permissions_are_asked_on_whom_is_simulated(administrator: Program) -> None:
    nikki = newcomer()
    document = policy("iam:SimulatePrincipalPolicy", resource=arn("user", "Nikki"))
    administrator.answered("iam", "PutUserPolicy", UserName="Nikki", PolicyName="some", PolicyDocument=document)
    of(nikki, "Nikki")
    failed = nikki.refused("iam", "SimulatePrincipalPolicy", PolicySourceArn=arn("user", "Carlos"), ActionNames=["s3:GetObject"])
    assert failed.code == "AccessDenied"
    assert nikki.refused("iam", "SimulateCustomPolicy", PolicyInputList=[policy("s3:*")], ActionNames=["s3:GetObject"]).code == "AccessDenied"


@pytest.mark.parametrize("action", ["iam:ListGroups", "iam:ListRoles", "iam:CreateGroup"])
def test_what_is_simulated_is_what_happens(administrator: Program, action: str) -> None:
    nikki = newcomer()
    document = policy(["iam:ListGroups", "iam:ListRoles"], Condition={"StringEquals": {"aws:username": "Nikki"}})
    administrator.answered("iam", "PutUserPolicy", UserName="Nikki", PolicyName="some", PolicyDocument=document)
    administrator.answered("iam", "CreateGroup", GroupName="Developers")
    administrator.answered("iam", "AddUserToGroup", GroupName="Developers", UserName="Nikki")
    administrator.answered("iam", "PutGroupPolicy", GroupName="Developers", PolicyName="no", PolicyDocument=policy("iam:ListRoles", effect="Deny"))
    (result,) = of(administrator, "Nikki", ActionNames=[action])
    name = action.partition(":")[2]
    called = nikki.calls("iam", name, **({"GroupName": "More"} if name == "CreateGroup" else {}))
    assert (result["EvalDecision"] == "allowed") is isinstance(called, dict)
