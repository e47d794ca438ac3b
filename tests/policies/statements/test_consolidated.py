"""The consolidated policy: the guide's documents, and what they decide by the one evaluation of the portal."""

import itertools
import json
from typing import Any

import pytest

from policies.evaluation.authorization import Policies, sign_in
from policies.evaluation.request import ANONYMOUS, Caller, Request
from policies.evaluation.statements import Policy
from policies.language import PolicyType, read
from policies.statements.consolidated import Numbered, condition_of, policy_of, text_of
from policies.statements.rules import StatementParameters

ACCOUNT = "123456789012"
EXCLUDED = f"arn:aws:iam::{ACCOUNT}:user/EmergencyAdmin"
CARLOS = f"arn:aws:iam::{ACCOUNT}:user/Carlos"
VPC, VPCE, OTHER_VPCE = "vpc-0abc123def456789a", "vpce-0fed987cba654321f", "vpce-0123456789abcdef0"
ACTIONS = ("signin:Authenticate", "signin:AuthorizeOAuth2Access", "signin:CreateOAuth2Token")

OFFICE = {"aws:SourceIp": "203.0.113.10", "aws:RequestedRegion": "us-east-1"}
HOME = {"aws:SourceIp": "198.51.100.7", "aws:RequestedRegion": "us-east-1"}
HOME_WEST = {"aws:SourceIp": "198.51.100.7", "aws:RequestedRegion": "us-west-2"}
OFFICE_WEST = {"aws:SourceIp": "203.0.113.10", "aws:RequestedRegion": "us-west-2"}
INSIDE = {"aws:SourceVpc": VPC, "aws:SourceVpce": VPCE, "aws:VpcSourceIp": "10.0.1.25", "aws:RequestedRegion": "us-west-2"}
INSIDE_OTHER_ENDPOINT = INSIDE | {"aws:SourceVpce": OTHER_VPCE}
INSIDE_OTHER_ADDRESS = INSIDE | {"aws:VpcSourceIp": "10.9.1.25"}
ELSEWHERE = INSIDE | {"aws:RequestedRegion": "eu-central-1"}
OTHER_VPC = INSIDE | {"aws:SourceVpc": "vpc-0fff00000000000ff"}
IPV6 = {"aws:SourceIp": "2001:db8:85a3::7", "aws:RequestedRegion": "us-east-1"}
NETWORKS = {
    "office": OFFICE,
    "home": HOME,
    "office by us-west-2": OFFICE_WEST,
    "home by us-west-2": HOME_WEST,
    "VPC": INSIDE,
    "VPC by another endpoint": INSIDE_OTHER_ENDPOINT,
    "VPC at another address": INSIDE_OTHER_ADDRESS,
    "same VPC ID in another region": ELSEWHERE,
    "another VPC": OTHER_VPC,
    "IPv6": IPV6,
}


def policy(*statements: StatementParameters) -> dict[str, Any]:
    """Return the consolidated policy of statements."""
    found = policy_of([Numbered(f"{number}", each) for number, each in enumerate(statements)], ACCOUNT)
    assert found is not None
    return found


def passes(
    statements: tuple[StatementParameters, ...], action: str, network: dict[str, str], principal: str = CARLOS, account: str = ACCOUNT
) -> bool:
    """Tell whether a sign-in is allowed by statements, with the keys that the action has."""
    keys = network | {"aws:ResourceAccount": account}
    keys |= {"signin:PrincipalArn": principal} if action == ACTIONS[0] else {"aws:PrincipalArn": principal, "aws:PrincipalAccount": account}
    caller = ANONYMOUS if action == ACTIONS[0] else Caller.user(principal)
    compiled = Policy(read(json.dumps(policy(*statements)), PolicyType.RESOURCE))
    return sign_in(Request.of(action, caller=caller, keys=keys, account=account), Policies(resource=(compiled,))).allowed


def let_in(*statements: StatementParameters) -> set[str]:
    """Return the networks from which statements let somebody in who is not excluded; all three actions must say the same of each."""
    answers = {name: {passes(statements, action, network) for action in ACTIONS} for name, network in NETWORKS.items()}
    assert all(len(answer) == 1 for answer in answers.values()), answers
    return {name for name, answer in answers.items() if answer == {True}}


def test_without_statements_there_is_no_policy() -> None:
    assert policy_of([], ACCOUNT) is None
    assert text_of([], ACCOUNT) == ""


