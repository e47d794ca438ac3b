"""Apply a change to how things stand, in memory, after every document and statement of it has been checked. Pure."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from policies.enforcement.consoles import RESOURCE_POLICY, Console
from policies.enforcement.documents import PolicyUnreadable, compiled
from policies.enforcement.identity import Identity
from policies.evaluation.decision import Layer
from policies.evaluation.statements import Policy
from policies.language import Place, PolicyInvalid, PolicyType, read
from policies.models.documents import ORGANIZATION_POLICY_LIMIT
from policies.organization.rules import ALWAYS_ATTACHED
from policies.simulator.scenario import Change, DocumentChange, IdentityChange
from policies.simulator.standing import Standing
from policies.statements.consolidated import Numbered, text_of
from policies.statements.rules import StatementParameters, faults
from portal.core import arns

ADDED_POLICY = "added permission statements"
"""Name in decisions of permission statements that are put beside a document that replaces the resource-based policy."""


@dataclass(frozen=True, slots=True)
class ChangeProblem:
    """Something in a change that cannot be used. `path` is where in the change (`resource`, `put[0]`, `rcps[1]`); `place` where in the document."""

    path: str
    sentence: str
    place: Place | None = None

    def __str__(self) -> str:
        return f"{self.path}: {self.place}: {self.sentence}" if self.place else f"{self.path}: {self.sentence}"


class ChangeInvalid(Exception):
    """A change that cannot be rehearsed; `problems` are all that were found."""

    def __init__(self, problems: tuple[ChangeProblem, ...]) -> None:
        super().__init__("; ".join(map(str, problems)))
        self.problems = problems


def problems_of(change: Change) -> tuple[ChangeProblem, ...]:
    """Return everything in a change that cannot be used."""
    return tuple(_problems(change))


def _problems(change: Change) -> Iterator[ChangeProblem]:
    if change.resource:
        yield from _document(change.resource, PolicyType.RESOURCE, "resource")
    for number, parameters in enumerate(change.put):
        yield from (ChangeProblem(f"put[{number}]", fault.sentence) for fault in faults(parameters))
    organization = (("rcps", change.rcps, PolicyType.RCP), ("scps", change.scps, PolicyType.SCP))
    for name, documents, policy_type in organization:
        for number, document in enumerate(documents):
            if document.name == ALWAYS_ATTACHED[policy_type].name:
                sentence = f"`{document.name}` is AWS's own: it is attached everywhere, and can be neither detached nor replaced."
                yield ChangeProblem(f"{name}[{number}]", sentence)
            if document.text is not None:
                yield from _document(document.text, policy_type, f"{name}[{number}]")
                if len(document.text) > ORGANIZATION_POLICY_LIMIT:
                    sentence = f"A policy of an organization has at most {ORGANIZATION_POLICY_LIMIT} characters, white space included."
                    yield ChangeProblem(f"{name}[{number}]", sentence)
    for number, given in enumerate(change.identity):
        if given.text is not None:
            yield from _document(given.text, PolicyType.IDENTITY, f"identity[{number}]")


def _document(text: str, policy_type: PolicyType, path: str) -> Iterator[ChangeProblem]:
    try:
        read(text, policy_type)
    except PolicyInvalid as invalid:
        yield from (ChangeProblem(path, problem.text, problem.place) for problem in invalid.problems)


def changed(standing: Standing, change: Change) -> Standing:
    """Return how things would stand after a change; raises ChangeInvalid."""
    problems = problems_of(change)
    if problems:
        raise ChangeInvalid(problems)
    statements, resource = _resource(standing, change)
    console = standing.console
    unreadable = console.unreadable
    if resource is not console.resource:
        unreadable = tuple(error for error in unreadable if error.layer is not Layer.RESOURCE)
    console = replace(console, resource=resource, unreadable=unreadable)
    console = _organization(console, change.rcps, PolicyType.RCP, standing)
    console = _organization(console, change.scps, PolicyType.SCP, standing)
    identities = dict(standing.identities or {})
    for given in change.identity:
        if given.arn != arns.root_arn(standing.account):  # a root user has no identity-based policies
            identities[given.arn] = _identity(identities.get(given.arn, Identity()), given)
    return replace(standing, console=console, on=_authorization(standing, change), statements=statements, identities=identities)


def _resource(standing: Standing, change: Change) -> tuple[tuple[Numbered, ...], tuple[Policy, ...]]:
    """Return the permission statements and the resource-based policy after a change."""
    name = RESOURCE_POLICY.format(standing.account)
    added = tuple(_new(change.put))
    if change.resource is not None:
        given = (compiled(change.resource, PolicyType.RESOURCE, name),) if change.resource else ()
        return added, (*given, *_consolidated(added, standing.account, ADDED_POLICY))
    if not (change.put or change.removed):
        return standing.statements, standing.console.resource
    statements = (*(statement for statement in standing.statements if statement.sid not in change.removed), *added)
    return statements, _consolidated(statements, standing.account, name)


def _new(put: Iterable[StatementParameters]) -> Iterator[Numbered]:
    """Name statements that have no ID yet: `new`, `new 2`, ..."""
    for number, parameters in enumerate(put, start=1):
        yield Numbered("new" if number == 1 else f"new {number}", parameters)


def _consolidated(statements: tuple[Numbered, ...], account: str, name: str) -> tuple[Policy, ...]:
    text = text_of(statements, account)
    return (compiled(text, PolicyType.RESOURCE, name),) if text else ()


def _organization(console: Console, documents: Iterable[DocumentChange], policy_type: PolicyType, standing: Standing) -> Console:
    """Return a console after changes to one kind of the organisation's policies; no effect where the account is beyond their reach."""
    levels = list(console.rcps if policy_type is PolicyType.RCP else console.scps)
    layer = Layer.RCP if policy_type is PolicyType.RCP else Layer.SCP
    unreadable = console.unreadable
    for document in documents:
        for index, target in enumerate(console.path):
            # Nothing is known of where an account hangs that is not there: every target counts as one above it.
            if document.target not in {"", target} and standing.known:
                continue
            unread = [error for error in unreadable if (error.layer, error.name, error.target) == (layer, document.name, target)]
            unreadable = tuple(error for error in unreadable if error not in unread)
            levels[index] = _replaced(levels[index], document, policy_type, is_there=bool(unread))
    if policy_type is PolicyType.RCP:
        return replace(console, rcps=tuple(levels), unreadable=unreadable)
    return replace(console, scps=tuple(levels), unreadable=unreadable)


