"""What a change of an organisation's policies would do to sign-ins, before it is made: the rehearsal of each account that it reaches."""

from collections.abc import Iterable
from dataclasses import dataclass

from django.http import HttpRequest
from django.utils.translation import gettext as _

from policies.organization.tree import Node, NodeKind, Tree
from policies.simulator.advice import Advice, Code
from policies.simulator.flows import People, people_of, rehearse
from policies.simulator.rehearsal import Rehearsal
from policies.simulator.scenario import Change, Place, Who
from portal.network.origin import origin_of
from portal.network.simulated import Network, chosen
from portal.rehearsal.setting import world_places

MOST_ACCOUNTS = 10
"""Accounts that one change is rehearsed for; the page says how many are left out."""

HERE = "here"
"""Name of the place that the administrator is in."""


@dataclass(frozen=True, slots=True)
class Loss:
    """Somebody who loses or gains some of the ways in, by the names of the networks."""

    who: Who
    places: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Reached:
    """What a change does to one account. `losing` are those who keep another way in. `more` tells that it has more people than were asked about."""

    account: Node
    locked_out: tuple[Who, ...]
    losing: tuple[Loss, ...]
    gaining: tuple[Loss, ...]
    evaluated: tuple[bool, bool]
    more: bool

    @property
    def changes(self) -> bool:
        """Whether anybody's sign-in changes."""
        return bool(self.locked_out or self.losing or self.gaining)


@dataclass(frozen=True, slots=True)
class Impact:
    """What a change does, account by account. `left_out` counts accounts that were not rehearsed, `most` is how many are."""

    reached: tuple[Reached, ...]
    warnings: tuple[Advice, ...]
    places: tuple[str, ...]
    left_out: int
    most: int = MOST_ACCOUNTS

    @property
    def locked_out(self) -> int:
        """How many principals would be locked out."""
        return sum(len(account.locked_out) for account in self.reached)

    @property
    def changed(self) -> tuple[Reached, ...]:
        """The accounts in which somebody's sign-in changes, those with lock-outs first."""
        return tuple(sorted((account for account in self.reached if account.changes), key=lambda account: not account.locked_out))

    @property
    def unevaluated(self) -> tuple[Reached, ...]:
        """The accounts in which nothing is evaluated after the change, because console authorization is off."""
        return tuple(account for account in self.reached if not account.evaluated[1])


def impact_of(request: HttpRequest, change: Change, accounts: Iterable[Node], *, about: str = "") -> Impact:
    """Rehearse a change for the active accounts among these, the first `MOST_ACCOUNTS`; warnings are those about the policy called `about`."""
    active = [account for account in accounts if account.active]
    places = _places(request)
    reached, warnings = [], {}
    for account in active[:MOST_ACCOUNTS]:
        people = people_of(account.id)
        outcome = rehearse(account.id, change, people, places)
        reached.append(_reached(account, people, outcome))
        # A warning that is about the account's place in the tree is told by what the account gains and loses.
        warnings.update({(advice.policy, advice.number, advice.code, advice.values): advice for advice in outcome.warnings})
    kept = tuple(advice for advice in warnings.values() if advice.policy == about and advice.code is not Code.NO_EFFECT) if about else ()
    return Impact(tuple(reached), kept, tuple(place.label for place in places), len(active) - len(active[:MOST_ACCOUNTS]))


def every_account(tree: Tree) -> tuple[Node, ...]:
    """Return every account of the organisation, the management account among them: what is switched for all concerns it too."""
    return tuple(node for node in tree.nodes if node.kind is NodeKind.ACCOUNT)


def _places(request: HttpRequest) -> tuple[Place, ...]:
    """Return the world's networks, and where the administrator is, unless that is one of them."""
    # The network's own Region, for the one that the console's address names is what is looked at, not where people sign in.
    places, here = world_places(), chosen(request) or Network(origin_of(request).address)
    if any((place.address, place.region, place.vpc, place.vpce) == (here.address, here.region, here.vpc, here.vpce) for place in places):
        return places
    label = _("where you are now (%(address)s)") % {"address": here.address}
    return (*places, Place(HERE, label, here.address, here.region, here.vpc, here.vpce))


def _reached(account: Node, people: People, outcome: Rehearsal) -> Reached:
    locked_out = set(outcome.locked_out)
    return Reached(
        account=account,
        locked_out=outcome.locked_out,
        losing=_by_person((who, place) for who, place in outcome.losing if who not in locked_out),
        gaining=_by_person(outcome.gaining),
        evaluated=outcome.evaluated,
        more=people.more,
    )


def _by_person(pairs: Iterable[tuple[Who, Place]]) -> tuple[Loss, ...]:
    found: dict[Who, list[str]] = {}
    for who, place in pairs:
        found.setdefault(who, []).append(place.label)
    return tuple(Loss(who, tuple(places)) for who, places in found.items())
