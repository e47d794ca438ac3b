"""Warnings about policies, each about one statement (guide, "Controlling console access" and "AWS Sign-In condition keys reference"). Pure."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from policies.evaluation.conditions import CompiledCondition
from policies.evaluation.decision import Layer
from policies.evaluation.statements import CompiledStatement, Policy
from policies.language.operators import OPERATORS, Family
from policies.simulator.emergency import nobody_passes
from policies.simulator.scenario import PHASES, Change, Phase
from policies.simulator.standing import Standing

BEFORE = Phase.AUTHENTICATE
NETWORK_KEYS = frozenset({"aws:sourceip", "aws:sourcevpc", "aws:sourcevpce", "aws:vpcsourceip", "aws:requestedregion", "aws:resourceaccount"})
AFTER_KEYS = frozenset({"aws:principalarn", "aws:principalaccount"})
BEFORE_KEYS = frozenset({"signin:principalarn"})
VPC_KEYS = frozenset({"aws:sourcevpc", "aws:sourcevpce", "aws:vpcsourceip"})
_COUNTERPART = {"aws:principalarn": "signin:principalarn", "signin:principalarn": "aws:principalarn"}


class Code(StrEnum):
    """What is amiss."""

    NO_EXCLUDED_PRINCIPAL = "no_excluded_principal"
    PHASE_UNCOVERED = "phase_uncovered"
    KEY_BEFORE_AUTHENTICATION = "key_before_authentication"
    KEY_AFTER_AUTHENTICATION = "key_after_authentication"
    UNKNOWN_KEY = "unknown_key"
    IF_EXISTS_MISSING = "if_exists_missing"
    UNREADABLE = "unreadable"
    NO_EFFECT = "no_effect"


SENTENCES: Mapping[Code, str | Promise] = {
    Code.NO_EXCLUDED_PRINCIPAL: _("No excluded principal is left: whoever is outside the networks that are allowed is denied, without exception."),
    Code.PHASE_UNCOVERED: _("The policy denies nothing in %(action)s, so that phase of a sign-in is not protected."),
    Code.KEY_BEFORE_AUTHENTICATION: _("%(key)s is never present in %(action)s: who signs in is not known yet. Use signin:PrincipalArn there."),
    Code.KEY_AFTER_AUTHENTICATION: _("%(key)s is never present in %(action)s, after authentication. Use aws:PrincipalArn there."),
    Code.UNKNOWN_KEY: _("%(key)s is never present in %(action)s: a sign-in has no such condition key."),
    Code.IF_EXISTS_MISSING: _(
        "The statement has conditions on both an address and a VPC, and a request has only one of them. Write %(operator)sIfExists for %(key)s."
    ),
    Code.UNREADABLE: _("The stored policy cannot be used, and denies everybody it concerns: %(reason)s"),
    Code.NO_EFFECT: _("The policy changes nothing here: it does not reach account %(account)s from %(target)s."),
}
"""The sentence of each warning, with places for its values."""

CONSEQUENCES: Mapping[str, str | Promise] = {
    "always": _("There the condition is always true and excludes nobody."),
    "never": _("There the condition is never true, so the statement never applies."),
}
"""What a key that is never present makes of its condition, by the value `consequence`."""


@dataclass(frozen=True, slots=True)
class Advice:
    """A warning. `number` counts from 0 in the policy; None where the warning is about the whole of it.

    `values` fill in the sentence: `key`, `action`, `operator`, `consequence` or `reason`, as the code needs.
    """

    code: Code
    layer: Layer
    policy: str
    number: int | None = None
    sid: str = ""
    values: tuple[tuple[str, str], ...] = ()

    @property
    def sentence(self) -> str:
        """The warning in the reader's language."""
        values = dict(self.values)
        words = str(SENTENCES[self.code]) % values
        consequence = CONSEQUENCES.get(values.get("consequence", ""))
        return f"{words} {consequence}" if consequence else words