def _replaced(level: tuple[Policy, ...], document: DocumentChange, policy_type: PolicyType, *, is_there: bool) -> tuple[Policy, ...]:
    there = is_there or any(policy.name == document.name for policy in level)
    attached = document.text if there or document.target else None
    new = (compiled(attached, policy_type, document.name),) if attached is not None else ()
    return _put(level, document.name, new)


def _identity(identity: Identity, given: IdentityChange) -> Identity:
    new = (compiled(given.text, PolicyType.IDENTITY, given.name),) if given.text is not None else ()
    unreadable: tuple[PolicyUnreadable, ...] = tuple(error for error in identity.unreadable if error.name != given.name or error.name == given.arn)
    return Identity(_put(identity.policies, given.name, new), unreadable)


def _put(policies: tuple[Policy, ...], name: str, new: tuple[Policy, ...]) -> tuple[Policy, ...]:
    """Return policies with the one of that name replaced at its place, or, where there is none, with the new one at the end."""
    found = [index for index, policy in enumerate(policies) if policy.name == name]
    at = found[0] if found else len(policies)
    kept = [(index, policy) for index, policy in enumerate(policies) if index not in found]
    before = tuple(policy for index, policy in kept if index < at)
    return (*before, *new, *(policy for index, policy in kept if index > at))


def _authorization(standing: Standing, change: Change) -> frozenset[str]:
    target = change.authorization_target
    if change.authorization is None:
        return standing.on
    if change.authorization:
        return standing.on | {target or standing.account}
    return standing.on - ({target} if target else standing.console.targets)
