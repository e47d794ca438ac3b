"""The AWS managed policies: found by ARN, every one of them readable, labelled where AWS never published it."""

import pytest

from policies.evaluation.authorization import Policies, authorize
from policies.evaluation.request import Caller, Request
from policies.evaluation.statements import Policy
from policies.language import PolicyType
from policies.managed import document, managed_policies, managed_policy
from portal.world.definition import Account
from portal.world.reading import read_world

AWS = "arn:aws:iam::aws:policy/"
ALICE = Caller.user("arn:aws:iam::123456789012:user/alice")
CONTROL = ("PutConsoleAuthorizationConfiguration", "GetConsoleAuthorizationConfiguration", "DeleteConsoleAuthorizationConfiguration")
STATEMENTS = ("PutResourcePermissionStatement", "DeleteResourcePermissionStatement", "ListResourcePermissionStatements", "GetResourcePolicy")


def may(name: str, action: str, resource: str = "*") -> bool:
    """Tell whether a managed policy lets alice do something."""
    found = document(AWS + name)
    assert found is not None
    return authorize(Request.of(action, caller=ALICE, keys={}, resource=resource), Policies(identity=(Policy(found),))).allowed


def test_every_policy_can_be_read_and_is_labelled() -> None:
    found = {policy.name: policy for policy in managed_policies()}
    assert all(policy.document.type is PolicyType.IDENTITY and policy.description.endswith(".") for policy in found.values())
    assert {name for name, policy in found.items() if policy.origin == "reconstructed"} == {
        "AWSMCPSignInOAuthAccessPolicy",
        "AmazonManagedSignUpServicePolicy",
        "ApplicationProvisioningPolicy",
    }
    assert {policy.origin for policy in found.values()} == {"published", "abridged", "reconstructed"}


def test_an_arn_that_nobody_has() -> None:
    assert document(AWS + "Nothing") is None
    assert managed_policy("AdministratorAccess") is None


def _attached(account: Account) -> list[tuple[str, ...]]:
    return [*(user.policies for user in account.users), *(role.policies for role in account.roles)]


def test_whatever_the_demo_world_attaches_is_there() -> None:
    world = read_world("anycompany")
    arns = {arn for account in world.accounts for policies in _attached(account) for arn in policies}
    assert arns
    assert all(document(arn) for arn in arns), arns


@pytest.mark.parametrize("operation", [*CONTROL, *STATEMENTS])
def test_the_policy_of_the_guide_manages_console_access(operation: str) -> None:
    assert may("AWSSignInResourcePolicyManagement", f"signin:{operation}")
    assert may("AdministratorAccess", f"signin:{operation}")
    assert may("ReadOnlyAccess", f"signin:{operation}") is operation.startswith(("Get", "List"))
    assert not may("SignInLocalDevelopmentAccess", f"signin:{operation}")


def test_local_development_is_allowed_for_public_clients() -> None:
    localhost = "arn:aws:signin:us-east-1:123456789012:oauth2/public-client/localhost"
    for action in ("signin:AuthorizeOAuth2Access", "signin:CreateOAuth2Token"):
        assert may("SignInLocalDevelopmentAccess", action, localhost)
        assert not may("SignInLocalDevelopmentAccess", action, "arn:aws:signin:::console/console")


def test_power_users_manage_no_users() -> None:
    assert may("PowerUserAccess", "s3:PutObject")
    assert not may("PowerUserAccess", "iam:CreateUser")
    assert may("PowerUserAccess", "iam:ListRoles")
    assert not may("PowerUserAccess", "organizations:CreatePolicy")


def test_readers_change_nothing() -> None:
    assert may("ReadOnlyAccess", "cloudtrail:LookupEvents")
    assert may("ReadOnlyAccess", "iam:GetUser")
    assert not may("ReadOnlyAccess", "iam:CreateUser")
    assert not may("IAMFullAccess", "s3:GetObject")
    assert may("IAMFullAccess", "iam:CreateUser")
