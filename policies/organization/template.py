"""A document to start from: the guide's example 1, with the networks and the principals of whoever writes it (console access control). Pure."""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from policies.language import PolicyType

BEFORE = ["signin:Authenticate"]
AFTER = ["signin:CreateOAuth2Token", "signin:AuthorizeOAuth2Access"]


@dataclass(frozen=True, slots=True)
class Perimeter:
    """What the document lets in: a block of addresses, a VPC in its Region, and principals wherever they are."""

    cidr: str
    vpc: str
    region: str
    excluded: tuple[str, ...]


GUIDES_OWN = Perimeter(
    cidr="203.0.113.0/24",
    vpc="vpc-0abc123def456789a",
    region="us-west-2",
    excluded=("arn:aws:iam::111122223333:root", "arn:aws:iam::777788889999:role/OrgBreakGlassRole"),
)
"""What stands in for what is not known of an organisation."""


def example(kind: PolicyType, perimeter: Perimeter) -> str:
    """Return the guide's example 1 for a perimeter, as an RCP; as an SCP it is the same without the element Principal, which SCPs do not have."""
    network = {"NotIpAddressIfExists": {"aws:SourceIp": perimeter.cidr}, "StringNotEquals": {"aws:SourceVpc": perimeter.vpc}}
    region = {
        "StringEquals": {"aws:SourceVpc": perimeter.vpc},
        "StringNotEqualsIfExists": {"aws:RequestedRegion": perimeter.region},
    }
    statements = [
        _deny(kind, "EnforceNetworkPerimeterPreAuth", BEFORE, _but("signin:PrincipalArn", perimeter.excluded) | network),
        _deny(kind, "EnforceNetworkPerimeterPostAuth", AFTER, _but("aws:PrincipalArn", perimeter.excluded) | network),
        _deny(kind, "EnforceSourceVPCRegion", BEFORE + AFTER, region),
    ]
    return json.dumps({"Version": "2012-10-17", "Statement": statements}, indent=2)


def _but(key: str, excluded: Iterable[str]) -> dict[str, Any]:
    arns = list(excluded)
    return {"ArnNotEquals": {key: arns}} if arns else {}


def _deny(kind: PolicyType, sid: str, actions: list[str], condition: dict[str, Any]) -> dict[str, Any]:
    whom = {"Principal": "*"} if kind is PolicyType.RCP else {}
    return {"Sid": sid, "Effect": "Deny", **whom, "Action": actions, "Resource": "*", "Condition": condition}
