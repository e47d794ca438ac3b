"""The official AWS CLI, version 2, with nothing configured but what `aws-env` prints."""

import json
from pathlib import Path

import pytest

from tests.clients.conftest import Cli, EnvironmentOf, output

pytestmark = pytest.mark.timeout(600)  # each command starts a Python of its own: a second or so, and more on a busy machine

EXCLUDED = "arn:aws:iam::111122223333:user/EmergencyAdmin"
MEMBER_ROLE = "arn:aws:iam::444455556666:role/OrganizationAccountAccessRole"


def test_the_seven_commands_of_sign_in(cli: Cli, environment_of: EnvironmentOf) -> None:
    """Each once: what boto3 shows of paging, repetition and refusals (`test_boto3.py`) the CLI takes from the same models."""
    carlos = environment_of("Carlos")
    vpc = ("--source-vpc", "vpc-0abc123def456789a", "--requested-region", "us-west-2")
    given = (*vpc, "--excluded-principal", EXCLUDED, "--client-token", "unique-request-id-12345", "--region", "us-east-1")
    sid = output(cli(carlos, "signin", "put-resource-permission-statement", *given))["statementId"]

    listed = output(cli(carlos, "signin", "list-resource-permission-statements", "--page-size", "1"))
    assert [item["sid"] for item in listed["permissionStatements"]] == [sid]

    policy = output(cli(carlos, "signin", "get-resource-policy"))["signinResourceBasedPolicy"]
    assert {action for statement in policy["statement"] for action in statement["action"]} == {
        "signin:Authenticate",
        "signin:AuthorizeOAuth2Access",
        "signin:CreateOAuth2Token",
    }
    output(cli(carlos, "signin", "delete-resource-permission-statement", "--statement-id", sid))

    target = ("--target-id", "111122223333")
    assert output(cli(carlos, "signin", "put-console-authorization-configuration", *target, "--region", "us-east-1")) == {
        "targetId": "111122223333",
        "scope": "ACCOUNT",
        "consoleAuthorizationEnabled": True,
    }
    assert output(cli(carlos, "signin", "get-console-authorization-configuration"))["consoleAuthorizationEnabled"] is True
    assert output(cli(carlos, "signin", "delete-console-authorization-configuration", *target))["consoleAuthorizationEnabled"] is False


def test_what_the_cli_says_of_refusals(cli: Cli, environment_of: EnvironmentOf) -> None:
    reader = environment_of("Richard_Roe")
    denied = cli(reader, "signin", "put-resource-permission-statement", "--source-ip", "203.0.113.1")
    assert denied.returncode == 254
    assert "An error occurred (AccessDeniedException)" in denied.stderr
    assert "is not authorized to perform: signin:PutResourcePermissionStatement" in denied.stderr
    assert "error: INSUFFICIENT_PERMISSIONS" in denied.stderr
    elsewhere = cli(environment_of("Carlos"), "signin", "put-console-authorization-configuration", "--region", "eu-west-1")
    assert "An error occurred (ValidationException)" in elsewhere.stderr
    invalid = cli(reader | {"AWS_SECRET_ACCESS_KEY": "x" * 40}, "sts", "get-caller-identity")
    assert "An error occurred (SignatureDoesNotMatch)" in invalid.stderr
    nothing = cli(environment_of("Carlos"), "signin", "get-resource-policy")
    assert nothing.returncode == 254
    assert "An error occurred (ResourceNotFoundException) when calling the GetResourcePolicy operation" in nothing.stderr
    assert "error: RESOURCE_NOT_FOUND" in nothing.stderr
    unknown = cli(reader | {"AWS_ACCESS_KEY_ID": "SKIAEXAMPLEEXAMPLE22"}, "signin", "get-resource-policy")
    assert "An error occurred (UnrecognizedClientException)" in unknown.stderr


def test_a_role_of_the_organisation_by_command_and_by_profile(cli: Cli, environment_of: EnvironmentOf, tmp_path: Path) -> None:
    carlos = environment_of("Carlos")
    given = output(cli(carlos, "sts", "assume-role", "--role-arn", MEMBER_ROLE, "--role-session-name", "drill"))["Credentials"]
    session = carlos | {
        "AWS_ACCESS_KEY_ID": given["AccessKeyId"],
        "AWS_SECRET_ACCESS_KEY": given["SecretAccessKey"],
        "AWS_SESSION_TOKEN": given["SessionToken"],
    }
    identity = output(cli(session, "sts", "get-caller-identity"))
    assert identity["Arn"] == "arn:aws:sts::444455556666:assumed-role/OrganizationAccountAccessRole/drill"
    assert output(cli(session, "signin", "get-console-authorization-configuration"))["targetId"] == "444455556666"

    config = tmp_path / ".aws" / "config"
    config.parent.mkdir(exist_ok=True)
    config.write_text(f"[profile member]\nrole_arn = {MEMBER_ROLE}\ncredential_source = Environment\nregion = us-east-1\n", encoding="utf-8")
    assert output(cli(carlos, "sts", "get-caller-identity", "--profile", "member"))["Account"] == "444455556666"


def test_the_event_history_by_command(cli: Cli, environment_of: EnvironmentOf) -> None:
    carlos = environment_of("Carlos")
    output(cli(carlos, "sts", "get-caller-identity"))
    wanted = ("--lookup-attributes", "AttributeKey=EventName,AttributeValue=GetCallerIdentity", "--max-items", "5")
    found = output(cli(carlos, "cloudtrail", "lookup-events", *wanted))
    (event,) = found["Events"]
    record = json.loads(event["CloudTrailEvent"])
    assert record["userAgent"].startswith("aws-cli/2.")
    assert record["userIdentity"]["accessKeyId"] == carlos["AWS_ACCESS_KEY_ID"]
