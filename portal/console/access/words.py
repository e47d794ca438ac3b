"""Permission statements, and what is wrong with one, in the reader's language."""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import reduce

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from policies.statements.errors import ConflictException, ServiceQuotaExceededException
from policies.statements.rules import Fault, Rule, StatementParameters
from portal.conf import conf
from portal.core.errors import PortalError

_EXPECTED = {
    "sourceVpc": gettext_lazy("A VPC ID is `vpc-` and 8 or 17 digits and letters from a to f."),
    "signinSourceVpce": gettext_lazy("The ID of a VPC endpoint is `vpce-` and 8 to 20 lower-case letters and digits."),
    "consoleSourceVpce": gettext_lazy("The ID of a VPC endpoint is `vpce-` and 8 to 20 lower-case letters and digits."),
    "vpcSourceIp": gettext_lazy("Type an IP address or a block such as `10.0.0.0/16`."),
    "sourceIp": gettext_lazy("Type an IP address or a block such as `203.0.113.0/24`."),
    "requestedRegion": gettext_lazy("Choose a Region of the list."),
    "excludedPrincipal": gettext_lazy("Type the ARN of a root user, an IAM user, a role without path or a federated user."),
}
_RULES = {
    Rule.SOMETHING: gettext_lazy("The statement has no condition. Name a network, a Region or an excluded principal."),
    Rule.REGION_WITH_VPC: gettext_lazy(
        "Choose the Region of the VPC or VPC endpoint. It is required with them, because the same VPC ID can exist in several Regions."
    ),
    Rule.VPC_WITH_PRIVATE_ADDRESS: gettext_lazy("Name the VPC or a VPC endpoint too. An address within a VPC means nothing without them."),
}


@dataclass(frozen=True, slots=True)
class Words:
    """A permission statement in words.

    `ways` are the ways by which one may sign in, each a list of sentences that must all hold; without any, nobody may. `excluded` is the ARN of
    whoever the statement leaves alone.
    """

    title: str
    ways: tuple[tuple[str, ...], ...]
    excluded: str


def statement_in_words(parameters: StatementParameters) -> Words:
    """Return what a permission statement demands, in words."""
    return Words(_title(parameters), _ways(parameters), parameters.excluded_principal)


def _title(parameters: StatementParameters) -> str:
    places = [parameters.source_ip, parameters.source_vpc] if parameters.source_vpc else [parameters.source_ip, *parameters.endpoints]
    named = [place for place in places if place]
    if named:
        return _("Only from %(places)s") % {"places": _either(named)}
    if parameters.requested_region:
        return _("Only by the sign-in endpoint of %(region)s") % {"region": parameters.requested_region}
    return _("Nobody but %(principal)s") % {"principal": parameters.excluded_principal.rpartition(":")[2]}


def _either(names: Iterable[str]) -> str:
    return reduce(lambda one, other: _("%(one)s or %(other)s") % {"one": one, "other": other}, names)


def _ways(parameters: StatementParameters) -> tuple[tuple[str, ...], ...]:
    region = parameters.requested_region
    endpoint = [_("It reaches the sign-in endpoint of %(region)s (aws:RequestedRegion).") % {"region": region}] if region else []
    ways: list[list[str]] = []
    if parameters.source_ip:
        public = _("The request comes from the public address or block %(address)s (aws:SourceIp).") % {"address": parameters.source_ip}
        # A Region that is named with a VPC is that of the VPC and narrows nothing else (`policies.statements.consolidated`).
        ways.append([public] if parameters.is_private else [public, *endpoint])
    if parameters.is_private:
        ways.append([*_private(parameters), *endpoint])
    if not ways and endpoint:
        ways.append(endpoint)
    return tuple(map(tuple, ways))


def _private(parameters: StatementParameters) -> list[str]:
    sentences = []
    if parameters.source_vpc:
        sentences.append(_("The request comes through the VPC %(vpc)s (aws:SourceVpc).") % {"vpc": parameters.source_vpc})
    if parameters.endpoints:
        endpoints = _either(parameters.endpoints)
        sentences.append(_("It comes by the VPC endpoint %(endpoints)s (aws:SourceVpce).") % {"endpoints": endpoints})
    if parameters.vpc_source_ip:
        address = parameters.vpc_source_ip
        sentences.append(_("Its address within the VPC is %(address)s or lies in that block (aws:VpcSourceIp).") % {"address": address})
    return sentences


def fault_in_words(fault: Fault) -> str:
    """Return a whole sentence about a rule that a parameter breaks, and how to mend it."""
    return str(_EXPECTED[fault.parameter] if fault.rule is Rule.FORM else _RULES[fault.rule])


def refusal_in_words(error: PortalError) -> str:
    """Return why the control plane refused to add a statement."""
    if isinstance(error, ServiceQuotaExceededException):
        return _("The account has as many permission statements as it may have (%(quota)d). Delete one first.") % {"quota": conf.statement_quota}
    if isinstance(error, ConflictException):
        return _("This form has made a statement already, with other values or one that was deleted since. Send it again to make another one.")
    return str(error.public)
