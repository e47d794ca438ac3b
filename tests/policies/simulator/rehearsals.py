"""What rehearsals in tests share: the guide's two examples, networks, and what passes where."""

import json
from typing import Any

from policies.simulator.flows import Rehearsal, people_of, rehearse
from policies.simulator.scenario import PHASES, Change, Place, Who
from tests.policies.enforcement.guarded import STANDALONE

CORPORATE, VPC, REGION = "203.0.113.0/24", "vpc-0abc123def456789a", "us-west-2"
PRODUCTION = "777788889999"
AUTHENTICATE, AUTHORIZE, TOKEN = (phase.value for phase in PHASES)

OFFICE = Place("office", "Office", "203.0.113.10")
HOME = Place("home", "Home", "198.51.100.7")
IPV6 = Place("ipv6", "IPv6", "2001:db8:85a3::8a2e:370:7334")
IN_VPC = Place("vpc", "VPC", "10.0.1.25", REGION, VPC, "vpce-0fed987cba654321f")
ELSEWHERE = Place("vpc-elsewhere", "VPC elsewhere", "10.0.1.25", "eu-central-1", VPC, "vpce-0123456789abcdef0")
PLACES = (OFFICE, HOME, IPV6, IN_VPC, ELSEWHERE)


def who(name: str, account: str = STANDALONE) -> Who:
    """Return somebody of an account."""
    return Who.of(f"arn:aws:iam::{account}:{name}")


def statement(actions: list[str], principal: Any = "*", sid: Any = "", **condition: Any) -> dict[str, Any]:
    """Return a statement that denies."""
    made = {"Effect": "Deny", "Principal": principal, "Action": actions, "Resource": "*"}
    return ({"Sid": sid} if sid else {}) | made | ({"Condition": condition} if condition else {})


def text(*statements: dict[str, Any]) -> str:
    """Return a document."""
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


EXCLUDED = [
    "arn:aws:iam::111122223333:root",
    "arn:aws:iam::444455556666:root",
    "arn:aws:iam::777788889999:user/EmergencyUser",
    "arn:aws:iam::777788889999:role/OrgBreakGlassRole",
]


def perimeter(key: str, excluded: Any, **more: Any) -> dict[str, Any]:
    """Return the conditions of the guide's first example."""
    networks = {"NotIpAddressIfExists": {"aws:SourceIp": CORPORATE}, "StringNotEquals": {"aws:SourceVpc": VPC}}
    return {"ArnNotEquals": {key: excluded}} | networks | more


EXAMPLE_1 = text(
    statement([AUTHENTICATE], sid="EnforceNetworkPerimeterPreAuth", **perimeter("signin:PrincipalArn", EXCLUDED)),
    statement([TOKEN, AUTHORIZE], sid="EnforceNetworkPerimeterPostAuth", **perimeter("aws:PrincipalArn", EXCLUDED)),
    statement(
        [AUTHENTICATE, TOKEN, AUTHORIZE],
        sid="EnforceSourceVPCRegion",
        StringEquals={"aws:SourceVpc": VPC},
        StringNotEqualsIfExists={"aws:RequestedRegion": REGION},
    ),
)


def example_2(account: str = STANDALONE, excluded: str = "user/EmergencyAdmin", block: str = CORPORATE) -> str:
    """Return the guide's second example."""
    arn = f"arn:aws:iam::{account}:{excluded}"
    networks: dict[str, Any] = {"NotIpAddress": {"aws:SourceIp": block}, "StringEquals": {"aws:ResourceAccount": account}}
    everyone = {"AWS": "*"}
    return text(
        statement([AUTHENTICATE], everyone, ArnNotEquals={"signin:PrincipalArn": arn}, **networks),
        statement([TOKEN, AUTHORIZE], everyone, ArnNotEquals={"aws:PrincipalArn": arn}, **networks),
    )


def rehearsed(change: Change, account: str = STANDALONE, *places: Place) -> Rehearsal:
    """Rehearse a change for all people of an account."""
    return rehearse(account, change, people_of(account), places or PLACES)


def passing(rehearsal: Rehearsal, somebody: Who) -> dict[str, str]:
    """Return the phase that denies somebody after the change, by network; empty where the sign-in passes."""
    found = {}
    for place in rehearsal.places:
        denied = [cell.phase.value for cell in rehearsal.row(somebody, place) if not cell.after.allowed]
        found[place.name] = denied[0] if denied else ""
    return found