def advise(standing: Standing) -> Iterator[Advice]:
    """Yield what is amiss with the policies of an account's console."""
    for error in standing.console.unreadable:
        yield Advice(Code.UNREADABLE, error.layer, error.name, values=(("reason", error.reason),))
    for arn in standing.identities or {}:
        for error in standing.identity(arn).unreadable:
            yield Advice(Code.UNREADABLE, error.layer, error.name, values=(("reason", error.reason),))
    for layer, policy in policies_of(standing):
        if layer in {Layer.RCP, Layer.RESOURCE}:
            yield from _uncovered(layer, policy)
        for statement in policy.statements:
            # Identity-based policies are asked after authentication only.
            actions = [phase for phase in PHASES if statement in policy.naming(phase)[0] and (layer is not Layer.IDENTITY or phase is not BEFORE)]
            if actions:
                yield from _absent_keys(layer, statement, actions)
                yield from _mixed(layer, statement)
    deciding = nobody_passes(standing.console, standing.account)
    if deciding is not None:
        yield Advice(Code.NO_EXCLUDED_PRINCIPAL, deciding.layer, deciding.policy, deciding.number, deciding.sid)


def without_effect(standing: Standing, change: Change) -> Iterator[Advice]:
    """Yield the policies of the organisation in a change that do not reach the account: neither kind reaches a management account."""
    if standing.known:
        for layer, documents in ((Layer.RCP, change.rcps), (Layer.SCP, change.scps)):
            for document in documents:
                if not standing.console.path or document.target not in {"", *standing.console.path}:
                    values = (("account", standing.account), ("target", document.target or "-"))
                    yield Advice(Code.NO_EFFECT, layer, document.name, values=values)


def policies_of(standing: Standing) -> list[tuple[Layer, Policy]]:
    """Return the policies that have a say in sign-ins, each once, wherever it is attached."""
    console = standing.console
    found = [(Layer.RCP, policy) for level in console.rcps for policy in level]
    found += [(Layer.SCP, policy) for level in console.scps for policy in level]
    found += [(Layer.RESOURCE, policy) for policy in console.resource]
    found += [(Layer.IDENTITY, policy) for arn in standing.identities or {} for policy in standing.identity(arn).policies]
    return list(dict.fromkeys(found))


def _advice(code: Code, layer: Layer, statement: CompiledStatement, **values: str) -> Advice:
    return Advice(code, layer, statement.policy, statement.number, statement.statement.sid, tuple(values.items()))


def _uncovered(layer: Layer, policy: Policy) -> Iterator[Advice]:
    """A policy that restricts signing in has to cover all three actions (guide, "Supported actions")."""
    covering = [policy.naming(phase)[0] for phase in PHASES]
    first = next((statements[0] for statements in covering if statements), None)
    if first is not None:
        for phase, statements in zip(PHASES, covering, strict=True):
            if not statements:
                yield _advice(Code.PHASE_UNCOVERED, layer, first, action=phase)


def _absent_keys(layer: Layer, statement: CompiledStatement, actions: list[Phase]) -> Iterator[Advice]:
    """Yield each key that an action of the statement never has (guide, "Condition key availability by action")."""
    excluding = {condition.key for condition in statement.conditions if condition.holds({})}
    for condition in statement.conditions:
        key = condition.key
        if key in NETWORK_KEYS or _family(condition) is Family.NULL:
            continue
        # Both keys that name a principal, each for the phases that have it, are one condition on all phases.
        if key in excluding and _COUNTERPART.get(key) in excluding:
            continue
        for action in actions:
            if key not in (BEFORE_KEYS if action is BEFORE else AFTER_KEYS):
                consequence = "always" if key in excluding else "never"
                yield _advice(_code(key), layer, statement, key=condition.condition.key, action=action, consequence=consequence)


def _code(key: str) -> Code:
    if key in AFTER_KEYS:
        return Code.KEY_BEFORE_AUTHENTICATION
    return Code.KEY_AFTER_AUTHENTICATION if key in BEFORE_KEYS else Code.UNKNOWN_KEY


def _mixed(layer: Layer, statement: CompiledStatement) -> Iterator[Advice]:
    """A request has a public address or a VPC, never both (reference, "Network-based condition keys", Important)."""
    conditions = [condition for condition in statement.conditions if _family(condition) is not Family.NULL]
    if any(condition.key in VPC_KEYS for condition in conditions):
        for condition in conditions:
            if condition.key == "aws:sourceip" and not condition.condition.if_exists:
                yield _advice(Code.IF_EXISTS_MISSING, layer, statement, key=condition.condition.key, operator=condition.operator)


def _family(condition: CompiledCondition) -> Family:
    return OPERATORS[condition.condition.base].family