def test_the_second_example_of_the_guide() -> None:
    assert policy(StatementParameters(source_ip="203.0.113.0/24", excluded_principal=EXCLUDED)) == {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Effect": "Deny",
                "Principal": {"AWS": "*"},
                "Action": ["signin:Authenticate"],
                "Resource": "*",
                "Condition": {
                    "ArnNotEquals": {"signin:PrincipalArn": [EXCLUDED]},
                    "NotIpAddress": {"aws:SourceIp": ["203.0.113.0/24"]},
                    "StringEquals": {"aws:ResourceAccount": [ACCOUNT]},
                },
            },
            {
                "Effect": "Deny",
                "Principal": {"AWS": "*"},
                "Action": ["signin:CreateOAuth2Token", "signin:AuthorizeOAuth2Access"],
                "Resource": "*",
                "Condition": {
                    "ArnNotEquals": {"aws:PrincipalArn": [EXCLUDED]},
                    "NotIpAddress": {"aws:SourceIp": ["203.0.113.0/24"]},
                    "StringEquals": {"aws:ResourceAccount": [ACCOUNT]},
                },
            },
        ],
    }


def test_a_vpc_has_its_region_in_a_statement_of_its_own_as_in_the_first_example() -> None:
    made = policy(StatementParameters(source_vpc=VPC, requested_region="us-west-2", excluded_principal=EXCLUDED))["Statement"]
    before, after, region = made
    assert before["Action"] == ["signin:Authenticate"]
    assert before["Condition"] == {
        "ArnNotEquals": {"signin:PrincipalArn": [EXCLUDED]},
        "StringNotEquals": {"aws:SourceVpc": [VPC]},
        "StringEquals": {"aws:ResourceAccount": [ACCOUNT]},
    }
    assert after["Condition"] == before["Condition"] | {"ArnNotEquals": {"aws:PrincipalArn": [EXCLUDED]}}
    assert set(region["Action"]) == set(ACTIONS)
    assert region["Condition"] == {
        "ArnNotEquals": {"signin:PrincipalArn": [EXCLUDED], "aws:PrincipalArn": [EXCLUDED]},
        "StringEquals": {"aws:SourceVpc": [VPC], "aws:ResourceAccount": [ACCOUNT]},
        "StringNotEqualsIfExists": {"aws:RequestedRegion": ["us-west-2"]},
    }


@pytest.mark.parametrize(
    ("parameters", "networks"),
    [
        (StatementParameters(source_ip="203.0.113.0/24"), {"office", "office by us-west-2"}),
        (StatementParameters(source_ip="2001:db8:85a3::/48"), {"IPv6"}),
        (
            StatementParameters(requested_region="us-west-2"),
            {"office by us-west-2", "home by us-west-2", "VPC", "VPC by another endpoint", "VPC at another address", "another VPC"},
        ),
        (StatementParameters(source_ip="203.0.113.0/24", requested_region="us-west-2"), {"office by us-west-2"}),
        (StatementParameters(source_vpc=VPC, requested_region="us-west-2"), {"VPC", "VPC by another endpoint", "VPC at another address"}),
        (StatementParameters(signin_source_vpce=VPCE, requested_region="us-west-2"), {"VPC", "VPC at another address", "another VPC"}),
        (StatementParameters(console_source_vpce=VPCE, requested_region="us-west-2"), {"VPC", "VPC at another address", "another VPC"}),
        (
            StatementParameters(signin_source_vpce=VPCE, console_source_vpce=OTHER_VPCE, requested_region="us-west-2"),
            {"VPC", "VPC by another endpoint", "VPC at another address", "another VPC"},
        ),
        (StatementParameters(source_vpc=VPC, signin_source_vpce=VPCE, requested_region="us-west-2"), {"VPC", "VPC at another address"}),
        (StatementParameters(source_vpc=VPC, vpc_source_ip="10.0.0.0/16", requested_region="us-west-2"), {"VPC", "VPC by another endpoint"}),
        (StatementParameters(source_vpc=VPC, signin_source_vpce=VPCE, vpc_source_ip="10.0.0.0/16", requested_region="us-west-2"), {"VPC"}),
        (
            StatementParameters(source_ip="203.0.113.0/24", source_vpc=VPC, requested_region="us-west-2"),
            {"office", "office by us-west-2", "VPC", "VPC by another endpoint", "VPC at another address"},
        ),
        (StatementParameters(excluded_principal=EXCLUDED), set()),
    ],
    ids=lambda value: ", ".join(sorted(value)) if isinstance(value, set) else str(value),
)
def test_who_gets_in_by_which_network(parameters: StatementParameters, networks: set[str]) -> None:
    assert let_in(parameters) == networks


