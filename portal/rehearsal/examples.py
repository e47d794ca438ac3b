"""The gallery: the guide's examples and common mistakes, filled in with an account's own people and the world's networks."""

import ipaddress
import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Q
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from accounts.models import Account, Principal, Role
from policies.language import PolicyType
from policies.simulator.scenario import Place
from policies.statements.rules import VPC, StatementParameters
from portal.core import arns
from portal.rehearsal.draft import DocumentDraft, Draft
from portal.rehearsal.setting import Setting
from portal.world.networks import networks

BEFORE = ["signin:Authenticate"]
AFTER = ["signin:CreateOAuth2Token", "signin:AuthorizeOAuth2Access"]

_FOR_EMERGENCIES = re.compile(r"emergency|break.?glass", re.IGNORECASE)

SOME_BLOCK = "203.0.113.0/24"
SOME_VPC = Place(name="vpc", label="", address="10.0.1.25", region="us-west-2", vpc="vpc-0abc123def456789a", vpce="vpce-0fed987cba654321f")
"""What stands for the company's networks where the world has none of its own (RFC 5737; ids of the guide's examples)."""


@dataclass(frozen=True, slots=True)
class Company:
    """What fills the places of an example: the company's address block, a VPC with its endpoint and Region, and whom to exclude."""

    account: str
    root: str
    block: str
    vpc: Place
    excluded: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Example:
    """One card of the gallery. `organizational` ones are policies of an organisation, which need a member account."""

    key: str
    title: str | Promise
    words: str | Promise
    fill: Callable[[Company], Mapping[str, Any]]
    organizational: bool = False
    mistake: bool = False


def company_of(setting: Setting) -> Company:
    """Return what examples are filled with for an account."""
    vpc = next((place for place in setting.places if VPC.fullmatch(place.vpc)), SOME_VPC)
    block = next((network.cidr for network in networks() if network.cidr and ipaddress.ip_network(network.cidr).version == 4), SOME_BLOCK)
    labelled = [who.arn for who in setting.people if _FOR_EMERGENCIES.search(who.label)]
    others = [who.arn for who in setting.people if who.kind == "user"] or [who.arn for who in setting.people]
    root = setting.levels[0].value if setting.levels else ""
    return Company(setting.account_id, root, block, vpc, tuple(labelled or others[:1] or [arns.root_arn(setting.account_id)]))


def _deny(actions: Sequence[str], condition: Mapping[str, Any], *, sid: str = "", principal: Any = "*") -> dict[str, Any]:
    statement: dict[str, Any] = {"Sid": sid} if sid else {}
    return statement | {"Effect": "Deny", "Principal": principal, "Action": list(actions), "Resource": "*", "Condition": dict(condition)}


