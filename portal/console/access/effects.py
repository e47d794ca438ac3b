"""Whom a change would affect, before it is made: the rehearsal of the change from where its administrator is now, and from the world's networks."""

from collections.abc import Iterable
from dataclasses import dataclass

from django.http import HttpRequest
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from accounts.models import SignInSession
from policies.simulator.flows import people_of, rehearse
from policies.simulator.scenario import Change, Place, Who
from portal.network.origin import origin_of
from portal.network.simulated import Network, chosen
from portal.world.networks import networks, place_of

HERE = "here"
"""Name of the place that whoever asks is at."""


@dataclass(frozen=True, slots=True)
class Affected:
    """A principal, and the labels of the places from which it loses or gains the way in."""

    label: str
    arn: str
    places: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Effects:
    """What a change does to those who sign in.

    `locked_out` could sign in from one of the places at least and then from none; `losing` are the others who lose some of them. `yourself` tells
    whether whoever asks could no longer sign in from where it is (`here`). `evaluated`: whether policies count at all after the change. `more`:
    the account has principals who were not tried. `warnings` are sentences about the policies after the change.
    """

    evaluated: bool
    here: str
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


def effects_of(request: HttpRequest, session: SignInSession, change: Change) -> Effects:
    """Rehearse a change to the account of the session's identity; a handful of queries, however many principals it has."""
    account = str(session.principal.account_id)
    people = people_of(account)
    me = Who.of(session.principal.arn)
    places = places_of(request)
    found = rehearse(account, change, people if me in people else (me, *people), places)
    out = {who.arn for who in found.locked_out}
    losing = _by_principal(found.losing)
    return Effects(
        evaluated=found.evaluated[1],
        here=places[0].label,
        yourself=(me, places[0]) in found.losing,
        locked_out=tuple(row for row in losing if row.arn in out),
        losing=tuple(row for row in losing if row.arn not in out),
        gaining=_by_principal(found.gaining),
        warnings=tuple(dict.fromkeys(str(advice.sentence) for advice in found.warnings)),
        tried=len(found.whos),
        places=tuple(place.label for place in places),
        more=people.more,
    )


def places_of(request: HttpRequest) -> tuple[Place, ...]:
    """Return where people sign in from, for a rehearsal: first where this request comes from, then the other networks of the world."""
    language = get_language() or "en"
    here = chosen(request) or Network(origin_of(request).address)
    address = f"{here.address} · {here.vpc}" if here.vpc else here.address
    first = _place(HERE, _("Where you are now (%(address)s)") % {"address": address}, here)
    others = (_place(network.name, network.label.in_language(language), place_of(network)) for network in networks() if network.name != here.name)
    return (first, *others)


def _place(name: str, label: str, network: Network) -> Place:
    return Place(name, label, network.address, network.region, network.vpc, network.vpce)


def _by_principal(pairs: Iterable[tuple[Who, Place]]) -> tuple[Affected, ...]:
    found: dict[Who, list[str]] = {}
    for who, place in pairs:
        found.setdefault(who, []).append(place.label)
    return tuple(Affected(who.label, who.arn, tuple(labels)) for who, labels in found.items())
