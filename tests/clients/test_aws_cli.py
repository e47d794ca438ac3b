"""The official AWS CLI, version 2, with nothing configured but what `aws-env` prints.

A command is asked where the CLI itself has a part in the answer: how it takes arguments, signs, finds the portal and words a refusal. The seven
commands of sign-in are called in the story of a lock-out (`test_lockout.py`), `aws login` and `aws logout` in `test_aws_login.py`; what the
portal answers beyond that, boto3 says (`test_boto3.py`), which takes it from the same models in a hundredth of the time.
"""

import json
from pathlib import Path

import pytest

from tests.clients.conftest import Cli, EnvironmentOf, output

pytestmark = pytest.mark.timeout(600)  # each command starts a Python of its own: a second or so, and more on a busy machine

MEMBER_ROLE = "arn:aws:iam::444455556666:role/OrganizationAccountAccessRole"


def test_what_the_cli_says_of_refusals(cli: Cli, environment_of: EnvironmentOf) -> None:
    """One in each of the two protocols: JSON with a field of its own, and XML."""
    reader = environment_of("Richard_Roe")
    denied = cli(reader, "signin", "put-resource-permission-statement", "--source-ip", "203.0.113.1")
    assert denied.returncode == 254
    assert "An error occurred (AccessDeniedException) when calling the PutResourcePermissionStatement operation" in denied.stderr
    assert "is not authorized to perform: signin:PutResourcePermissionStatement" in denied.stderr
    assert "error: INSUFFICIENT_PERMISSIONS" in denied.stderr
    invalid = cli(reader | {"AWS_SECRET_ACCESS_KEY": "x" * 40}, "sts", "get-caller-identity")
    assert (invalid.returncode, "An error occurred (SignatureDoesNotMatch)" in invalid.stderr) == (254, True), invalid


def test_a_role_of_the_organisation_by_profile_and_the_event_history(cli: Cli, environment_of: EnvironmentOf, tmp_path: Path) -> None:
    carlos = environment_of("Carlos")
    config = tmp_path / ".aws" / "config"
    config.parent.mkdir(exist_ok=True)
    config.write_text(f"[profile member]\nrole_arn = {MEMBER_ROLE}\ncredential_source = Environment\nregion = us-east-1\n", encoding="utf-8")
    identity = output(cli(carlos, "sts", "get-caller-identity", "--profile", "member"))
    assert identity["Arn"].startswith("arn:aws:sts::444455556666:assumed-role/OrganizationAccountAccessRole/")

    wanted = ("--lookup-attributes", "AttributeKey=EventName,AttributeValue=AssumeRole", "--max-items", "5")
    (event,) = output(cli(carlos, "cloudtrail", "lookup-events", *wanted))["Events"]
    record = json.loads(event["CloudTrailEvent"])
    assert record["userAgent"].startswith("aws-cli/2.")
    assert record["userIdentity"]["accessKeyId"] == carlos["AWS_ACCESS_KEY_ID"]