def _text(*statements: Mapping[str, Any]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": statements}, indent=2)


def _perimeter(company: Company) -> Mapping[str, Any]:
    """Example 1 of the guide, with its three statements."""

    def networks_but(key: str) -> dict[str, Any]:
        return {
            "ArnNotEquals": {key: list(company.excluded)},
            "NotIpAddressIfExists": {"aws:SourceIp": company.block},
            "StringNotEquals": {"aws:SourceVpc": company.vpc.vpc},
        }

    region = {"StringEquals": {"aws:SourceVpc": company.vpc.vpc}, "StringNotEqualsIfExists": {"aws:RequestedRegion": company.vpc.region}}
    text = _text(
        _deny(BEFORE, networks_but("signin:PrincipalArn"), sid="EnforceNetworkPerimeterPreAuth"),
        _deny(AFTER, networks_but("aws:PrincipalArn"), sid="EnforceNetworkPerimeterPostAuth"),
        _deny([*BEFORE, *AFTER], region, sid="EnforceSourceVPCRegion"),
    )
    return {"documents": (DocumentDraft(PolicyType.RCP.value, company.root, "NetworkPerimeter", text),)}


def _addresses(company: Company, *, before: str = "signin:PrincipalArn", excluded: str = "") -> Mapping[str, Any]:
    """Example 2 of the guide; `before` is the key that exempts before authentication."""

    def statement(actions: Sequence[str], key: str) -> dict[str, Any]:
        condition = {
            "ArnNotEquals": {key: excluded or company.excluded[0]},
            "NotIpAddress": {"aws:SourceIp": company.block},
            "StringEquals": {"aws:ResourceAccount": company.account},
        }
        return _deny(actions, condition, principal={"AWS": "*"})

    text = _text(statement(BEFORE, before), statement(AFTER, "aws:PrincipalArn"))
    return {"documents": (DocumentDraft(PolicyType.RESOURCE.value, "", "", text),)}


def _vpc(company: Company) -> Mapping[str, Any]:
    """Step 1 of the guide, "Restrict access to corporate VPC"."""
    return {
        "statement": StatementParameters(
            source_vpc=company.vpc.vpc, requested_region=company.vpc.region, excluded_principal=company.excluded[0].replace("sts::", "iam::")
        )
    }


def _only(company: Company) -> Mapping[str, Any]:
    """Use case "Restrict console access to specific principals" of the guide, as the account's own policy."""
    text = _text(
        _deny(BEFORE, {"ArnNotEquals": {"signin:PrincipalArn": list(company.excluded)}}, principal={"AWS": "*"}),
        _deny(AFTER, {"ArnNotEquals": {"aws:PrincipalArn": list(company.excluded)}}, principal={"AWS": "*"}),
    )
    return {"documents": (DocumentDraft(PolicyType.RESOURCE.value, "", "", text),)}


def _nobody(company: Company) -> Mapping[str, Any]:
    return {"statement": StatementParameters(source_ip=company.block)}


def _one_phase(company: Company) -> Mapping[str, Any]:
    condition = {"ArnNotEquals": {"signin:PrincipalArn": company.excluded[0]}, "NotIpAddress": {"aws:SourceIp": company.block}}
    return {"documents": (DocumentDraft(PolicyType.RESOURCE.value, "", "", _text(_deny(BEFORE, condition, principal={"AWS": "*"}))),)}


def _mixed(company: Company) -> Mapping[str, Any]:
    """An address and a VPC among the conditions of one statement."""

    def statement(actions: Sequence[str], key: str) -> dict[str, Any]:
        condition = {
            "ArnNotEquals": {key: company.excluded[0]},
            "NotIpAddress": {"aws:SourceIp": company.block},
            "StringNotEquals": {"aws:SourceVpc": company.vpc.vpc},
        }
        return _deny(actions, condition, principal={"AWS": "*"})

    text = _text(statement(BEFORE, "signin:PrincipalArn"), statement(AFTER, "aws:PrincipalArn"))
    return {"documents": (DocumentDraft(PolicyType.RESOURCE.value, "", "", text),)}


def _region(company: Company) -> Mapping[str, Any]:
    """The common service control policy that keeps work within one Region, without an exception for signing in."""
    statement = {
        "Sid": "OneRegionOnly",
        "Effect": "Deny",
        "NotAction": ["iam:*", "organizations:*", "sts:*", "support:*"],
        "Resource": "*",
        "Condition": {"StringNotEquals": {"aws:RequestedRegion": company.vpc.region}},
    }
    return {"documents": (DocumentDraft(PolicyType.SCP.value, company.root, "OneRegionOnly", _text(statement)),)}


EXAMPLES: tuple[Example, ...] = (
    Example(
        "addresses",
        _("One address range, one excluded principal"),
        _("The guide's second example: nobody signs in from outside the company's addresses, except one identity for emergencies."),
        _addresses,
    ),
    Example(
        "perimeter",
        _("Network perimeter of an organization"),
        _("The guide's first example, a resource control policy on the root: company addresses or one VPC in its Region, and who is exempt."),
        _perimeter,
        organizational=True,
    ),
    Example(
        "vpc",
        _("A permission statement for a VPC"),
        _("The guide's first step: the way through one VPC in one Region, with an excluded principal, as the command line would put it."),
        _vpc,
    ),
    Example(
        "only",
        _("Named principals only"),
        _("A use case of the guide: only the identities that are named may use the console, from wherever they come."),
        _only,
    ),
    Example(
        "nobody",
        _("Nobody is excluded"),
        _("One address range and no way back: who is not at the office stays outside, and so does everybody when the range changes."),
        _nobody,
        mistake=True,
    ),
    Example(
        "wrong-key",
        _("The wrong key before authentication"),
        _("The principal is excluded by aws:PrincipalArn in both phases. Before authentication that key is missing, so nobody is exempt."),
        lambda company: _addresses(company, before="aws:PrincipalArn"),
        mistake=True,
    ),
    Example(
        "one-phase",
        _("One phase only"),
        _("The policy names signin:Authenticate alone, and leaves the two actions after authentication unprotected."),
        _one_phase,
        mistake=True,
    ),
    Example(
        "mixed",
        _("Address and VPC without IfExists"),
        _("One statement names an address and a VPC. A request has only one of them, so each operator should say what a missing key means."),
        _mixed,
        mistake=True,
    ),
    Example(
        "region",
        _("A service control policy that forgets signing in"),
        _("It keeps all work within one Region and excepts the global services, but not AWS Sign-In, whose global endpoint is in another."),
        _region,
        organizational=True,
        mistake=True,
    ),
)


def example_named(key: str) -> Example | None:
    """Return one card of the gallery."""
    return next((example for example in EXAMPLES if example.key == key), None)


def draft_of_example(example: Example, setting: Setting) -> Draft:
    """Return an example filled in for an account: everybody, every network of the world, console authorization on."""
    return Draft(
        account=setting.account_id,
        authorization="on",
        principals=tuple(who.arn for who in setting.people),
        networks=tuple(place.name for place in setting.places),
        more_networks="" if setting.places else "203.0.113.10\n198.51.100.7",
        **example.fill(company_of(setting)),
    )


@dataclass(frozen=True, slots=True)
class Card:
    """An example with the account that it would be played in."""

    example: Example
    account: Account


def gallery(accounts: Sequence[Account], chosen: Account | None) -> list[Card]:
    """Return the examples, each with `chosen` or an account that suits it better; those that suit none are left out.

    An account suits well that has an identity for emergencies; two queries find them.
    """
    prepared = _prepared() if chosen is None else frozenset()
    cards: list[Card] = []
    for example in EXAMPLES:
        found = _suiting(example, accounts, chosen, prepared)
        if found is not None:
            cards.append(Card(example, found))
    return cards


def _prepared() -> frozenset[str]:
    for_emergencies = Q(name__icontains="emergency") | Q(name__icontains="breakglass")
    users = Principal.objects.filter(for_emergencies, kind=Principal.Kind.IAM_USER).values_list("account_id", flat=True)[:100]
    roles = Role.objects.filter(for_emergencies).values_list("account_id", flat=True)[:100]
    return frozenset(map(str, (*users, *roles)))


def _suiting(example: Example, accounts: Sequence[Account], chosen: Account | None, prepared: frozenset[str]) -> Account | None:
    if chosen is not None and (chosen.is_member or not example.organizational):
        return chosen
    fitting = [account for account in accounts if account.is_member or not example.organizational]
    # An organisation's policies are shown where they count; the others first where nothing else has a say.
    ranked = sorted(fitting, key=lambda account: (account.pk not in prepared, not example.organizational and account.organization_id is not None))
    return next(iter(ranked), None)
