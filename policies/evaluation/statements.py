"""Statements and policies, compiled: whom, what and where each names, and whether it applies to a request."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import IntEnum
from operator import attrgetter
from typing import NamedTuple

from policies.evaluation.conditions import CompiledCondition, ConditionResult, compiled
from policies.evaluation.patterns import Match, arn_glob, arn_segments, glob, has_variables, resolve
from policies.evaluation.request import Caller, Keys, Request, account_arn
from policies.language import values
from policies.language.document import Document, Effect, PolicyType, Principals, Statement
from policies.language.variables import Piece, pieces

MOST_ACTIONS_KEPT = 1024
"""Actions whose statements a policy keeps at hand."""

NamesResource = Callable[[str, Keys], bool]
NamingStatements = tuple[tuple["CompiledStatement", ...], tuple["CompiledStatement", ...]]


class Naming(IntEnum):
    """How closely a Principal element names a caller; what a resource policy's Allow is worth hangs on it."""

    NOT = 0
    ACCOUNT = 1
    ROLE = 2
    EVERYONE = 3
    DIRECT = 4


def naming(principals: Principals, caller: Caller) -> Naming:
    """Return how `principals` name the caller: the closest of the ways that apply."""
    named = principals.aws
    if named:
        if not caller.direct.isdisjoint(named) or any(name in named for name in caller.unique_ids):
            return Naming.DIRECT
        if len(caller.chain) == 3 and caller.chain[1] in named:
            return Naming.ROLE
    if principals.everyone or "*" in named:
        return Naming.EVERYONE
    if caller.account and (caller.account in named or account_arn(caller.account) in named):
        return Naming.ACCOUNT
    if (caller.service and caller.service in principals.service) or (caller.federated and caller.federated in principals.federated):
        return Naming.DIRECT
    return Naming.NOT


def _excludes(principals: Principals, caller: Caller, effect: Effect) -> bool:
    """Tell whether a NotPrincipal element leaves the caller out.

    A Deny leaves only those out who are listed with their account and role as well ("AWS JSON policy elements: NotPrincipal");
    an Allow leaves out whoever is listed by any name.
    """
    if principals.everyone or "*" in principals.aws:
        return True
    named = set(principals.aws) | {account_arn(name) for name in principals.aws if name.isdecimal()}
    listed = [name in named for name in caller.chain]
    if not listed:
        return caller.service in principals.service or caller.federated in principals.federated
    return all(listed) if effect is Effect.DENY else any(listed)


class StatementResult(NamedTuple):
    """One statement, explained. `principal`, `action` and `resource` tell whether it names the request's; None where it has no such element.

    Of a statement that does not name the action nothing else is looked at.
    """

    policy: str
    number: int
    sid: str
    effect: Effect
    applies: bool
    principal: bool | None
    action: bool
    resource: bool | None
    conditions: tuple[ConditionResult, ...]


@dataclass(frozen=True, slots=True)
class CompiledStatement:
    """A statement that can be asked. `number` counts from 0 in its policy."""

    policy: str
    number: int
    statement: Statement
    names_action: Callable[[str], bool]
    names_resource: NamesResource | None
    conditions: tuple[CompiledCondition, ...]
    tests: tuple[Callable[[Keys], bool], ...]
    everyone: bool
    effect: Effect

    def naming(self, caller: Caller) -> Naming:
        """Return how the statement names the caller; a statement without such an element is attached to whom it means."""
        if self.statement.principals is not None:
            return naming(self.statement.principals, caller)
        if self.statement.not_principals is not None:
            return Naming.NOT if _excludes(self.statement.not_principals, caller, self.effect) else Naming.EVERYONE
        return Naming.DIRECT

    def applies(self, request: Request) -> bool:
        """Tell whether the statement applies to a request whose action it names."""
        if not self.everyone and self.naming(request.caller) is Naming.NOT:
            return False
        keys = request.keys
        if self.names_resource is not None and not self.names_resource(request.resource, keys):
            return False
        for holds in self.tests:  # noqa: SIM110  # a generator would cost as much again as the tests
            if not holds(keys):
                return False
        return True

    @property
    def silent(self) -> StatementResult:
        """The result of a request whose action the statement does not name."""
        return StatementResult(self.policy, self.number, self.statement.sid, self.effect, False, None, False, None, ())  # noqa: FBT003  # a row of the result

    def explain(self, request: Request) -> StatementResult:
        """Return the statement's result, for a request whose action it names, with that of each of its elements."""
        has_principal = self.statement.principals is not None or self.statement.not_principals is not None
        principal = self.everyone or self.naming(request.caller) is not Naming.NOT if has_principal else None
        resource = self.names_resource(request.resource, request.keys) if self.names_resource is not None else None
        conditions = tuple([condition.explain(request.keys) for condition in self.conditions])
        applies = principal is not False and resource is not False and False not in [condition.holds for condition in conditions]
        return StatementResult(self.policy, self.number, self.statement.sid, self.effect, applies, principal, True, resource, conditions)  # noqa: FBT003  # as above


