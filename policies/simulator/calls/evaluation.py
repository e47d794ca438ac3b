"""Decide simulated calls by the one evaluation of the portal, and tell which statements decided and which keys would be needed."""

import json
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache

from policies.evaluation.authorization import Policies, authorize
from policies.evaluation.decision import Decision
from policies.evaluation.request import Request
from policies.evaluation.statements import CompiledStatement, Policy
from policies.language import values
from policies.language.json_text import parse, place_of
from policies.language.variables import Variable, pieces
from policies.simulator.calls.scenario import Matched, Outcome, Place, Result, Scenario, Source

BY_IDENTITY = "IAM Policy"
BY_RESOURCE = "Resource Policy"
BY_BOUNDARY = "Permissions Boundary"


def simulate(scenario: Scenario, action: str, resources: Sequence[str]) -> dict[str, Result]:
    """Return what would come of one action on each resource; `*` is no resource in particular."""
    needed = _needed(scenario, action)
    return {resource: _simulated(scenario, _request(scenario, action, resource), needed) for resource in resources}


def _simulated(scenario: Scenario, request: Request, needed: Mapping[str, str]) -> Result:
    decision = authorize(request, _policies(scenario))
    organizations = _permits(request, scenario.scps) if scenario.scps else None
    crosses = request.account != request.caller.account and organizations is not False
    return Result(
        outcome=_outcome(decision),
        matched=tuple(_matched(scenario, decision)),
        missing=tuple(sorted(key for lowered, key in needed.items() if lowered not in request.keys)),
        organizations=organizations,
        boundary=_permits(request, ((scenario.boundary.policy,),)) if scenario.boundary else None,
        details=_details(scenario, request) if crosses else None,
    )


def together(results: Sequence[Result]) -> Result:
    """Return the result of one action on several resources: the most restrictive, with the statements that made it so."""
    outcome = max((result.outcome for result in results), key=list(Outcome).index)
    matched = dict.fromkeys(each for result in results if result.outcome is outcome for each in result.matched)
    organizations = [result.organizations for result in results if result.organizations is not None]
    boundaries = [result.boundary for result in results if result.boundary is not None]
    details: dict[str, Outcome] = {}
    for result in results:
        for kind, found in (result.details or {}).items():
            details[kind] = max(details.get(kind, found), found, key=list(Outcome).index)
    return Result(
        outcome=outcome,
        matched=tuple(matched),
        missing=tuple(sorted({key for result in results for key in result.missing})),
        organizations=all(organizations) if organizations else None,
        boundary=all(boundaries) if boundaries else None,
        details=details or None,
    )


def _request(scenario: Scenario, action: str, resource: str) -> Request:
    """Return the request; whose the resource is matters only where it has a policy of its own."""
    parts = values.arn_parts(resource)
    of_arn = parts[4] if parts is not None and parts[4].isdecimal() else ""
    owner = (of_arn or scenario.owner) if scenario.resource else ""
    account = owner or scenario.caller.account
    return Request.of(action, caller=scenario.caller, keys={"aws:ResourceAccount": account, **scenario.keys}, resource=resource, account=account)


def _policies(scenario: Scenario) -> Policies:
    return Policies(
        scps=scenario.scps,
        resource=(scenario.resource.policy,) if scenario.resource else (),
        identity=tuple(source.policy for source in scenario.identity),
        boundary=(scenario.boundary.policy,) if scenario.boundary else None,
    )


def _outcome(decision: Decision) -> Outcome:
    if decision.allowed:
        return Outcome.ALLOWED
    return Outcome.EXPLICIT if decision.deciding else Outcome.IMPLICIT


def _permits(request: Request, levels: Sequence[Sequence[Policy]]) -> bool:
    """Tell whether every level allows a request and none denies it."""
    return all(_said(request, level) is Outcome.ALLOWED for level in levels)


def _said(request: Request, policies: Sequence[Policy]) -> Outcome:
    """Return what policies say of a request by themselves."""
    if any(policy.denying(request) for policy in policies):
        return Outcome.EXPLICIT
    return Outcome.ALLOWED if any(policy.allowing(request) for policy in policies) else Outcome.IMPLICIT


def _details(scenario: Scenario, request: Request) -> Mapping[str, Outcome]:
    found = {BY_IDENTITY: _said(request, [source.policy for source in scenario.identity])}
    if scenario.resource is not None:
        found[BY_RESOURCE] = _said(request, [scenario.resource.policy])
    if scenario.boundary is not None:
        found[BY_BOUNDARY] = _said(request, [scenario.boundary.policy])
    return found


def _sources(scenario: Scenario) -> Iterator[Source]:
    yield from scenario.identity
    yield from (source for source in (scenario.boundary, scenario.resource) if source is not None)


def _matched(scenario: Scenario, decision: Decision) -> Iterator[Matched]:
    """Yield the statements that decided; those of service control policies are not shown (service model `iam`, EvaluationResult)."""
    by_name = {source.policy.name: source for source in _sources(scenario)}
    for deciding in decision.deciding:
        source = by_name.get(deciding.policy)
        if source is not None:
            yield Matched(source, *_places(source.text)[deciding.number])


@lru_cache(maxsize=256)
def _places(text: str) -> tuple[tuple[Place, Place], ...]:
    """Return where each statement of a valid document begins and ends."""
    node = next(value for key, _offset, value in parse(text).members if key == "Statement")
    return tuple((_place(text, item.offset), _place(text, _end(text, item.offset))) for item in (node.items if node.kind == "array" else (node,)))


def _place(text: str, offset: int) -> Place:
    found = place_of(text, offset, "")
    return Place(found.line, found.column)


def _end(text: str, offset: int) -> int:
    return json.JSONDecoder().raw_decode(text, offset)[1]


def _needed(scenario: Scenario, action: str) -> dict[str, str]:
    """Return the keys that statements about an action ask for, by lower-case name, as the documents spell them."""
    found: dict[str, str] = {}
    for source in _sources(scenario):
        for group in source.policy.naming(action):
            for statement in group:
                for key in _keys_of(statement, variables=source.policy.document.has_variables):
                    found.setdefault(key.lower(), key)
    return found


def _keys_of(compiled: CompiledStatement, *, variables: bool) -> Iterator[str]:
    statement = compiled.statement
    texts = [*statement.resources, *statement.not_resources]
    for condition in statement.conditions:
        yield condition.key
        texts += condition.values
    for text in texts if variables else ():
        for piece in pieces(text, variables=True, wildcards=True) or ():
            if isinstance(piece, Variable) and piece.default is None:
                yield piece.key
