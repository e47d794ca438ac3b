"""The condition keys of each action: exactly the guide's matrix."""

import pytest

from policies.enforcement.context import question_of
from portal.core.actions import NOBODY, SigninAction, Subject
from portal.network.origin import Origin

ARN = "arn:aws:iam::123456789012:user/alice"
ALICE = Subject("123456789012", ARN)
NETWORK = {"aws:SourceIp", "aws:SourceVpc", "aws:SourceVpce", "aws:VpcSourceIp", "aws:RequestedRegion"}
PUBLIC = Origin(address="203.0.113.7", region="us-east-1", regional=False, user_agent="", host="")
PRIVATE = Origin(
    *("10.0.1.25", "us-west-2", True, "", ""),
    vpc="vpc-0abc123def456789a",
    vpce="vpce-0fed987cba654321f",
    vpc_source_ip="10.0.1.25",
    peer="203.0.113.7",
)


@pytest.mark.parametrize(
    ("action", "identity"),
    [
        (SigninAction.AUTHENTICATE, {"signin:PrincipalArn": ARN}),
        (SigninAction.AUTHORIZE_OAUTH2_ACCESS, {"aws:PrincipalArn": ARN, "aws:PrincipalAccount": "123456789012"}),
        (SigninAction.CREATE_OAUTH2_TOKEN, {"aws:PrincipalArn": ARN, "aws:PrincipalAccount": "123456789012"}),
    ],
)
def test_the_guides_matrix(action: SigninAction, identity: dict[str, str]) -> None:
    public = {"aws:SourceIp": "203.0.113.7", "aws:RequestedRegion": "us-east-1"}
    private = {
        "aws:SourceVpc": "vpc-0abc123def456789a",
        "aws:SourceVpce": "vpce-0fed987cba654321f",
        "aws:VpcSourceIp": "10.0.1.25",
        "aws:RequestedRegion": "us-west-2",
    }
    resource = {"aws:ResourceAccount": "123456789012"}
    assert question_of(action, ALICE, PUBLIC).keys == public | resource | identity
    assert question_of(action, ALICE, PRIVATE).keys == private | resource | identity
    assert set(public) | set(private) == NETWORK


@pytest.mark.parametrize("action", list(SigninAction))
def test_a_key_without_a_value_is_missing_and_not_empty(action: SigninAction) -> None:
    assert question_of(action, NOBODY, PUBLIC).keys == {"aws:SourceIp": "203.0.113.7", "aws:RequestedRegion": "us-east-1"}


def test_the_region_that_the_sign_in_began_at_counts_until_a_request_reaches_another() -> None:
    began = Subject("123456789012", ARN, "us-west-2")
    assert question_of(SigninAction.CREATE_OAUTH2_TOKEN, began, PUBLIC).keys["aws:RequestedRegion"] == "us-west-2"
    moved = Origin(address="203.0.113.7", region="eu-west-1", regional=True, user_agent="", host="")
    assert question_of(SigninAction.CREATE_OAUTH2_TOKEN, began, moved).keys["aws:RequestedRegion"] == "eu-west-1"
