"""A decision as a tree for people: layers, their policies, the statements, and every condition with what was wanted and what was found."""

from collections.abc import Iterable
from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from policies.enforcement.words import policy_in_words, reasons_in_words
from policies.evaluation.authorization import Explanation
from policies.evaluation.conditions import ConditionResult, Remark
from policies.evaluation.decision import Decision, Layer
from policies.evaluation.statements import StatementResult
from policies.language.document import Effect
from policies.simulator.rehearsal import Cell

LAYERS: dict[Layer, str | Promise] = {
    Layer.RCP: _("Resource control policies"),
    Layer.SCP: _("Service control policies"),
    Layer.RESOURCE: _("Sign-in policy of the account"),
    Layer.IDENTITY: _("Identity-based policies"),
    Layer.BOUNDARY: _("Permissions boundary"),
    Layer.SESSION: _("Session policies"),
}
REMARKS: dict[Remark, str | Promise] = {
    Remark.COMPARED: "",
    Remark.MISSING: _("The key is missing, so the condition does not hold."),
    Remark.MISSING_NEGATED: _("The key is missing, and a negated operator holds where its key is missing."),
    Remark.MISSING_IF_EXISTS: _("The key is missing, and IfExists holds then."),
    Remark.MISSING_FOR_ALL: _("The key is missing, and ForAllValues holds where there is no value."),
    Remark.SEVERAL_VALUES: _("The key has several values, and the operator no quantifier, so the condition does not hold."),
    Remark.UNREADABLE: _("The value found cannot be read as what the operator compares."),
    Remark.UNKNOWN_OPERATOR: _("The operator is not known, so the condition never holds."),
}


@dataclass(frozen=True, slots=True)
class ConditionNode:
    """One condition. `found` is None where the key is missing."""

    operator: str
    key: str
    wanted: tuple[str, ...]
    found: tuple[str, ...] | None
    holds: bool
    remark: str | Promise


@dataclass(frozen=True, slots=True)
class StatementNode:
    """A statement that names the action. `number` counts from 1; `decides` tells that the decision is its doing."""

    number: int
    sid: str
    denies: bool
    applies: bool
    decides: bool
    principal: bool | None
    resource: bool | None
    conditions: tuple[ConditionNode, ...]


@dataclass(frozen=True, slots=True)
class PolicyNode:
    """A policy with its statements; `silent` counts those that do not name the action."""

    name: str
    statements: tuple[StatementNode, ...]
    silent: int
    decides: bool


@dataclass(frozen=True, slots=True)
class LayerNode:
    """One layer, or one level of an organisation's layer."""

    title: str | Promise
    policies: tuple[PolicyNode, ...]
    decides: bool


@dataclass(frozen=True, slots=True)
class SideNode:
    """One side of a phase. `sentence` is what the person would read, empty where the phase allows; `reasons` say why."""

    reached: bool
    allowed: bool
    sentence: str
    reasons: tuple[str | Promise, ...]
    layers: tuple[LayerNode, ...]
    evaluated: bool


@dataclass(frozen=True, slots=True)
class PhaseNode:
    """One phase, before and after the change; `keys` are the condition keys that it has, `same` tells that the change changes nothing here."""

    action: str
    keys: tuple[tuple[str, str], ...]
    before: SideNode
    after: SideNode

    @property
    def same(self) -> bool:
        """Whether both sides say the same, word for word."""
        return self.before == self.after


def phase_node(cell: Cell) -> PhaseNode:
    """Return the tree of one phase of one principal at one network."""
    before = _side(cell.explanation_before, cell.before, cell.sentence_before, reached=cell.reached_before)
    after = _side(cell.explanation_after, cell.after, cell.sentence_after, reached=cell.reached)
    return PhaseNode(cell.phase.value, tuple(sorted(cell.asked.keys.items())), before, after)


def _side(explanation: Explanation, decision: Decision, sentence: str, *, reached: bool) -> SideNode:
    deciding = {(found.layer, found.policy, found.number) for found in decision.deciding}
    layers = []
    for result in explanation.layers:
        policies = tuple(_policies(result.layer, result.statements, deciding))
        if policies:
            layers.append(LayerNode(LAYERS[result.layer], policies, any(policy.decides for policy in policies)))
    return SideNode(reached, decision.allowed, sentence, _reasons(decision), tuple(layers), bool(explanation.layers))


def _reasons(decision: Decision) -> tuple[str | Promise, ...]:
    """Return why a decision is what it is, in whole sentences."""
    if decision.why:
        return tuple(reasons_in_words(decision))
    words = _now("Decided by statement %(number)d of `%(policy)s`.")
    return tuple(words % {"number": found.number + 1, "policy": policy_in_words(found.layer, found.policy)} for found in decision.deciding)


def _policies(layer: Layer, results: Iterable[StatementResult], deciding: set[tuple[Layer, str, int]]) -> Iterable[PolicyNode]:
    by_policy: dict[str, list[StatementResult]] = {}
    for result in results:
        by_policy.setdefault(result.policy, []).append(result)
    for name, found in by_policy.items():
        statements = tuple(_statement(result, (layer, name, result.number) in deciding) for result in found if result.action)
        yield PolicyNode(policy_in_words(layer, name), statements, len(found) - len(statements), any(statement.decides for statement in statements))


def _statement(result: StatementResult, decides: bool) -> StatementNode:
    return StatementNode(
        number=result.number + 1,
        sid=result.sid,
        denies=result.effect is Effect.DENY,
        applies=result.applies,
        decides=decides,
        principal=result.principal,
        resource=result.resource,
        conditions=tuple(map(_condition, result.conditions)),
    )


def _condition(result: ConditionResult) -> ConditionNode:
    return ConditionNode(result.operator, result.key, result.wanted, result.found, result.holds, REMARKS[result.remark])