@pytest.mark.parametrize(
    "parameters",
    [
        StatementParameters(excluded_principal=EXCLUDED),
        StatementParameters(source_ip="203.0.113.0/24", excluded_principal=EXCLUDED),
        StatementParameters(requested_region="us-west-2", excluded_principal=EXCLUDED),
        StatementParameters(
            source_vpc=VPC, signin_source_vpce=VPCE, vpc_source_ip="10.0.0.0/16", requested_region="us-west-2", excluded_principal=EXCLUDED
        ),
    ],
    ids=str,
)
def test_the_excluded_principal_gets_in_everywhere(parameters: StatementParameters) -> None:
    for action, network in itertools.product(ACTIONS, NETWORKS.values()):
        assert passes((parameters,), action, network, EXCLUDED), (action, network)


def test_who_is_not_known_yet_is_not_excluded() -> None:
    compiled = Policy(read(json.dumps(policy(StatementParameters(source_ip="203.0.113.0/24", excluded_principal=EXCLUDED))), PolicyType.RESOURCE))
    keys = HOME | {"aws:ResourceAccount": ACCOUNT}
    assert not sign_in(Request.of(ACTIONS[0], caller=ANONYMOUS, keys=keys, account=ACCOUNT), Policies(resource=(compiled,))).allowed


def test_a_policy_is_for_its_own_account_alone() -> None:
    statements = (StatementParameters(source_ip="203.0.113.0/24"),)
    assert not passes(statements, ACTIONS[0], HOME)
    assert passes(statements, ACTIONS[0], HOME, account="999999999999")


def test_of_several_statements_each_must_be_passed() -> None:
    office, vpc = StatementParameters(source_ip="203.0.113.0/24"), StatementParameters(source_vpc=VPC, requested_region="us-west-2")
    assert let_in(office, vpc) == set(), "who comes by one of two networks is denied by the statement about the other"
    assert let_in(office, StatementParameters(requested_region="us-west-2")) == {"office by us-west-2"}
    assert len(policy(office, office)["Statement"]) == 4


def test_a_principal_excluded_from_one_statement_is_not_excluded_from_the_other() -> None:
    one = StatementParameters(source_ip="203.0.113.0/24", excluded_principal=EXCLUDED)
    other = StatementParameters(source_ip="203.0.113.0/24", excluded_principal=f"arn:aws:iam::{ACCOUNT}:root")
    assert passes((one,), ACTIONS[0], HOME, EXCLUDED)
    assert not passes((one, other), ACTIONS[0], HOME, EXCLUDED)


def test_every_statement_of_every_combination_can_be_read_and_is_as_the_clients_parse_it() -> None:
    choices = {
        "source_vpc": VPC,
        "signin_source_vpce": VPCE,
        "console_source_vpce": OTHER_VPCE,
        "vpc_source_ip": "10.0.0.0/16",
        "source_ip": "203.0.113.0/24",
        "requested_region": "us-west-2",
        "excluded_principal": EXCLUDED,
    }
    for chosen in itertools.product((True, False), repeat=len(choices)):
        parameters = StatementParameters(**{name: value for (name, value), used in zip(choices.items(), chosen, strict=True) if used})
        statements = [Numbered("A" * 64, parameters)]
        read(text_of(statements, ACCOUNT), PolicyType.RESOURCE)
        for statement in policy(parameters)["Statement"]:
            assert set(statement) == {"Effect", "Principal", "Action", "Resource", "Condition"}
            assert statement["Principal"] == {"AWS": "*"}
            assert isinstance(statement["Action"], list)
            assert all(isinstance(values, list) for keys in statement["Condition"].values() for values in keys.values())
            assert statement["Condition"]["StringEquals"]["aws:ResourceAccount"] == [ACCOUNT]


def test_text_to_compile_names_the_permission_statement() -> None:
    found = json.loads(text_of([Numbered("S" * 64, StatementParameters(source_ip="203.0.113.7"))], ACCOUNT))
    assert {statement["Sid"] for statement in found["Statement"]} == {"S" * 64}


def test_a_list_sums_up_every_parameter() -> None:
    parameters = StatementParameters(
        source_vpc=VPC, signin_source_vpce=VPCE, vpc_source_ip="10.0.0.0/16", requested_region="us-west-2", excluded_principal=EXCLUDED
    )
    assert condition_of(parameters, ACCOUNT) == {
        "ArnNotEquals": {"signin:PrincipalArn": [EXCLUDED]},
        "StringNotEquals": {"aws:SourceVpc": [VPC], "aws:SourceVpce": [VPCE]},
        "StringNotEqualsIfExists": {"aws:RequestedRegion": ["us-west-2"]},
        "NotIpAddress": {"aws:VpcSourceIp": ["10.0.0.0/16"]},
        "StringEquals": {"aws:ResourceAccount": [ACCOUNT]},
    }
