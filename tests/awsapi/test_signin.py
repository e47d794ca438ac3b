"""AWS Sign-In's control plane: seven operations, who may call them, and what goes wrong (service model `signin` 2023-01-01)."""

import json
import re
from datetime import timedelta
from typing import Any

import pytest

from accounts.models import Principal
from policies.models import PolicyDocument, PolicyTarget
from portal.conf import conf
from portal.core import clock
from portal.trail.models import Event
from tests.awsapi.conftest import key_of
from tests.awsapi.program import Program
from tests.fixtures.people import World

EXCLUDED = "arn:aws:iam::111122223333:user/EmergencyAdmin"
SID = re.compile(r"[A-Za-z0-9+/]{64}")
VPC = {"sourceVpc": "vpc-0abc123def456789a", "requestedRegion": "us-west-2"}


def put(program: Program, **parameters: Any) -> str:
    sid: str = program.answered("signin", "PutResourcePermissionStatement", **parameters)["statementId"]
    assert SID.fullmatch(sid)
    return sid


def listed(program: Program, **parameters: Any) -> list[str]:
    return [item["sid"] for item in program.answered("signin", "ListResourcePermissionStatements", **parameters)["permissionStatements"]]


@pytest.mark.parametrize(
    "parameters",
    [
        {"sourceIp": "203.0.113.0/24"},
        {"sourceIp": "2001:db8::/32", "excludedPrincipal": EXCLUDED},
        VPC,
        {**VPC, "excludedPrincipal": "arn:aws:iam::111122223333:role/Admin"},
        {**VPC, "vpcSourceIp": "10.0.0.0/16"},
        {**VPC, "signinSourceVpce": "vpce-0123456789abcdef0", "consoleSourceVpce": "vpce-0fedcba9876543210"},
        {**VPC, "sourceIp": "203.0.113.0/24", "excludedPrincipal": "arn:aws:iam::111122223333:root"},
        {"requestedRegion": "eu-central-1", "excludedPrincipal": "arn:aws:sts::111122223333:federated-user/Bob"},
    ],
)
def test_each_parameter_and_combination_of_the_guide_is_put_listed_and_deleted(administrator: Program, parameters: dict[str, str]) -> None:
    sid = put(administrator, **parameters)
    assert listed(administrator) == [sid]
    policy = administrator.answered("signin", "GetResourcePolicy")["signinResourceBasedPolicy"]
    assert policy["version"] == "2012-10-17"
    assert all(statement["condition"]["StringEquals"]["aws:ResourceAccount"] == ["111122223333"] for statement in policy["statement"])
    assert administrator.answered("signin", "DeleteResourcePermissionStatement", statementId=sid) == {}
    assert listed(administrator) == []


def test_the_wire_form_of_a_policy_has_capital_names(administrator: Program) -> None:
    put(administrator, sourceIp="203.0.113.0/24", excludedPrincipal=EXCLUDED)
    answer = administrator.sends("/get-resource-policy")
    policy = json.loads(answer.content)["signinResourceBasedPolicy"]  # type: ignore[attr-defined]
    assert set(policy) == {"Version", "Statement"}
    first = policy["Statement"][0]
    assert first["Principal"] == {"AWS": "*"}
    assert first["Action"] == ["signin:Authenticate"]
    assert first["Resource"] == "*"
    assert first["Condition"]["ArnNotEquals"] == {"signin:PrincipalArn": [EXCLUDED]}


@pytest.mark.parametrize(
    ("parameters", "words"),
    [
        ({}, "no condition"),
        ({"sourceVpc": "notavpc", "requestedRegion": "us-east-1"}, "sourceVpc"),
        ({"sourceVpc": "vpc-12345678"}, "requestedRegion"),
        ({"sourceIp": "nonsense"}, "sourceIp"),
        ({"requestedRegion": "nowhere"}, "requestedRegion"),
        ({"sourceIp": "203.0.113.1", "excludedPrincipal": "arn:aws:iam::111122223333:role/path/Name"}, "excludedPrincipal"),
        ({"sourceIp": "203.0.113.1", "clientToken": "a b"}, "clientToken"),
        ({"sourceIp": "203.0.113.1", "clientToken": "x" * 65}, "clientToken"),
        ({"sourceIp": "x\x00y"}, "sourceIp"),
    ],
)
def test_a_rule_that_is_broken_is_a_validation_error(administrator: Program, parameters: dict[str, str], words: str) -> None:
    failed = administrator.refused("signin", "PutResourcePermissionStatement", **parameters)
    assert (failed.code, failed.status, failed.more["error"]) == ("ValidationException", 400, "INVALID_REQUEST")
    assert words in failed.message
    assert failed.more["message"] == failed.message


