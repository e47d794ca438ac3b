"""What a change of an organisation's policies would do to sign-ins, before it is made: the rehearsal of each account that it reaches."""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass

from django.http import HttpRequest
from django.utils.translation import gettext as _

from policies.organization.tree import Node, NodeKind, Tree
from policies.simulator.advice import Advice, Code
from policies.simulator.bounding import rehearse_within
from policies.simulator.flows import people_of
from policies.simulator.rehearsal import Rehearsal
from policies.simulator.scenario import Change, Place, Who
from portal.console.organization.pages import Here
from portal.network.origin import origin_of
from portal.network.simulated import Network, chosen
from portal.rehearsal.setting import world_places

MOST_ACCOUNTS = 10
"""Accounts that one change is rehearsed for; the page says how many are left out."""

ROOM = 3.0
"""Rehearsals of the most pairs (`policies.simulator.bounding`) that one change may take for all its accounts together."""

HERE = "here"
"""Name of the place that the administrator is in."""


@dataclass(frozen=True, slots=True)
class Loss:
    """Somebody who loses or gains some of the ways in, by the names of the networks."""

    who: Who
    places: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Reached:
    """What a change does to one account. `losing` are those who keep another way in. `yourself` tells whether whoever asks loses the way in here.

    `tried` people were looked at; `more` tells that the account has others.
    """

    account: Node
    locked_out: tuple[Who, ...]
    losing: tuple[Loss, ...]
    gaining: tuple[Loss, ...]
    evaluated: tuple[bool, bool]
    tried: int
    more: bool
    yourself: bool = False

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
    address: str = ""

    @property
    def locked_out(self) -> int:
        """How many principals would be locked out."""
        return sum(len(account.locked_out) for account in self.reached)

    @property
    def yourself(self) -> bool:
        """Whether whoever asks could no longer sign in from where it is, `address`."""
        return any(account.yourself for account in self.reached)

    @property
    def danger(self) -> str:
        """What names who would be locked out, so that agreeing to it holds for nobody else; empty where nobody would be."""
        lost = sorted(who.arn for account in self.reached for who in account.locked_out)
        if not (lost or self.yourself):
            return ""
        return hashlib.sha256("\n".join([str(self.yourself), *lost]).encode()).hexdigest()[:32]

    @property
    def changed(self) -> tuple[Reached, ...]:
        """The accounts in which somebody's sign-in changes, those with lock-outs first."""
        return tuple(sorted((account for account in self.reached if account.changes), key=lambda account: not account.locked_out))

    @property
    def unevaluated(self) -> tuple[Reached, ...]:
        """The accounts in which nothing is evaluated after the change, because console authorization is off."""
        return tuple(account for account in self.reached if not account.evaluated[1])


def impact_of(request: HttpRequest, here: Here, change: Change, accounts: Iterable[Node], *, about: str = "") -> Impact:
    """Rehearse a change for the active accounts among these, the first `MOST_ACCOUNTS`; warnings are those about the policy called `about`.

    Each account has its share of `ROOM`, and what the ones before left of theirs; whoever asks comes first among its account's people.
    """
    active = [account for account in accounts if account.active]
    me, (places, at) = Who.of(here.session.principal.arn), _places(request)
    room, reached, warnings = ROOM, [], {}
    for number, account in enumerate(active[:MOST_ACCOUNTS]):
        people = people_of(account.id)
        whos = tuple(dict.fromkeys((me, *people))) if me.account == account.id else tuple(people)
        share = room / (min(len(active), MOST_ACCOUNTS) - number)
        bounded = rehearse_within(share, account.id, change, whos, places)
        room, outcome = max(0.0, room - bounded.spent), bounded.outcome
        reached.append(_reached(account, outcome, more=people.more or bounded.left_out > 0, yourself=(me, at) in outcome.losing))
        # A warning that is about the account's place in the tree is told by what the account gains and loses.
        warnings.update({(advice.policy, advice.number, advice.code, advice.values): advice for advice in outcome.warnings})
    kept = tuple(advice for advice in warnings.values() if advice.policy == about and advice.code is not Code.NO_EFFECT) if about else ()
    left_out = len(active) - len(active[:MOST_ACCOUNTS])
    return Impact(tuple(reached), kept, tuple(place.label for place in places), left_out, address=at.address)


def every_account(tree: Tree) -> tuple[Node, ...]:
    """Return every account of the organisation, the management account first: what is switched for all concerns it, and whoever switches, too."""
    return tuple(sorted((node for node in tree.nodes if node.kind is NodeKind.ACCOUNT), key=lambda node: not node.managing))


def agreed(request: HttpRequest, impact: Impact) -> bool:
    """Tell whether a form may go through: nobody would be locked out, or the box was ticked beside exactly those who would be."""
    return not impact.danger or request.POST.get("understood", "") == impact.danger


def unagreed(request: HttpRequest) -> str:
    """Return what to say above the box of a form that may not go through."""
    if request.POST.get("understood", ""):
        return _("Who would be locked out is not the same any more as when you looked at it. Look again, and tick this box if you mean it.")
    return _("Tick this box if you mean it, or cancel.")


def _places(request: HttpRequest) -> tuple[tuple[Place, ...], Place]:
    """Return the world's networks, and where the administrator is unless that is one of them; and which one it is."""
    # The network's own Region, for the one that the console's address names is what is looked at, not where people sign in.
    places, here = world_places(), chosen(request) or Network(origin_of(request).address)
    for place in places:
        if (place.address, place.region, place.vpc, place.vpce) == (here.address, here.region, here.vpc, here.vpce):
            return places, place
    label = _("where you are now (%(address)s)") % {"address": here.address}
    at = Place(HERE, label, here.address, here.region, here.vpc, here.vpce)
    return (*places, at), at


def _reached(account: Node, outcome: Rehearsal, *, more: bool, yourself: bool) -> Reached:
    locked_out = set(outcome.locked_out)
    return Reached(
        account=account,
        locked_out=outcome.locked_out,
        losing=_by_person((who, place) for who, place in outcome.losing if who not in locked_out),
        gaining=_by_person(outcome.gaining),
        evaluated=outcome.evaluated,
        tried=len(outcome.whos),
        more=more,
        yourself=yourself,
    )


def _by_person(pairs: Iterable[tuple[Who, Place]]) -> tuple[Loss, ...]:
    found: dict[Who, list[str]] = {}
    for who, place in pairs:
        found.setdefault(who, []).append(place.label)
    return tuple(Loss(who, tuple(places)) for who, places in found.items())