def _action_pattern(text: str) -> Match:
    found = pieces(text.lower(), variables=False, wildcards=True)
    return glob(found or ())


def _names_action(statement: Statement) -> Callable[[str], bool]:
    matches = [_action_pattern(text) for text in statement.actions or statement.not_actions]
    negated = bool(statement.not_actions)
    return lambda action: any(match(action) for match in matches) is not negated


def _resource_pattern(text: str, document: Document) -> Callable[[str, Keys], bool | None]:
    """Return a function that tells whether a resource is matched; None where a variable has no value."""
    if text == "*":
        return lambda _resource, _keys: True
    found = pieces(text, variables=document.has_variables, wildcards=True)
    segments = arn_segments(found or (), short=document.type in {PolicyType.IDENTITY, PolicyType.SCP})
    if found is None or segments is None:
        return lambda _resource, _keys: False
    if not has_variables(found):
        match = arn_glob(segments)
        return lambda resource, _keys: (parts := values.arn_parts(resource)) is not None and match(parts)

    def matches(resource: str, keys: Keys) -> bool | None:
        parts = values.arn_parts(resource)
        resolved: list[tuple[Piece, ...]] = []
        for segment in segments:
            given = resolve(segment, keys)
            if given is None:
                return None
            resolved.append(given)
        return parts is not None and arn_glob(resolved)(parts)

    return matches


def _names_resource(statement: Statement, document: Document) -> NamesResource | None:
    if statement.resources:
        if "*" in statement.resources:
            return None
        patterns = [_resource_pattern(text, document) for text in statement.resources]
        return lambda resource, keys: any(match(resource, keys) for match in patterns)
    if not statement.not_resources:
        return None
    excluded = [_resource_pattern(text, document) for text in statement.not_resources]
    denies = statement.effect is Effect.DENY

    def names(resource: str, keys: Keys) -> bool:
        # A variable without value excludes nothing: a Deny then covers more, and an Allow, to be safe, nothing at all.
        found = [match(resource, keys) for match in excluded]
        return (denies or None not in found) and not any(found)

    return names


def _statement(document: Document, number: int, name: str) -> CompiledStatement:
    statement = document.statements[number]
    principals = statement.principals
    everyone = principals is None and statement.not_principals is None
    conditions = tuple(compiled(condition, variables=document.has_variables) for condition in statement.conditions)
    return CompiledStatement(
        policy=name,
        number=number,
        statement=statement,
        names_action=_names_action(statement),
        names_resource=_names_resource(statement, document),
        conditions=conditions,
        tests=tuple(condition.holds for condition in conditions),
        everyone=everyone or (principals is not None and (principals.everyone or "*" in principals.aws)),
        effect=statement.effect,
    )


class Policy:
    """A document, compiled once and reused; safe to share among threads.

    Statements are found by the action that they name, so that a long policy costs no more than what concerns the request.
    """

    def __init__(self, document: Document, *, name: str = "") -> None:
        self.document = document
        self.name = name
        self.statements = tuple(_statement(document, number, name) for number in range(len(document.statements)))
        self._silent = tuple(statement.silent for statement in self.statements)
        self._plain: dict[str, list[CompiledStatement]] = {}
        self._patterns: list[CompiledStatement] = []
        for compiled_statement in self.statements:
            actions = compiled_statement.statement.actions
            if actions and not any("*" in action or "?" in action for action in actions):
                for action in dict.fromkeys(action.lower() for action in actions):
                    self._plain.setdefault(action, []).append(compiled_statement)
            else:
                self._patterns.append(compiled_statement)
        self._kept: dict[str, NamingStatements] = {}

    def naming(self, action: str) -> NamingStatements:
        """Return the statements that name `action`: those that deny and those that allow, each in the document's order."""
        found = self._kept.get(action)
        if found is None:
            lowered = action.lower()
            by_pattern = [statement for statement in self._patterns if statement.names_action(lowered)]
            statements = sorted((*self._plain.get(lowered, ()), *by_pattern), key=attrgetter("number"))
            denying = tuple(statement for statement in statements if statement.effect is Effect.DENY)
            allowing = tuple(statement for statement in statements if statement.effect is Effect.ALLOW)
            found = (denying, allowing)
            if len(self._kept) >= MOST_ACTIONS_KEPT:
                self._kept.clear()
            self._kept[action] = found
        return found

    def denying(self, request: Request) -> list[CompiledStatement]:
        """Return the statements that deny `request`."""
        return [statement for statement in self.naming(request.action)[0] if statement.applies(request)]

    def allowing(self, request: Request) -> list[CompiledStatement]:
        """Return the statements that allow `request`."""
        return [statement for statement in self.naming(request.action)[1] if statement.applies(request)]

    def explain(self, request: Request) -> tuple[StatementResult, ...]:
        """Return the result of every statement."""
        results = list(self._silent)
        for group in self.naming(request.action):
            for statement in group:
                results[statement.number] = statement.explain(request)
        return tuple(results)
