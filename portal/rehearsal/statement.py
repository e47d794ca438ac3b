"""A permission statement as the form has it: the words of its fields, and of the rules that it can break."""

from collections.abc import Mapping

from django.utils.functional import Promise
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from policies.statements.rules import Fault, Rule, StatementParameters, faults

FIELDS: tuple[tuple[str, str, str | Promise], ...] = (
    ("source_ip", "--source-ip", _("Public address or block")),
    ("source_vpc", "--source-vpc", _("VPC")),
    ("signin_source_vpce", "--signin-source-vpce", _("VPC endpoint of sign-in")),
    ("console_source_vpce", "--console-source-vpce", _("VPC endpoint of the console")),
    ("vpc_source_ip", "--vpc-source-ip", _("Private address or block in the VPC")),
    ("requested_region", "--requested-region", _("Region of the sign-in endpoint")),
    ("excluded_principal", "--excluded-principal", _("ARN of the excluded principal")),
)
"""The parameters: the name in the form, the option of the command line, and the label."""

_BY_PARAMETER = {option.removeprefix("--").replace("-", ""): name for name, option, _label in FIELDS}
_EXPECTED: Mapping[str, str | Promise] = {
    "source_ip": _("Expected an IP address or a block such as 203.0.113.0/24."),
    "source_vpc": _("Expected vpc- and 8 or 17 hexadecimal digits."),
    "signin_source_vpce": _("Expected vpce- and 8 to 20 lower-case letters and digits."),
    "console_source_vpce": _("Expected vpce- and 8 to 20 lower-case letters and digits."),
    "vpc_source_ip": _("Expected an IP address or a block such as 10.0.0.0/16."),
    "requested_region": _("Expected a Region with a sign-in endpoint, such as us-west-2."),
    "excluded_principal": _("Expected the ARN of a root user, an IAM user, a role without path or a federated user."),
}
_RULES: Mapping[Rule, str | Promise] = {
    Rule.SOMETHING: _("Name a network, a Region or an excluded principal."),
    Rule.REGION_WITH_VPC: _("A VPC or a VPC endpoint needs its Region: the same VPC ID can exist in several."),
    Rule.VPC_WITH_PRIVATE_ADDRESS: _("A private address needs a VPC or a VPC endpoint: it means nothing outside its VPC."),
}


def statement_problems(parameters: StatementParameters) -> dict[str, str]:
    """Return what is wrong with each field, in whole sentences, by its name; empty text as name: with the statement as a whole."""
    found: dict[str, str] = {}
    for fault in faults(parameters):
        name = _BY_PARAMETER.get(fault.parameter.lower(), "")
        found[name] = f"{found[name]} {_words(name, fault)}" if name in found else _words(name, fault)
    return found


def _words(name: str, fault: Fault) -> str:
    known = _RULES.get(fault.rule) or _EXPECTED.get(name)
    return _now("This is not valid. %(expected)s") % {"expected": known} if fault.rule is Rule.FORM and known else str(known or fault.sentence)
