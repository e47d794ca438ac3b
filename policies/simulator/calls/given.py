"""Read what a simulation is given: documents, context entries, names of actions and ARNs. What is wrong is InvalidInputException."""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from accounts.iam.errors import InvalidInputException
from policies.evaluation.statements import Policy
from policies.language import PolicyInvalid, PolicyType, read, values
from policies.simulator.calls.scenario import Origin, Source

_ACTION = re.compile(r"[A-Za-z0-9-]+:[A-Za-z0-9_.:-]+", re.ASCII)
_PRINCIPAL = re.compile(r"arn:aws:iam::([0-9]{12}):(user|group|role)(/(?:[!-~]+/)?)([\w+=,.@-]{1,128})", re.ASCII)
_OWNER = re.compile(r"(?:arn:aws:iam::)?([0-9]{12})(?::root)?", re.ASCII)
_READERS: Mapping[str, Callable[[str], object]] = {
    "string": lambda text: text,
    "numeric": values.number,
    "boolean": values.truth,
    "ip": values.network,
    "binary": values.octets,
    "date": values.moment,
}


def policy_given(text: str, policy_type: PolicyType, name: str) -> Policy:
    """Return a document that came with the call, compiled."""
    try:
        return Policy(read(text, policy_type), name=name)
    except PolicyInvalid as invalid:
        raise InvalidInputException(f"{name}: " + "; ".join(map(str, invalid.problems))) from invalid


def sources_given(texts: Iterable[str], parameter: str) -> tuple[Source, ...]:
    """Return the identity-based policies of a parameter; answers call them by its name and their number."""
    named = ((f"{parameter}.{number}", text) for number, text in enumerate(texts, 1))
    return tuple(Source(name, Origin.NONE, policy_given(text, PolicyType.IDENTITY, name)) for name, text in named)


def boundary_given(texts: Sequence[str]) -> Source | None:
    """Return the permissions boundary, if one is given."""
    if len(texts) > 1:
        raise InvalidInputException("PermissionsBoundaryPolicyInputList can have one policy only.")
    return next(iter(sources_given(texts, "PermissionsBoundaryPolicyInputList")), None)


def resource_policy_given(text: str | None) -> Source | None:
    """Return the policy that every resource is treated as having."""
    return Source("ResourcePolicy", Origin.RESOURCE, policy_given(text, PolicyType.RESOURCE, "ResourcePolicy")) if text is not None else None


def principal_parts(arn: str, parameter: str) -> tuple[str, str, str]:
    """Return the account, kind (user, group, role) and name of an ARN."""
    named = _PRINCIPAL.fullmatch(arn)
    if named is None:
        raise InvalidInputException(f"{parameter}: {arn} is not the ARN of a user, group or role.")
    return named[1], named[2], named[4]


def owner_given(text: str | None) -> str:
    """Return the account of the resources whose ARN names none; empty where it is not given."""
    if text is None:
        return ""
    named = _OWNER.fullmatch(text)
    if named is None:
        raise InvalidInputException(f"ResourceOwner: {text} is not the ARN of an account.")
    return named[1]


def actions_given(names: Sequence[str]) -> tuple[str, ...]:
    """Return the actions, each once."""
    for name in names:
        if not _ACTION.fullmatch(name):
            raise InvalidInputException(f"ActionNames: {name} is not a service and an operation such as iam:CreateUser, without wildcards.")
    return tuple(dict.fromkeys(names))


def resources_given(arns: Sequence[str]) -> tuple[str, ...]:
    """Return the resources, each once; `*` alone where there are none."""
    for arn in arns:
        if arn != "*" and values.arn_parts(arn) is None:
            raise InvalidInputException(f"ResourceArns: {arn} is not an ARN.")
    return tuple(dict.fromkeys(arns)) or ("*",)


def keys_given(entries: Iterable[Mapping[str, Any]]) -> dict[str, str | tuple[str, ...]]:
    """Return the condition keys, in lower case, with values of the types that the entries say."""
    found: dict[str, str | tuple[str, ...]] = {}
    for entry in entries:
        name, given = entry.get("ContextKeyName", ""), tuple(entry.get("ContextKeyValues", ()))
        kind = entry.get("ContextKeyType") or ("stringList" if len(given) > 1 else "string")
        if not name or name.lower() in found:
            raise InvalidInputException(f"ContextEntries: each needs a key, and each key can be there once; found `{name}`.")
        several = kind.endswith("List")
        if not several and len(given) != 1:
            raise InvalidInputException(f"ContextEntries: `{name}` is a {kind} and needs one value; found {len(given)}.")
        reader = _READERS[kind.removesuffix("List")]
        for value in given:
            if reader(value) is None:
                raise InvalidInputException(f"ContextEntries: `{value}` is no {kind.removesuffix('List')}, which `{name}` is said to be.")
        found[name.lower()] = given if several else given[0]
    return found
