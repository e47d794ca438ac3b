"""Rehearse a change: read what stands, apply the change to it in memory, and decide every cell as enforcement would."""

from collections.abc import Iterable
from datetime import datetime

from accounts.models import Principal, Role
from policies.simulator.changing import ChangeInvalid, ChangeProblem, problems_of
from policies.simulator.matrix import rehearsed
from policies.simulator.rehearsal import Cell, Rehearsal, explain_cell
from policies.simulator.scenario import Change, Place, Who
from policies.simulator.standing import read_standing
from portal.core import clock

__all__ = ["MOST_PEOPLE", "Cell", "ChangeInvalid", "ChangeProblem", "People", "Rehearsal", "explain_cell", "people_of", "problems_of", "rehearse"]

MOST_PEOPLE = 200
"""Principals of an account that are rehearsed unless some are chosen."""


class People(tuple[Who, ...]):  # noqa: SLOT001  # a tuple cannot have slots that are not empty
    """Principals of an account; `more` tells that there are others, who are not among them."""

    more = False


def rehearse(
    account_id: str, change: Change, whos: Iterable[Who], places: Iterable[Place], *, region: str = "", now: datetime | None = None
) -> Rehearsal:
    """Return what `change` would do to the sign-ins of `whos` from `places` to an account; each counts once.

    Both sides are as they are once every Region knows what has been put, so that the outcome does not hang on the seconds since the last
    change. `region` is the sign-in endpoint that is reached from places that name none; empty: the global one. The number of queries
    does not grow with that of principals and places. Raises ChangeInvalid, with every problem, where a document or statement of the
    change cannot be read.
    """
    whos = tuple(dict.fromkeys(whos))
    standing = read_standing(account_id, [who.arn for who in whos], now or clock.now())
    return rehearsed(standing, change, whos, tuple(dict.fromkeys(places)), region=region)


def people_of(account_id: str) -> People:
    """Return an account's root user, IAM users and roles, the first 200 of them; nobody where the account is not there.

    Who has no way to sign in whatever policies say is left out: disabled users, and a root user whose credentials were removed.
    """
    kinds = (Principal.Kind.ROOT, Principal.Kind.IAM_USER)
    rows = Principal.objects.filter(account_id=account_id, kind__in=kinds, is_active=True).exclude(
        kind=Principal.Kind.ROOT, account__has_root_credentials=False
    )
    arns = [row.arn for row in rows.order_by("-kind", "name_key")[: MOST_PEOPLE + 1]]
    roles = Role.objects.filter(account_id=account_id).order_by("name")[: MOST_PEOPLE + 1 - len(arns)] if len(arns) <= MOST_PEOPLE else ()
    arns += [role.arn for role in roles]
    people = People(Who.of(arn) for arn in arns[:MOST_PEOPLE])
    people.more = len(arns) > MOST_PEOPLE
    return people
