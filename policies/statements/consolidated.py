"""The consolidated resource-based policy: every permission statement as statements that deny (guide, "Understanding the policy structure").

A permission statement becomes one statement for before authentication and one for after it, which deny whoever comes by none of its
ways. A way through a VPC can be narrowed, by Region, endpoint or private address; what narrows cannot stand among the conditions of
those two, which would then deny only where everything is wrong, so each is a statement of its own, as the Region is in the guide's
first example. Why so: docs/decisions/010-console-access.md. Pure.
"""

import json
from collections.abc import Iterable
from typing import NamedTuple

from policies.statements.rules import StatementParameters

VERSION = "2012-10-17"
BEFORE = ("signin:Authenticate",)
AFTER = ("signin:CreateOAuth2Token", "signin:AuthorizeOAuth2Access")

Block = dict[str, dict[str, list[str]]]
"""A Condition element: operator, key, values."""

JsonStatement = dict[str, object]


class Numbered(NamedTuple):
    """A permission statement: its ID and what it was put with."""

    sid: str
    parameters: StatementParameters


def _networks(parameters: StatementParameters) -> Block:
    """Return the conditions that hold for whoever comes by none of the statement's ways."""
    block: Block = {}
    if parameters.source_ip:
        # A request through a VPC has no public address, so this must not deny it where a VPC is another way (guide, example 1).
        operator = "NotIpAddressIfExists" if parameters.is_private else "NotIpAddress"
        block[operator] = {"aws:SourceIp": [parameters.source_ip]}
    if parameters.source_vpc:
        block["StringNotEquals"] = {"aws:SourceVpc": [parameters.source_vpc]}
    elif parameters.endpoints:
        block["StringNotEquals"] = {"aws:SourceVpce": list(parameters.endpoints)}
    elif parameters.requested_region and not parameters.source_ip:
        block["StringNotEquals"] = {"aws:RequestedRegion": [parameters.requested_region]}
    return block


def _narrowings(parameters: StatementParameters) -> list[Block]:
    """Return, one block each, what holds for whoever comes by a way and yet not as the statement narrows it."""
    way: dict[str, list[str]] = {}
    if parameters.source_vpc:
        way = {"aws:SourceVpc": [parameters.source_vpc]}
    elif parameters.endpoints:
        way = {"aws:SourceVpce": list(parameters.endpoints)}
    blocks: list[Block] = []
    if parameters.requested_region and (way or parameters.source_ip):
        blocks.append({"StringNotEqualsIfExists": {"aws:RequestedRegion": [parameters.requested_region]}})
    if parameters.source_vpc and parameters.endpoints:
        blocks.append({"StringNotEquals": {"aws:SourceVpce": list(parameters.endpoints)}})
    if parameters.vpc_source_ip:
        blocks.append({"NotIpAddress": {"aws:VpcSourceIp": [parameters.vpc_source_ip]}})
    return [{"StringEquals": dict(way)} | block if way else block for block in blocks]


def _exempting(parameters: StatementParameters, *keys: str) -> Block:
    return {"ArnNotEquals": {key: [parameters.excluded_principal] for key in keys}} if parameters.excluded_principal else {}


def _pinned(block: Block, account: str) -> Block:
    """Return the block, for this account's console alone."""
    return {**block, "StringEquals": {**block.get("StringEquals", {}), "aws:ResourceAccount": [account]}}


def _deny(actions: tuple[str, ...], block: Block) -> JsonStatement:
    return {"Effect": "Deny", "Principal": {"AWS": "*"}, "Action": list(actions), "Resource": "*", "Condition": block}


def statements_of(parameters: StatementParameters, account: str) -> list[JsonStatement]:
    """Return the policy statements of one permission statement: before authentication, after it, and one for each narrowing."""
    networks = _networks(parameters)
    made = [
        _deny(BEFORE, _pinned(_exempting(parameters, "signin:PrincipalArn") | networks, account)),
        _deny(AFTER, _pinned(_exempting(parameters, "aws:PrincipalArn") | networks, account)),
    ]
    # Of the two keys that name a principal an action has one; the other is missing, which ArnNotEquals takes as true.
    exempting = _exempting(parameters, "signin:PrincipalArn", "aws:PrincipalArn")
    made += [_deny(BEFORE + AFTER, _pinned(exempting | block, account)) for block in _narrowings(parameters)]
    return made


def policy_of(statements: Iterable[Numbered], account: str, *, with_sids: bool = False) -> dict[str, object] | None:
    """Return the consolidated policy of an account as JSON values; None without statements.

    `with_sids` names the permission statement that each statement is made from, for decisions to name it; clients do not know the element.
    """
    made: list[JsonStatement] = []
    for sid, parameters in statements:
        made += [{"Sid": sid, **statement} if with_sids else statement for statement in statements_of(parameters, account)]
    return {"Version": VERSION, "Statement": made} if made else None


def text_of(statements: Iterable[Numbered], account: str) -> str:
    """Return the consolidated policy of an account as text to compile, with Sids; empty without statements."""
    policy = policy_of(statements, account, with_sids=True)
    return json.dumps(policy) if policy else ""


def condition_of(parameters: StatementParameters, account: str) -> Block:
    """Return all conditions of a permission statement in one block, as lists of statements sum it up (the excluded principal by one of its keys)."""
    block: Block = _exempting(parameters, "signin:PrincipalArn") | _networks(parameters)
    for narrowing in _narrowings(parameters):
        for operator, keys in narrowing.items():
            if operator != "StringEquals":
                block[operator] = block.get(operator, {}) | keys
    return _pinned(block, account)
