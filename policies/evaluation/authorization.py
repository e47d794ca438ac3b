"""Decide a request from all policies that have a say (IAM user guide, "Policy evaluation logic").

An explicit denial anywhere stands. Then service control policies must allow at every level, and after that resource-based,
identity-based, boundary and session policies in turn. Resource control policies of one's own only deny: the one that allows
everything is attached everywhere and cannot be taken away.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from policies.evaluation.decision import Deciding, Decision, DeniedBy, Effect, Layer
from policies.evaluation.request import Request
from policies.evaluation.statements import CompiledStatement, Naming, Policy, StatementResult


@dataclass(frozen=True, slots=True)
class Policies:
    """The policies that have a say in a request.

    `rcps` are those that apply to the resource's account and `scps` those that apply to the caller's, level by level from the
    organisation's root down to the account; both are empty for the management account. `boundary` and `session` are None where there
    is none, which is not the same as one that allows nothing.
    """

    rcps: tuple[tuple[Policy, ...], ...] = ()
    scps: tuple[tuple[Policy, ...], ...] = ()
    resource: tuple[Policy, ...] = ()
    identity: tuple[Policy, ...] = ()
    boundary: tuple[Policy, ...] | None = None
    session: tuple[Policy, ...] | None = None

    def layers(self) -> Iterator[tuple[Layer, tuple[Policy, ...]]]:
        """Yield each group of policies with its layer; a level of an organisation is a group of its own."""
        for level in self.rcps:
            yield Layer.RCP, level
        for level in self.scps:
            yield Layer.SCP, level
        yield Layer.RESOURCE, self.resource
        yield Layer.IDENTITY, self.identity
        if self.boundary is not None:
            yield Layer.BOUNDARY, self.boundary
        if self.session is not None:
            yield Layer.SESSION, self.session


@dataclass(frozen=True, slots=True)
class LayerResult:
    """What the policies of one layer, or of one level of an organisation, say of a request, statement by statement."""

    layer: Layer
    statements: tuple[StatementResult, ...]


@dataclass(frozen=True, slots=True)
class Explanation:
    """A decision with everything that it was made from."""

    decision: Decision
    layers: tuple[LayerResult, ...]


_DENIED_BY = {Layer.RESOURCE: DeniedBy.RESOURCE_POLICY, Layer.RCP: DeniedBy.RESOURCE_CONTROL_POLICY}
_NO_ALLOW = {
    Layer.SCP: "no service control policy allows this at one of the levels of the organization",
    Layer.RESOURCE: "no resource-based policy allows this across accounts",
    Layer.IDENTITY: "no policy allows this",
    Layer.BOUNDARY: "the permissions boundary does not allow this",
    Layer.SESSION: "no session policy allows this",
}


def _deciding(layer: Layer, statement: CompiledStatement) -> Deciding:
    return Deciding(layer, statement.policy, statement.number, statement.statement.sid)


def _denials(request: Request, policies: Policies) -> tuple[Deciding, ...]:
    """Return the statements that deny explicitly, in the order of the layers."""
    found: list[Deciding] = []
    for layer, group in policies.layers():
        for policy in group:
            denying = policy.denying(request)
            if denying:
                found += [_deciding(layer, statement) for statement in denying]
    return tuple(found)


def _explicitly_denied(deciding: tuple[Deciding, ...]) -> Decision:
    return Decision(Effect.DENY, (), _DENIED_BY.get(deciding[0].layer, DeniedBy.OTHER), deciding)


def _allows(request: Request, group: tuple[Policy, ...]) -> list[CompiledStatement]:
    return [statement for policy in group for statement in policy.allowing(request)]


_NO_DENIAL = Decision(Effect.ALLOW, ("no policy denies this sign-in",))


def sign_in(request: Request, policies: Policies) -> Decision:
    """Decide on a console sign-in, which is allowed unless a policy denies it (guide, "Controlling console access")."""
    denials = _denials(request, policies)
    return _explicitly_denied(denials) if denials else _NO_DENIAL


def authorize(request: Request, policies: Policies) -> Decision:
    """Decide on a request, which is denied unless a policy allows it."""
    denials = _denials(request, policies)
    if denials:
        return _explicitly_denied(denials)
    if not all(_allows(request, level) for level in policies.scps):
        return _not_allowed(Layer.SCP)
    by_resource = _allows(request, policies.resource)
    granted = tuple(_deciding(Layer.RESOURCE, statement) for statement in by_resource)
    closest = max((statement.naming(request.caller) for statement in by_resource), default=Naming.NOT)
    if request.caller.account and request.caller.account == request.account:
        return _within_account(request, policies, granted, closest)
    if not granted:
        return _not_allowed(Layer.RESOURCE)
    return _by_caller(request, policies, granted) if request.caller.account else _allowed(granted)


def _within_account(request: Request, policies: Policies, granted: tuple[Deciding, ...], closest: Naming) -> Decision:
    """Decide within one account: who is named in person, or with everybody, needs no more; a role stays within its limits."""
    if closest >= Naming.EVERYONE:
        return _allowed(granted)
    if closest is Naming.ROLE:
        return _within_limits(request, policies, granted)
    return _by_caller(request, policies, granted)


def _by_caller(request: Request, policies: Policies, granted: tuple[Deciding, ...]) -> Decision:
    """Decide by what the caller itself is allowed."""
    by_identity = tuple(_deciding(Layer.IDENTITY, statement) for statement in _allows(request, policies.identity))
    if not by_identity and not request.caller.is_root:
        return _not_allowed(Layer.IDENTITY)
    return _within_limits(request, policies, granted + by_identity)


def _within_limits(request: Request, policies: Policies, granted: tuple[Deciding, ...]) -> Decision:
    for layer, group in ((Layer.BOUNDARY, policies.boundary), (Layer.SESSION, policies.session)):
        if group is not None and not _allows(request, group):
            return _not_allowed(layer)
    return _allowed(granted)


def _allowed(deciding: tuple[Deciding, ...]) -> Decision:
    why = () if deciding else ("the root user may do everything that no policy denies",)
    return Decision(Effect.ALLOW, why, None, deciding)


def _not_allowed(layer: Layer) -> Decision:
    return Decision(Effect.DENY, (_NO_ALLOW[layer],), DeniedBy.OTHER)


def explain(request: Request, policies: Policies, decision: Decision) -> Explanation:
    """Return `decision`, which `sign_in` or `authorize` made of the same request and policies, with the result of every statement."""
    return Explanation(decision, tuple(LayerResult(layer, _explained(request, group)) for layer, group in policies.layers()))


def _explained(request: Request, group: tuple[Policy, ...]) -> tuple[StatementResult, ...]:
    if len(group) == 1:  # nearly always, and a long policy's results need not be copied
        return group[0].explain(request)
    return tuple([result for policy in group for result in policy.explain(request)])
