"""Whom a change would affect, before it is made: the rehearsal of the change from where its administrator is now, and from the world's networks."""

from collections.abc import Iterable
from dataclasses import dataclass, replace

from django.http import HttpRequest
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from accounts.models import SignInSession
from policies.enforcement.words import LAYERS
from policies.evaluation.decision import Layer
from policies.simulator.advice import Advice
from policies.simulator.bounding import rehearse_within
from policies.simulator.flows import people_of
from policies.simulator.scenario import Change, Place, Who
from portal.network.origin import origin_of
from portal.network.simulated import Network, chosen
from portal.world.networks import networks, place_of

HERE = "here"
"""Name of the place that whoever asks is at."""


@dataclass(frozen=True, slots=True)
class Affected:
    """Principals who lose or gain the way in from the same places, by the places' labels."""

    whos: tuple[Who, ...]
    places: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Effects:
    """What a change does to those who sign in.

    `locked_out` could sign in from one of the places at least and then from none; `losing` are the others who lose some of them. `yourself` tells
    whether whoever asks could no longer sign in from where it is (`address`). `counts`: whether policies count before or after the change;
    `hypothetical`: they would, if console authorization were on. `more`: the account has principals who were not tried. `warnings` are
    sentences about the policies after the change.
    """

    counts: bool
    hypothetical: bool
    address: str
    yourself: bool
    locked_out: tuple[Affected, ...]
    losing: tuple[Affected, ...]
    gaining: tuple[Affected, ...]
    warnings: tuple[str, ...]
    tried: int
    places: tuple[str, ...]
    more: bool

    @property
    def nobody(self) -> bool:
        """Whether the change makes no difference to anybody who was tried."""
        return not (self.locked_out or self.losing or self.gaining)


def effects_of(request: HttpRequest, session: SignInSession, change: Change, *, hypothetical: bool = False) -> Effects:
    """Rehearse a change to the account of the session's identity; a handful of queries, however many principals it has."""
    account = str(session.principal.account_id)
    people = people_of(account)
    me = Who.of(session.principal.arn)
    places = places_of(request)
    # Whoever asks comes first, so that it is among those for whom there is room.
    bounded = rehearse_within(1.0, account, change, (me, *people), places)
    found = bounded.outcome
    return Effects(
        counts=any(found.evaluated),
        hypothetical=hypothetical,
        address=_address(places[0]),
        yourself=(me, places[0]) in found.losing,
        locked_out=_together(pair for pair in found.losing if pair[0] in found.locked_out),
        losing=_together(pair for pair in found.losing if pair[0] not in found.locked_out),
        gaining=_together(found.gaining),
        warnings=tuple(dict.fromkeys(map(_warning, found.warnings))),
        tried=len(found.whos),
        places=tuple(place.label for place in places),
        more=people.more or bounded.left_out > 0,
    )


def places_of(request: HttpRequest) -> tuple[Place, ...]:
    """Return where people sign in from, for a rehearsal: first where this request comes from, then the other networks of the world."""
    language = get_language() or "en"
    here = chosen(request) or Network(origin_of(request).address)
    first = _place(HERE, "", here)
    first = replace(first, label=_("Where you are now (%(address)s)") % {"address": _address(first)})
    others = (_place(network.name, network.label.in_language(language), place_of(network)) for network in networks() if network.name != here.name)
    return (first, *others)


def _place(name: str, label: str, network: Network) -> Place:
    return Place(name, label, network.address, network.region, network.vpc, network.vpce)


def _address(place: Place) -> str:
    return f"{place.address} · {place.vpc}" if place.vpc else place.address


def _warning(advice: Advice) -> str:
    # An account has one resource-based policy, the one that these pages are about.
    if advice.layer is Layer.RESOURCE:
        return advice.sentence
    words = _("%(layer)s “%(policy)s”: %(sentence)s")
    return words % {"layer": LAYERS[advice.layer], "policy": advice.policy, "sentence": advice.sentence}


def _together(pairs: Iterable[tuple[Who, Place]]) -> tuple[Affected, ...]:
    """Return principals with their places, those who have the same ones together, in the order in which they come first."""
    places: dict[Who, list[str]] = {}
    for who, place in pairs:
        places.setdefault(who, []).append(place.label)
    whos: dict[tuple[str, ...], list[Who]] = {}
    for who, labels in places.items():
        whos.setdefault(tuple(labels), []).append(who)
    return tuple(Affected(tuple(found), labels) for labels, found in whos.items())
