"""Every operation through boto3, over a real socket. Nothing of it is configured but what `aws-env` prints."""

import os
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

from tests.clients.conftest import EnvironmentOf

MEMBER_ROLE = "arn:aws:iam::444455556666:role/OrganizationAccountAccessRole"


@pytest.fixture
def clients(environment_of: EnvironmentOf, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """Return boto3's clients by service name, for Carlos."""
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        monkeypatch.delenv(name)
    for name, value in environment_of("Carlos").items():
        if name.startswith("AWS_") or name == "HOME":
            monkeypatch.setenv(name, value)
    session = boto3.session.Session()
    made: list[Any] = []

    def client(service: str, **more: Any) -> Any:
        made.append(session.client(service, config=Config(retries={"total_max_attempts": 1}), **more))
        return made[-1]

    yield client
    for each in made:
        each.close()


def test_the_seven_operations_of_the_control_plane(clients: Any) -> None:
    signin = clients("signin")
    with pytest.raises(signin.exceptions.ResourceNotFoundException) as caught:
        signin.get_resource_policy()
    assert caught.value.response["error"] == "RESOURCE_NOT_FOUND"
    assert caught.value.response["ResponseMetadata"]["HTTPStatusCode"] == 404
    given = {"sourceIp": "203.0.113.0/24", "excludedPrincipal": "arn:aws:iam::111122223333:user/EmergencyAdmin", "clientToken": "once"}
    sid = signin.put_resource_permission_statement(**given)["statementId"]
    assert signin.put_resource_permission_statement(**given)["statementId"] == sid
    with pytest.raises(signin.exceptions.ConflictException):
        signin.put_resource_permission_statement(**{**given, "sourceIp": "192.0.2.1"})
    with pytest.raises(signin.exceptions.ValidationException) as invalid:
        signin.put_resource_permission_statement(sourceVpc="notavpc")
    assert invalid.value.response["error"] == "INVALID_REQUEST"
    vpc = {"sourceVpc": "vpc-0abc123def456789a", "requestedRegion": "us-west-2"}
    statements = [vpc, *({"sourceIp": f"192.0.2.{number}"} for number in range(3))]
    others = [signin.put_resource_permission_statement(**statement)["statementId"] for statement in statements]
    pages = signin.get_paginator("list_resource_permission_statements").paginate(PaginationConfig={"PageSize": 2})
    assert [item["sid"] for page in pages for item in page["permissionStatements"]] == [sid, *others]
    policy = signin.get_resource_policy()["signinResourceBasedPolicy"]
    assert policy["statement"][0]["principal"] == {"AWS": "*"}
    assert policy["statement"][0]["action"] == ["signin:Authenticate"]
    for other in others:
        signin.delete_resource_permission_statement(statementId=other)
    assert signin.put_console_authorization_configuration(targetId="o-exampleorg")["scope"] == "ORGANIZATION"
    assert signin.put_console_authorization_configuration()["consoleAuthorizationEnabled"] is True
    assert signin.get_console_authorization_configuration()["targetId"] == "111122223333"
    assert signin.delete_console_authorization_configuration()["consoleAuthorizationEnabled"] is False
    with pytest.raises(signin.exceptions.ValidationException):
        clients("signin", region_name="eu-west-1").put_console_authorization_configuration()


def test_sts_and_a_session_of_the_organisations_role(clients: Any) -> None:
    sts = clients("sts")
    assert sts.get_caller_identity()["Arn"] == "arn:aws:iam::111122223333:user/Carlos"
    given = sts.assume_role(RoleArn=MEMBER_ROLE, RoleSessionName="drill", DurationSeconds=900)["Credentials"]
    assert timedelta(minutes=14) < given["Expiration"] - datetime.now(UTC) < timedelta(minutes=16)
    keys = {
        "aws_access_key_id": given["AccessKeyId"],
        "aws_secret_access_key": given["SecretAccessKey"],
        "aws_session_token": given["SessionToken"],
    }
    identity = clients("sts", **keys).get_caller_identity()
    assert identity["Arn"] == "arn:aws:sts::444455556666:assumed-role/OrganizationAccountAccessRole/drill"
    assert clients("signin", **keys).get_console_authorization_configuration()["targetId"] == "444455556666"
    with pytest.raises(ClientError) as caught:
        sts.assume_role(RoleArn=MEMBER_ROLE.replace("Organization", "Other"), RoleSessionName="drill")
    assert (caught.value.response["Error"]["Code"], caught.value.response["ResponseMetadata"]["HTTPStatusCode"]) == ("AccessDenied", 403)
    wrong = clients("sts", aws_access_key_id=given["AccessKeyId"], aws_secret_access_key="x" * 40, aws_session_token=given["SessionToken"])
    with pytest.raises(ClientError) as caught:
        wrong.get_caller_identity()
    assert caught.value.response["Error"]["Code"] == "SignatureDoesNotMatch"
    unknown = clients("signin", aws_access_key_id="SKIAEXAMPLEEXAMPLE22", aws_secret_access_key="x" * 40)
    with pytest.raises(ClientError) as caught:
        unknown.get_resource_policy()
    assert caught.value.response["Error"]["Code"] == "UnrecognizedClientException"


def test_cloudtrail_finds_what_was_called(clients: Any) -> None:
    clients("sts").get_caller_identity()
    cloudtrail = clients("cloudtrail")
    asked = [{"AttributeKey": "EventName", "AttributeValue": "GetCallerIdentity"}]
    (event,) = cloudtrail.lookup_events(LookupAttributes=asked, StartTime=datetime.now(UTC) - timedelta(hours=1))["Events"]
    assert event["Username"] == "Carlos"
    assert '"userAgent":"Boto3/' in event["CloudTrailEvent"]
    assert cloudtrail.lookup_events(LookupAttributes=asked, EndTime=datetime(2020, 1, 1, tzinfo=UTC))["Events"] == []
    with pytest.raises(cloudtrail.exceptions.InvalidNextTokenException):
        cloudtrail.lookup_events(NextToken="x" * 20)
