"""The guide's story of a lock-out, with the official CLI beside a browser: rehearse, restrict, enable, be denied, recover.

Without an excluded principal the recovery is support's: `tests/browser/test_recovery.py`, and `tests/policies/recovery`.
"""

import json
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from portal.world.people import Person
from tests.browser import steps
from tests.clients.conftest import Cli, EnvironmentOf, Sdk, Shell, output
from tests.fixtures.browser import OpenPage

pytestmark = [pytest.mark.browser, pytest.mark.server, pytest.mark.timeout(600)]

ACCOUNT = "111122223333"
EXCLUDED = f"arn:aws:iam::{ACCOUNT}:user/EmergencyAdmin"
OFFICE = "203.0.113.0/24"
DENIED = "Your authentication information is incorrect. Please try again."


def go_to(page: Page, network: str) -> None:
    """Let the browser appear to be in a network of the world."""
    answer = page.request.post("/training/api/network", headers=steps.TRAINING, data={"name": network})
    assert answer.ok, answer.text()


def rehearsed(shell: Shell, policy: Path, *arguments: str) -> tuple[int, Any]:
    """Rehearse a policy from the shell; return the exit code and the JSON."""
    code, printed = shell.runs("rehearse", str(policy), "--account", ACCOUNT, "--json", *arguments)
    return code, json.loads(printed)


def document(*excluded: str) -> str:
    """Return the guide's second example for the office's addresses, with or without an excluded principal."""

    def deny(key: str, *actions: str) -> dict[str, Any]:
        exempting = {"ArnNotEquals": {key: list(excluded)}} if excluded else {}
        condition = exempting | {"NotIpAddress": {"aws:SourceIp": OFFICE}, "StringEquals": {"aws:ResourceAccount": ACCOUNT}}
        return {"Effect": "Deny", "Principal": {"AWS": "*"}, "Action": list(actions), "Resource": "*", "Condition": condition}

    before = deny("signin:PrincipalArn", "signin:Authenticate")
    after = deny("aws:PrincipalArn", "signin:CreateOAuth2Token", "signin:AuthorizeOAuth2Access")
    return json.dumps({"Version": "2012-10-17", "Statement": [before, after]})


@pytest.fixture
def emergency_admin(people: dict[tuple[str, str], Person]) -> Person:
    """The excluded principal."""
    return people[ACCOUNT, "EmergencyAdmin"]


def test_an_account_is_restricted_and_recovered_by_working_keys(
    open_page: OpenPage, shell: Shell, cli: Cli, sdk: Sdk, environment_of: EnvironmentOf, carlos: Person, emergency_admin: Person, tmp_path: Path
) -> None:
    """The seven commands of sign-in, each once."""
    admin = environment_of("EmergencyAdmin")
    policy = tmp_path / "office-only.json"
    places = ("--networks", "office,home", "--principals", "Carlos,EmergencyAdmin")

    # Rehearsed before anything is changed: without an excluded principal nobody gets in from home, and somebody who is only there is locked out.
    policy.write_text(document(), encoding="utf-8")
    code, found = rehearsed(shell, policy, "--networks", "home", "--principals", "Carlos,EmergencyAdmin")
    assert code == 2
    assert {arn.rpartition("/")[2] for arn in found["locked_out"]} == {"Carlos", "EmergencyAdmin"}
    policy.write_text(document(EXCLUDED), encoding="utf-8")
    code, found = rehearsed(shell, policy, *places)
    assert (code, found["locked_out"]) == (0, [])

    given = ("--source-ip", OFFICE, "--excluded-principal", EXCLUDED, "--client-token", "unique-request-id-12345", "--region", "us-east-1")
    sid = output(cli(admin, "signin", "put-resource-permission-statement", *given))["statementId"]
    listed = output(cli(admin, "signin", "list-resource-permission-statements", "--page-size", "1"))
    assert [item["sid"] for item in listed["permissionStatements"]] == [sid]
    policy_in_force = output(cli(admin, "signin", "get-resource-policy"))["signinResourceBasedPolicy"]
    assert {action for statement in policy_in_force["statement"] for action in statement["action"]} == {
        "signin:Authenticate",
        "signin:AuthorizeOAuth2Access",
        "signin:CreateOAuth2Token",
    }
    page = open_page()
    go_to(page, "home")
    steps.sign_in_iam_user(page, carlos)  # nothing is evaluated before console authorization is on
    target = ("--target-id", ACCOUNT, "--region", "us-east-1")
    assert output(cli(admin, "signin", "put-console-authorization-configuration", *target)) == {
        "targetId": ACCOUNT,
        "scope": "ACCOUNT",
        "consoleAuthorizationEnabled": True,
    }
    assert output(cli(admin, "signin", "get-console-authorization-configuration"))["consoleAuthorizationEnabled"] is True

    from_home = open_page()
    go_to(from_home, "home")
    steps.name_iam_user(from_home, carlos)
    expect(from_home.get_by_role("alert")).to_have_text(DENIED)
    steps.sign_in_iam_user(from_home, emergency_admin)
    from_office = open_page()
    go_to(from_office, "office")
    steps.sign_in_iam_user(from_office, carlos)

    asked = [{"AttributeKey": "EventName", "AttributeValue": "ConsoleLogin"}]
    events = sdk(admin, "cloudtrail").lookup_events(LookupAttributes=asked)["Events"]
    denied = [record for record in (json.loads(event["CloudTrailEvent"]) for event in events) if record.get("errorMessage")]
    assert [record["errorMessage"] for record in denied] == ["Authorization denied because of a resource-based policy"]
    assert denied[0]["sourceIPAddress"] == "198.51.100.7"

    off = output(cli(admin, "signin", "delete-console-authorization-configuration", *target))
    assert off["consoleAuthorizationEnabled"] is False
    again = open_page()
    go_to(again, "home")
    steps.sign_in_iam_user(again, carlos)
    output(cli(admin, "signin", "delete-resource-permission-statement", "--statement-id", sid))
