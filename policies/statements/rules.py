"""What the parameters of a permission statement may be (service model `signin` 2023-01-01; guide, "Supported condition keys").

The real clients check neither patterns nor longest lengths, so all of them are checked here. Pure.
"""

import ipaddress
import re
from dataclasses import dataclass, fields
from enum import StrEnum
from typing import NamedTuple

from portal.core import regions

VPC = re.compile(r"vpc-(?:[0-9a-f]{8}|[0-9a-f]{17})")
VPCE = re.compile(r"vpce-[a-z0-9]{8,20}")
EXCLUDED_PRINCIPAL = re.compile(
    r"arn:aws:(?:iam::[0-9]{12}:(?:(?:role|user)/[a-zA-Z0-9_+=,.@-]{1,64}|root)|sts::[0-9]{12}:federated-user/[a-zA-Z0-9_+=,.@-]{2,193})"
)
CLIENT_TOKEN = re.compile(r"[!-~]{1,64}")
STATEMENT_ID = re.compile(r"[A-Za-z0-9+/]{64}=?")
TARGET = re.compile(r"(?=.{12,32}\Z)(?:[0-9]{12}|o-[a-z0-9]{10}|r-[0-9a-z]{4,32})")
NEXT_TOKEN = re.compile(r"[-a-zA-Z0-9+=/_]{0,2048}")
MOST_RESULTS = 100
"""Statements on one page of a list at most."""


@dataclass(frozen=True, slots=True)
class StatementParameters:
    """What a permission statement is put with; an empty text was left out.

    `source_ip` and `vpc_source_ip` are one address or block, of either family. `excluded_principal` is the ARN of somebody whom the
    statement leaves alone.
    """

    source_vpc: str = ""
    signin_source_vpce: str = ""
    console_source_vpce: str = ""
    vpc_source_ip: str = ""
    source_ip: str = ""
    requested_region: str = ""
    excluded_principal: str = ""

    @property
    def endpoints(self) -> tuple[str, ...]:
        """The VPC endpoints, each once."""
        return tuple(dict.fromkeys(name for name in (self.signin_source_vpce, self.console_source_vpce) if name))

    @property
    def is_private(self) -> bool:
        """Whether a way through a VPC is named."""
        return bool(self.source_vpc or self.endpoints)


class Rule(StrEnum):
    """Kinds of rules that parameters can break."""

    FORM = "form"
    SOMETHING = "something"
    REGION_WITH_VPC = "region_with_vpc"
    VPC_WITH_PRIVATE_ADDRESS = "vpc_with_private_address"


class Fault(NamedTuple):
    """A rule that a parameter breaks: its name in requests, and a whole sentence. `parameter` is empty where several are at odds."""

    parameter: str
    sentence: str
    rule: Rule


def is_network(text: str) -> bool:
    """Tell whether a text is an address or a block of either family, without a zone."""
    try:
        ipaddress.ip_network(text, strict=False)
    except ValueError:
        return False
    return "%" not in text and len(text) <= 43


def _is_region(text: str) -> bool:
    return regions.REGION.fullmatch(text) is not None and text in regions.NAMES


def faults(parameters: StatementParameters) -> tuple[Fault, ...]:
    """Return every rule that the parameters break, in the order of the parameters; none where a statement can be put."""
    checks = (
        ("sourceVpc", parameters.source_vpc, VPC.fullmatch, "`vpc-` and 8 or 17 hexadecimal digits"),
        ("signinSourceVpce", parameters.signin_source_vpce, VPCE.fullmatch, "`vpce-` and 8 to 20 lower-case letters and digits"),
        ("consoleSourceVpce", parameters.console_source_vpce, VPCE.fullmatch, "`vpce-` and 8 to 20 lower-case letters and digits"),
        ("vpcSourceIp", parameters.vpc_source_ip, is_network, "an IP address or a block such as `10.0.0.0/16`"),
        ("sourceIp", parameters.source_ip, is_network, "an IP address or a block such as `203.0.113.0/24`"),
        ("requestedRegion", parameters.requested_region, _is_region, "a Region with a sign-in endpoint, such as `us-west-2`"),
        (
            "excludedPrincipal",
            parameters.excluded_principal,
            EXCLUDED_PRINCIPAL.fullmatch,
            "the ARN of a root user, an IAM user, a role without path or a federated user",
        ),
    )
    found = [
        Fault(name, f"{name}: `{value[:100]}` is not valid. Expected {expected}.", Rule.FORM)
        for name, value, fits, expected in checks
        if value and not fits(value)
    ]
    if not any(getattr(parameters, field.name) for field in fields(parameters)):
        found.append(Fault("", "The statement has no condition. Name a network, a Region or an excluded principal.", Rule.SOMETHING))
    if parameters.is_private and not parameters.requested_region:
        sentence = "requestedRegion is required with sourceVpc, signinSourceVpce and consoleSourceVpce: the same VPC ID can exist in several Regions."
        found.append(Fault("requestedRegion", sentence, Rule.REGION_WITH_VPC))
    if parameters.vpc_source_ip and not parameters.is_private:
        sentence = "vpcSourceIp needs sourceVpc, signinSourceVpce or consoleSourceVpce: an address means nothing outside its VPC."
        found.append(Fault("vpcSourceIp", sentence, Rule.VPC_WITH_PRIVATE_ADDRESS))
    return tuple(found)