def test_a_client_token_makes_a_put_the_same_and_stands_for_nothing_else(administrator: Program) -> None:
    first = put(administrator, sourceIp="203.0.113.1", clientToken="token")
    assert put(administrator, sourceIp="203.0.113.1", clientToken="token") == first
    failed = administrator.refused("signin", "PutResourcePermissionStatement", sourceIp="203.0.113.2", clientToken="token")
    assert (failed.code, failed.status, failed.more["error"]) == ("ConflictException", 409, "CONFLICT")
    assert len(listed(administrator)) == 1


def test_a_quota_that_is_full_says_so_with_its_own_status(administrator: Program, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PORTAL_STATEMENT_QUOTA", "1")
    put(administrator, sourceIp="203.0.113.1")
    failed = administrator.refused("signin", "PutResourcePermissionStatement", sourceIp="203.0.113.2")
    assert (failed.code, failed.status, failed.more["error"]) == ("ServiceQuotaExceededException", 402, "SERVICE_QUOTA_EXCEEDED")


def test_what_is_not_there_is_not_found(administrator: Program) -> None:
    for operation, parameters in (("GetResourcePolicy", {}), ("DeleteResourcePermissionStatement", {"statementId": "A" * 64})):
        failed = administrator.refused("signin", operation, **parameters)
        assert (failed.code, failed.status, failed.more["error"]) == ("ResourceNotFoundException", 404, "RESOURCE_NOT_FOUND")
    assert administrator.refused("signin", "DeleteResourcePermissionStatement", statementId="short").code == "ValidationException"
    assert administrator.refused("signin", "DeleteResourcePermissionStatement").code == "ValidationException"


def test_pol_03_a_statement_of_another_account_is_not_found_and_stays(administrator: Program, member_administrator: Program) -> None:
    sid = put(member_administrator, sourceIp="203.0.113.1")
    assert administrator.refused("signin", "DeleteResourcePermissionStatement", statementId=sid).code == "ResourceNotFoundException"
    assert listed(member_administrator) == [sid]
    assert listed(administrator) == []


def test_pages_of_a_list_lead_through_all_of_it(administrator: Program) -> None:
    sids = [put(administrator, sourceIp=f"203.0.113.{number}") for number in range(5)]
    found: list[str] = []
    token: dict[str, str] = {}
    while True:
        answer = administrator.answered("signin", "ListResourcePermissionStatements", maxResults=2, **token)
        found += [item["sid"] for item in answer["permissionStatements"]]
        if "nextToken" not in answer:
            break
        token = {"nextToken": answer["nextToken"]}
    assert found == sids
    for wrong in ({"maxResults": 101}, {"maxResults": 0}, {"nextToken": "nonsense"}, {"nextToken": "x" * 3000}):
        assert administrator.refused("signin", "ListResourcePermissionStatements", **wrong).code == "ValidationException"


@pytest.mark.parametrize(
    ("operation", "parameters"),
    [
        ("PutResourcePermissionStatement", {"sourceIp": "203.0.113.1"}),
        ("DeleteResourcePermissionStatement", {"statementId": "A" * 64}),
        ("PutConsoleAuthorizationConfiguration", {}),
        ("DeleteConsoleAuthorizationConfiguration", {}),
    ],
)
def test_changes_are_made_in_one_region_only(administrator: Program, operation: str, parameters: dict[str, str]) -> None:
    failed = administrator.in_region("eu-west-1").refused("signin", operation, **parameters)
    assert (failed.code, failed.more["error"]) == ("ValidationException", "INVALID_REQUEST")
    assert "us-east-1" in failed.message


def test_another_region_knows_of_a_change_a_little_later(administrator: Program) -> None:
    elsewhere = administrator.in_region("eu-west-1")
    sid = put(administrator, sourceIp="203.0.113.1")
    assert elsewhere.refused("signin", "GetResourcePolicy").code == "ResourceNotFoundException"
    clock.advance(conf.policy_propagation + timedelta(seconds=1))
    assert listed(elsewhere) == [sid]
    assert elsewhere.answered("signin", "GetResourcePolicy")


def configured(program: Program, operation: str, **parameters: Any) -> tuple[str, str, bool]:
    answer = program.answered("signin", f"{operation}ConsoleAuthorizationConfiguration", **parameters)
    return answer["targetId"], answer["scope"], answer["consoleAuthorizationEnabled"]


def test_console_authorization_is_switched_on_told_and_switched_off(administrator: Program) -> None:
    own = "111122223333"
    assert configured(administrator, "Get") == (own, "ACCOUNT", False)
    assert configured(administrator, "Put") == (own, "ACCOUNT", True)
    assert configured(administrator, "Put", targetId=own) == (own, "ACCOUNT", True)
    assert configured(administrator, "Get", targetId=own) == (own, "ACCOUNT", True)
    assert configured(administrator, "Delete") == (own, "ACCOUNT", False)
    failed = administrator.refused("signin", "DeleteConsoleAuthorizationConfiguration")
    assert (failed.code, failed.status) == ("ResourceNotFoundException", 404)


@pytest.mark.parametrize("target", ["o-exampleorg", "r-ab12cd34ef", "444455556666"])
def test_the_management_account_configures_its_organisation(administrator: Program, target: str) -> None:
    scope = "ACCOUNT" if target.isdecimal() else "ORGANIZATION"
    assert configured(administrator, "Put", targetId=target) == (target, scope, True)
    assert configured(administrator, "Get", targetId=target) == (target, scope, True)


@pytest.mark.parametrize("operation", ["Get", "Put", "Delete"])
def test_pol_03_what_is_not_the_callers_is_refused(member_administrator: Program, operation: str) -> None:
    name = f"{operation}ConsoleAuthorizationConfiguration"
    for target in ("o-exampleorg", "r-ab12cd34ef"):
        failed = member_administrator.refused("signin", name, targetId=target)
        assert (failed.code, failed.status, failed.more["error"]) == ("AccessDeniedException", 403, "INSUFFICIENT_PERMISSIONS")
    for target in ("111122223333", "777788889999", "123456789012", "999999999999", "o-0000000000", "r-0000000000"):
        assert member_administrator.refused("signin", name, targetId=target).code == "ResourceNotFoundException"
    assert member_administrator.refused("signin", name, targetId="nonsense-here").code == "ValidationException"


def test_identity_policies_decide_who_may_call(reader: Program) -> None:
    assert listed(reader) == []
    failed = reader.refused("signin", "PutResourcePermissionStatement", sourceIp="203.0.113.1")
    assert (failed.code, failed.status, failed.more["error"]) == ("AccessDeniedException", 403, "INSUFFICIENT_PERMISSIONS")
    assert failed.message == (
        "User: arn:aws:iam::111122223333:user/Richard_Roe is not authorized to perform: signin:PutResourcePermissionStatement on resource: * "
        "because no identity-based policy allows the signin:PutResourcePermissionStatement action"
    )
    event = Event.objects.latest("id")
    assert json.loads(event.record)["errorCode"] == "AccessDeniedException"
    assert json.loads(event.note)["decision"]["effect"] == "Deny"


def test_the_managed_policy_of_the_guide_allows_the_seven_and_nothing_else(world: World) -> None:
    somebody = Principal.objects.get(account="123456789012", name="alice")
    somebody.policy_attachments.update(policy_arn="arn:aws:iam::aws:policy/AWSSignInResourcePolicyManagement")
    program = Program.of(key_of("123456789012", "alice"))
    sid = put(program, sourceIp="203.0.113.1")
    program.answered("signin", "GetResourcePolicy")
    assert listed(program) == [sid]
    assert configured(program, "Put")[2]
    assert configured(program, "Get")[2]
    assert not configured(program, "Delete")[2]
    program.answered("signin", "DeleteResourcePermissionStatement", statementId=sid)
    assert program.refused("cloudtrail", "LookupEvents").code == "AccessDeniedException"


def deny(kind: str, target: str, **owner: str) -> None:
    """Write a policy that denies the control plane and attach it."""
    statements = [{"Effect": "Deny", "Action": "signin:Put*", "Resource": "*"}, {"Effect": "Allow", "Action": "*", "Resource": "*"}]
    text = json.dumps({"Version": "2012-10-17", "Statement": statements})
    document = PolicyDocument.objects.create(type=kind, name="NoChanges", text=text, **owner)
    PolicyTarget.objects.create(document=document, target=target)


def test_an_explicit_deny_of_the_account_stands(administrator: Program) -> None:
    deny("identity", "arn:aws:iam::111122223333:user/Carlos", account_id="111122223333")
    failed = administrator.refused("signin", "PutConsoleAuthorizationConfiguration")
    assert failed.message.endswith("with an explicit deny in an identity-based policy")


def test_a_service_control_policy_stands_for_members_alone(administrator: Program, member_administrator: Program) -> None:
    deny("scp", "r-ab12cd34ef", organization_id="o-exampleorg")
    failed = member_administrator.refused("signin", "PutConsoleAuthorizationConfiguration")
    assert failed.message.endswith("with an explicit deny in a service control policy")
    assert configured(administrator, "Put")[2]


@pytest.mark.parametrize(
    "condition",
    [
        {"IpAddress": {"aws:SourceIp": "127.0.0.0/8"}},
        {"StringEquals": {"aws:username": "Carlos", "aws:PrincipalType": "User", "aws:RequestedRegion": "us-east-1"}},
        {"ArnEquals": {"aws:PrincipalArn": "arn:aws:iam::111122223333:user/Carlos"}},
        {"StringEquals": {"aws:PrincipalOrgID": "o-exampleorg", "aws:ResourceAccount": "111122223333"}},
        {"DateGreaterThan": {"aws:CurrentTime": "2020-01-01T00:00:00Z"}, "Null": {"aws:MultiFactorAuthPresent": "true"}},
        {"StringLike": {"aws:UserAgent": "tests/*"}, "Bool": {"aws:SecureTransport": "false"}},
    ],
)
def test_conditions_of_identity_policies_know_the_call(administrator: Program, condition: dict[str, Any]) -> None:
    administrator.answered("signin", "ListResourcePermissionStatements")
    statement = {"Effect": "Deny", "Action": "signin:*", "Resource": "*", "Condition": condition}
    text = json.dumps({"Version": "2012-10-17", "Statement": statement})
    document = PolicyDocument.objects.create(type="identity", name="Where", text=text, account_id="111122223333")
    PolicyTarget.objects.create(document=document, target="arn:aws:iam::111122223333:user/Carlos")
    assert administrator.refused("signin", "ListResourcePermissionStatements").code == "AccessDeniedException"


def test_a_policy_that_cannot_be_read_denies(administrator: Program) -> None:
    Principal.objects.get(name="Carlos").policy_attachments.update(policy_arn="arn:aws:iam::aws:policy/Nothing")
    assert administrator.refused("signin", "GetResourcePolicy").code == "AccessDeniedException"
    assert "no policy with this ARN" in Event.objects.latest("id").note


def test_the_root_user_may_do_all_of_it(root_program: Program) -> None:
    put(root_program, sourceIp="203.0.113.1")
    assert configured(root_program, "Put") == ("123456789012", "ACCOUNT", True)
    record = json.loads(Event.objects.latest("id").record)
    assert (record["userIdentity"]["type"], record["userIdentity"]["accessKeyId"]) == ("Root", root_program.key_id)


def test_calls_go_on_whatever_the_console_policies_say(administrator: Program) -> None:
    put(administrator, sourceIp="203.0.113.0/24")
    assert configured(administrator, "Put")[2]
    sid = put(administrator, requestedRegion="eu-central-1")
    administrator.answered("signin", "DeleteResourcePermissionStatement", statementId=sid)
    assert not configured(administrator, "Delete")[2]


def test_a_change_is_an_event_with_what_was_asked_and_answered(administrator: Program) -> None:
    sid = put(administrator, sourceIp="203.0.113.1", clientToken="token")
    record = json.loads(Event.objects.latest("id").record)
    assert (record["eventSource"], record["eventName"], record["readOnly"]) == ("signin.amazonaws.com", "PutResourcePermissionStatement", False)
    assert record["requestParameters"] == {"sourceIp": "203.0.113.1", "clientToken": "token"}
    assert record["responseElements"] == {"statementId": sid}
    assert record["awsRegion"] == "us-east-1"
    listed(administrator)
    record = json.loads(Event.objects.latest("id").record)
    assert (record["readOnly"], record["responseElements"]) == (True, None)
