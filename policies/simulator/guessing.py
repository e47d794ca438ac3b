"""Guess what a document is that nobody says it of: its type, and the account whose sign-ins it is about. Pure."""

import json
import re
from collections.abc import Iterator
from typing import Any, NamedTuple

from policies.language import PolicyType

_ACCOUNT = re.compile(r"[0-9]{12}")


class Guess(NamedTuple):
    """What a document is taken for, and why, as the end of a sentence."""

    type: PolicyType
    because: str


def type_of(text: str, *, is_member: bool, target: str = "") -> Guess:
    """Return the type that a document most likely is of; `is_member` tells whether the policies of an organisation reach the account.

    Statements with principals are a resource control policy where all name the bare `"*"`, deny, and are pinned to no account, and where
    such policies reach the account; else a resource-based policy. Without principals, a document is an identity policy where its target
    is an ARN or policies of an organisation do not reach the account, and else a service control policy.
    """
    statements = list(_statements(text))
    if any("Principal" in statement or "NotPrincipal" in statement for statement in statements):
        if not all(statement.get("Principal") == "*" and statement.get("Effect") == "Deny" for statement in statements):
            return Guess(PolicyType.RESOURCE, 'its principals are not all the bare "*"')
        if not is_member:
            return Guess(PolicyType.RESOURCE, "resource control policies do not reach the account")
        if pinned_accounts(text):
            return Guess(PolicyType.RESOURCE, "it is pinned to one account by aws:ResourceAccount")
        return Guess(PolicyType.RCP, 'it denies to the principal "*", and the account is in an organization')
    if not statements:
        return Guess(PolicyType.RESOURCE, "it has no statements to tell by")
    if target.startswith("arn:"):
        return Guess(PolicyType.IDENTITY, "it names no principals, and its target is an identity")
    if is_member:
        return Guess(PolicyType.SCP, "it names no principals, and the account is in an organization")
    return Guess(PolicyType.IDENTITY, "it names no principals, and service control policies do not reach the account")


def pinned_accounts(text: str) -> tuple[str, ...]:
    """Return the accounts that conditions on `aws:ResourceAccount` name, each once."""
    found: list[str] = []
    for statement in _statements(text):
        condition = statement.get("Condition")
        for keys in condition.values() if isinstance(condition, dict) else ():
            for key, value in keys.items() if isinstance(keys, dict) else ():
                if key.lower() == "aws:resourceaccount":
                    found += [each for each in (value if isinstance(value, list) else [value]) if isinstance(each, str)]
    return tuple(dict.fromkeys(each for each in found if _ACCOUNT.fullmatch(each)))


def named_arns(text: str) -> tuple[str, ...]:
    """Return the ARNs of principals that a document names anywhere, without patterns, each once."""
    return tuple(dict.fromkeys(re.findall(r'"(arn:aws:(?:iam|sts)::[0-9]{12}:(?:root|(?:user|role|federated-user)/[^"*?$]+))"', text)))


def _statements(text: str) -> Iterator[dict[str, Any]]:
    try:
        document = json.loads(text)
    except (ValueError, RecursionError):
        return
    found = document.get("Statement") if isinstance(document, dict) else None
    yield from (each for each in (found if isinstance(found, list) else [found]) if isinstance(each, dict))
