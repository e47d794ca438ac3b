"""Whether anybody is left who may sign in from wherever: the excluded principal that the guide wants every restriction to have. Pure."""

import ipaddress
import re
from collections.abc import Iterator

from policies.enforcement.consoles import Console
from policies.enforcement.context import question_of
from policies.enforcement.identity import Identity
from policies.enforcement.sign_in import decide_sign_in
from policies.evaluation.decision import Deciding
from policies.evaluation.statements import Policy
from policies.language import Condition, Effect, values
from policies.language.operators import OPERATORS, Family
from policies.simulator.scenario import PHASES
from portal.core import arns, regions
from portal.core.actions import Subject
from portal.network.origin import Origin

_PRINCIPAL_KEYS = frozenset({"signin:principalarn", "aws:principalarn"})
_ADDRESSES = ("192.0.2.1", "198.51.100.1", "203.0.113.1", "198.18.0.1", "100.64.0.1", "192.88.99.1", "2001:db8:ffff::1")
"""Addresses to try from; the first that no policy names is outside."""
_ANYBODY = "somebody-nobody-names"


def nobody_passes(console: Console, account: str) -> Deciding | None:
    """Return the statement that shuts the last one out, where a sign-in from outside all named networks is denied to everybody; else None.

    Tried are a user and a role that no policy names, the root user, and all whom policies exclude by name, with the decision itself, on a
    request from an address and Region that no policy names. Identity-based policies are left aside: they concern whom they belong to.
    """
    policies = [policy for group in (*console.rcps, *console.scps, console.resource) for policy in group]
    excluded = list(dict.fromkeys(_excluded(policies, account)))
    anybody = [f"arn:aws:iam::{account}:{kind}/{_ANYBODY}" for kind in ("user", "role")]
    origin = _outside(policies)
    usable = Console(console.targets, console.path, console.rcps, console.scps, console.resource)
    deciding: Deciding | None = None
    for arn in (*anybody, arns.root_arn(account), *excluded):
        denied = _denied(usable, account, arn, origin)
        if denied is None:
            return None
        # Somebody who is excluded elsewhere, and not by this statement, shows best what is missing.
        if deciding is None or arn in excluded[:1]:
            deciding = denied
    return deciding


def _denied(console: Console, account: str, arn: str, origin: Origin) -> Deciding | None:
    for phase in PHASES:
        decision = decide_sign_in(question_of(phase, Subject(account, arn), origin), console, Identity())
        if decision.deciding and not decision.allowed:
            return decision.deciding[0]
    return None


def _excluded(policies: list[Policy], account: str) -> Iterator[str]:
    """Yield an ARN of the account for each principal that a statement excludes."""
    for policy in policies:
        for statement in policy.document.statements:
            if statement.effect is not Effect.DENY:
                continue
            named = list(statement.not_principals.aws) if statement.not_principals else []
            for condition in statement.conditions:
                if condition.key.lower() in _PRINCIPAL_KEYS and OPERATORS[condition.base].negated:
                    named += condition.values
            for text in named:
                arn = _example(text, account)
                if arn:
                    yield arn


def _example(text: str, account: str) -> str:
    """Return an ARN of the account that a pattern matches; empty where the pattern is none of this account's."""
    parts = text.split(":", 5)
    if len(parts) != 6 or "${" in text:
        return ""
    if re.search(r"[*?]", parts[4]):
        parts[4] = account
    parts[1:4] = ["aws", parts[2].replace("*", "iam"), ""]
    return re.sub(r"[*?]", "x", ":".join(parts)) if parts[4] == account else ""


def _conditions(policies: list[Policy]) -> Iterator[Condition]:
    for policy in policies:
        for statement in policy.document.statements:
            yield from statement.conditions


def _outside(policies: list[Policy]) -> Origin:
    """Return an origin that no policy names: neither its address nor, with luck, its Region."""
    conditions = list(_conditions(policies))
    blocks = [found for each in conditions if OPERATORS[each.base].family is Family.IP for found in map(values.network, each.values) if found]
    named = {text for each in conditions if each.key.lower() == "aws:requestedregion" for text in each.values}
    outside = (text for text in _ADDRESSES if not any(ipaddress.ip_address(text) in block for block in blocks))
    region = next((name for name, _label in regions.REGIONS if name not in named), regions.DEFAULT)
    return Origin(next(outside, _ADDRESSES[0]), region, regional=True, user_agent="", host="")
