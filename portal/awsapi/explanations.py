"""Encoded authorization messages: a refusal carries why, sealed, for those who may decode it (STS API reference, DecodeAuthorizationMessage).

The decision may hold what the refused must not see, so nobody reads it but by `sts:DecodeAuthorizationMessage`, in the account of the
caller who was refused, and for `LIFETIME`. Shape and spelling are those of the service's decoded messages.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from policies.evaluation.authorization import Policies
from policies.evaluation.decision import Deciding, Decision
from policies.evaluation.statements import CompiledStatement, Policy
from policies.language.document import Principals
from portal.core.tokens import seal_packed, unseal_packed

LIFETIME = timedelta(hours=12)
"""How long a message can be decoded (simulator's own; the cloud publishes no figure)."""
_PURPOSE = "authorization-message"


def encode(
    decision: Decision,
    *,
    action: str,
    resource: str,
    account: str,
    principal: Mapping[str, str],
    keys: Mapping[str, str | Sequence[str]],
    policies: Policies | None,
    now: datetime,
) -> str:
    """Return the message of a denial. `principal` has the caller's `id` and `arn`; `policies` are those that were asked, None if unreadable."""
    content = {
        "allowed": decision.allowed,
        "explicitDeny": bool(decision.deciding) and not decision.allowed,
        "matchedStatements": _items(_statement(found) for found in _matched(decision.deciding, policies)),
        "failures": _items({"reason": reason} for reason in decision.why),
        "context": {
            "principal": dict(principal),
            "action": action,
            "resource": resource,
            "conditions": _items({"key": name, "values": _values([value] if isinstance(value, str) else value)} for name, value in keys.items()),
        },
    }
    sealed = {"for": _PURPOSE, "account": account, "to": (now + LIFETIME).timestamp(), "message": content}
    return seal_packed(json.dumps(sealed, separators=(",", ":")))


def decode(message: str, *, account: str, now: datetime) -> str | None:
    """Return the decision that a message of `account` holds, as JSON; None for whatever `encode` did not make, and after `LIFETIME`."""
    text = unseal_packed(message) if message.isascii() else None
    content = json.loads(text) if text and text.startswith("{") else {}
    if content.get("for") != _PURPOSE or content["account"] != account or now.timestamp() >= content["to"]:
        return None
    return json.dumps(content["message"], separators=(",", ":"))


def _items(found: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
    return {"items": list(found)}


def _values(found: Iterable[str]) -> dict[str, Any]:
    return _items({"value": value} for value in found)


def _matched(deciding: Iterable[Deciding], policies: Policies | None) -> Iterable[CompiledStatement]:
    groups: list[tuple[Any, tuple[Policy, ...]]] = list(policies.layers()) if policies is not None else []
    for each in deciding:
        for layer, group in groups:
            found = next((policy for policy in group if layer is each.layer and policy.name == each.policy), None)
            if found is not None and each.number < len(found.statements):
                yield found.statements[each.number]
                break


def _named(principals: Principals | None) -> tuple[str, ...]:
    if principals is None:
        return ()
    return ("*",) if principals.everyone else principals.aws + principals.service + principals.federated + principals.canonical


def _statement(found: CompiledStatement) -> dict[str, Any]:
    written = found.statement
    return {
        "statementId": written.sid,
        "effect": found.effect.upper(),
        "principals": _values(_named(written.principals or written.not_principals)),
        "principalGroups": _items(()),
        "actions": _values(written.actions or written.not_actions),
        "resources": _values(written.resources or written.not_resources),
        "conditions": _items({"key": test.key, "values": _values(test.values)} for test in written.conditions),
    }
