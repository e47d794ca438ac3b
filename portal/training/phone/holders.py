"""Whose phone it is: the identities of the simulated world, found by number, by name, or in the list of demo people."""

from collections.abc import Sequence

from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from accounts.models import Principal
from portal.conf import conf
from portal.core import ids
from portal.core.errors import NotFound
from portal.world.people import Person

NEWEST = 20
"""Identities made since the load that are listed; any other is found by its names."""
MOST_ID = 2**63 - 1


def holders() -> QuerySet[Principal]:
    """Return who has a phone: everybody but operators of a portal that others reach, who are real people with phones of their own."""
    found = Principal.objects.select_related("account")
    return found.exclude(kind=Principal.Kind.OPERATOR) if conf.reachable else found


def holder(principal_id: int) -> Principal:
    """Return the identity of this number; `NotFound` when there is none."""
    found = holders().filter(pk=principal_id).first() if principal_id <= MOST_ID else None
    if found is None:
        raise NotFound(_("There is no such phone. The world may have been reset: choose the identity again."))
    return found


def holder_named(*, account: str, username: str) -> Principal:
    """Return an IAM user by account (id or alias) and name, a root user by its account alone, an operator by its name alone."""
    key = ids.account_key(account)
    owned = holders().filter(Q(account_id=key) | Q(account__alias=key)) if account else holders()
    if account and username:
        found = owned.filter(kind=Principal.Kind.IAM_USER, name_key=ids.user_name_key(username))
    elif account:
        found = owned.filter(kind=Principal.Kind.ROOT)
    else:
        found = owned.filter(kind=Principal.Kind.OPERATOR, name_key=ids.user_name_key(username))
    principal = found.first()
    if principal is None:
        raise NotFound(_("There is no such identity. Name an account and a user name, an account alone for its root user, or an operator."))
    return principal


def holder_of(person: Person) -> Principal:
    """Return the identity of one of the world's people."""
    return holder_named(account=person.account, username=person.username)


def world_holders(people: Sequence[Person]) -> list[Principal]:
    """Return the world's people who still exist, in their order; one query."""
    names = {_key(person.kind, person.account, person.username) for person in people}
    theirs = Q(account_id__in={account for _kind, account, _name in names}) | Q(account=None)
    known = Q(kind=Principal.Kind.ROOT) | Q(name_key__in={name for _kind, _account, name in names})
    found = {_key(row.kind, row.account_id or "", row.name): row for row in holders().filter(theirs, known)}
    return [found[key] for person in people if (key := _key(person.kind, person.account, person.username)) in found]


def newest_holders(but: Sequence[Principal]) -> list[Principal]:
    """Return the newest identities besides those listed already."""
    listed = {principal.pk for principal in but}
    newest = holders().order_by("-pk")[: NEWEST + len(listed)]
    return [principal for principal in newest if principal.pk not in listed][:NEWEST]


def _key(kind: str, account: str, name: str) -> tuple[str, str, str]:
    return kind, account, "" if kind == Principal.Kind.ROOT else ids.user_name_key(name)
