"""Stored documents, compiled once each. One that cannot be read is an exception that says which and why: it denies."""

from functools import lru_cache
from typing import Self

from policies.evaluation.decision import Layer
from policies.evaluation.statements import Policy
from policies.language import PolicyInvalid, PolicyType, read
from policies.managed import managed_policy
from policies.models import PolicyDocument

_LAYERS = {
    PolicyType.RCP: Layer.RCP,
    PolicyType.SCP: Layer.SCP,
    PolicyType.RESOURCE: Layer.RESOURCE,
    PolicyType.IDENTITY: Layer.IDENTITY,
}


class PolicyUnreadable(Exception):
    """A policy that has a say and cannot be read; `reason` is for the note of an event. `target` is where it is attached, if it is."""

    def __init__(self, layer: Layer, name: str, reason: str) -> None:
        super().__init__(f"the {layer} `{name}` cannot be used: {reason}")
        self.layer = layer
        self.name = name
        self.reason = reason
        self.target = ""

    def at(self, target: str) -> Self:
        """Return the same, attached at `target`."""
        self.target = target
        return self


@lru_cache(maxsize=2048)
def compiled(text: str, policy_type: PolicyType, name: str) -> Policy:
    """Return a document compiled, named `name` in decisions; raises PolicyUnreadable."""
    try:
        return Policy(read(text, policy_type), name=name)
    except PolicyInvalid as invalid:
        raise PolicyUnreadable(_LAYERS[policy_type], name, str(invalid.problems[0])) from invalid


def compiled_row(row: PolicyDocument) -> Policy:
    """Return a stored document compiled; raises PolicyUnreadable."""
    return compiled(row.text, PolicyType(row.type), row.name)


@lru_cache(maxsize=256)
def compiled_managed(arn: str) -> Policy:
    """Return an AWS managed policy compiled; raises PolicyUnreadable where there is none of this ARN."""
    found = managed_policy(arn)
    if found is None:
        raise PolicyUnreadable(Layer.IDENTITY, arn, "there is no policy with this ARN.")
    return Policy(found.document, name=arn)
