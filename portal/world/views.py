"""The first page: which kind of user someone is, and, while training is on, the demo's people."""

from dataclasses import dataclass

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from portal.core import clock
from portal.training.guard import may_train
from portal.world.definition import Account, World
from portal.world.flows import loaded_world
from portal.world.people import Person, people


@dataclass(frozen=True, slots=True)
class Listed:
    """One of the demo's people with the number that the button beside them sends."""

    number: int
    person: Person


@dataclass(frozen=True, slots=True)
class Household:
    """An account of the world file and who signs in to it; `account` is None for the operators."""

    account: Account | None
    people: tuple[Listed, ...]


def households(world: World, listed: tuple[Person, ...]) -> list[Household]:
    """Return the people account by account, in the order of the world file."""
    numbered = [Listed(number, person) for number, person in enumerate(listed)]
    found = [Household(account, tuple(one for one in numbered if one.person.account == account.id)) for account in world.accounts]
    operators = tuple(one for one in numbered if one.person.kind == "operator")
    return [*found, Household(None, operators)] if operators else found


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """Show the kinds of user with the way in for each; trainers see who can sign in, with what, and what happens then."""
    trains = may_train(request)
    context = {
        "trains": trains,
        "households": households(loaded_world(), people()) if trains else [],
        "moved": abs(clock.offset().total_seconds()) >= 1,
        "now": clock.now(),
    }
    return render(request, "portal/home.html", context)
