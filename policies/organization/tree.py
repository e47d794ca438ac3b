"""The organisation's tree: its root, units and accounts, in the order in which a page lists them, each with what is attached to it."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import StrEnum

from accounts.models import Account, Organization, OrganizationalUnit
from policies.models import PolicyDocument, PolicyTarget

MOST_ACCOUNTS = 500
"""Accounts that are read; an organisation of more is shown in part, and says so."""


class NodeKind(StrEnum):
    """What a policy can be attached to."""

    ROOT = "root"
    UNIT = "unit"
    ACCOUNT = "account"


@dataclass(frozen=True, slots=True)
class Node:
    """A root, unit or account. `depth` counts from the root's 0; `managing` marks the management account, on which no policy has an effect."""

    kind: NodeKind
    id: str
    name: str
    depth: int
    path: tuple[str, ...]
    active: bool = True
    managing: bool = False
    attached: tuple[PolicyDocument, ...] = ()


@dataclass(frozen=True, slots=True)
class Tree:
    """The nodes, each before those below it; `more` tells that there are accounts beyond those read."""

    nodes: tuple[Node, ...]
    more: bool = False
    by_id: dict[str, Node] = field(default_factory=dict)

    def node(self, target: str) -> Node | None:
        """Return the node with this id."""
        return self.by_id.get(target)

    def accounts_below(self, target: str) -> tuple[Node, ...]:
        """Return the member accounts that a policy attached to `target` reaches; the management account is none."""
        return tuple(
            node for node in self.nodes if node.kind is NodeKind.ACCOUNT and not node.managing and (node.id == target or target in node.path)
        )


def is_target(organization: Organization, target: str) -> bool:
    """Tell whether a policy of the organisation can be attached to `target`: its root, one of its units or one of its accounts."""
    return (
        target == organization.root_id
        or OrganizationalUnit.objects.filter(pk=target, organization=organization).exists()
        or Account.objects.filter(pk=target, organization=organization).exists()
    )


def read_tree(organization: Organization) -> Tree:
    """Return the tree; three queries, however large it is. Units that go round in a circle hang on the root."""
    units = list(OrganizationalUnit.objects.filter(organization=organization).order_by("name", "pk"))
    accounts = list(Account.objects.filter(organization=organization).order_by("name", "pk")[: MOST_ACCOUNTS + 1])
    attached = _attached(organization)
    by_unit = {unit.pk: unit for unit in units}
    below: dict[str, list[OrganizationalUnit]] = {}
    for unit in units:
        below.setdefault(str(unit.parent_id) if unit.parent_id in by_unit else "", []).append(unit)
    homes: dict[str, list[Account]] = {}
    for account in accounts[:MOST_ACCOUNTS]:
        homes.setdefault(str(account.unit_id) if account.unit_id in by_unit else "", []).append(account)
    nodes = [Node(NodeKind.ROOT, organization.root_id, organization.name, 0, (), attached=attached.get(organization.root_id, ()))]
    managing = str(organization.management_account_id)

    placed: set[str] = set()
    for start in ("", *(unit.pk for unit in units)):  # units in a circle are below nobody: each circle is entered at its first
        waiting: list[tuple[str, tuple[str, ...]]] = [(start, (organization.root_id,))] if start not in placed else []
        while waiting:
            parent, path = waiting.pop()
            if parent in placed:
                continue
            placed.add(parent)
            if parent:
                unit = by_unit[parent]
                nodes.append(Node(NodeKind.UNIT, unit.pk, unit.name, len(path), path, attached=attached.get(unit.pk, ())))
                path = (*path, parent)
            for account in homes.get(parent, ()):
                active = account.status == Account.Status.ACTIVE
                held = attached.get(account.pk, ())
                nodes.append(Node(NodeKind.ACCOUNT, account.pk, account.name, len(path), path, active, account.pk == managing, held))
            waiting += [(unit.pk, path) for unit in reversed(below.get(parent, ()))]
    return Tree(tuple(nodes), len(accounts) > MOST_ACCOUNTS, {node.id: node for node in nodes})


def _attached(organization: Organization) -> dict[str, tuple[PolicyDocument, ...]]:
    rows = PolicyTarget.objects.filter(document__organization=organization).select_related("document").order_by("document__name")
    found: dict[str, list[PolicyDocument]] = {}
    for row in _of_organization(rows):
        found.setdefault(row.target, []).append(row.document)
    return {target: tuple(documents) for target, documents in found.items()}


def _of_organization(rows: Iterable[PolicyTarget]) -> Iterable[PolicyTarget]:
    return (row for row in rows if row.document.type != PolicyDocument.Type.IDENTITY)
