"""How an account's console access control stands: where console authorization is on, how many statements there are, and who knows of it."""

import math
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, Max, Q

from accounts.models import Account
from policies.models import ConsoleAuthorization, PermissionStatement
from portal.conf import conf
from portal.core.moments import Moment, moment


@dataclass(frozen=True, slots=True)
class Standing:
    """Console access control of an account, as the Region knows it in which changes are made.

    `own` tells whether console authorization is on for the account itself, `above` names the targets of its organisation (the organisation, its
    root) that it is on for. `manager` is the organisation's management account, empty without one; `is_manager`: it is this one.
    """

    own: bool
    above: tuple[str, ...]
    manager: str
    is_manager: bool
    statements: int
    changed_at: datetime | None

    @property
    def on(self) -> bool:
        """Whether console authorization is on for the account, by its own setting or its organisation's."""
        return self.own or bool(self.above)

    @property
    def is_full(self) -> bool:
        """Whether the account has as many statements as it may have."""
        return self.statements >= conf.statement_quota


@dataclass(frozen=True, slots=True)
class LastChange:
    """When something changed last; in `seconds` of the simulated clock the other Regions know, 0 where they do already."""

    at: Moment
    seconds: int


def standing_of(account: Account) -> Standing:
    """Return how console access control of an account stands; four queries at most."""
    organization = account.organization
    over = (organization.pk, organization.root_id) if organization else ()
    switches = ConsoleAuthorization.objects.filter(target__in=(account.pk, *over))
    on = set(switches.filter(removed_at=None).values_list("target", flat=True))
    dates = {"put": Max("created_at"), "removed": Max("removed_at")}
    held = PermissionStatement.objects.filter(account=account).aggregate(**dates, live=Count("pk", filter=Q(removed_at=None)))
    switched = switches.aggregate(**dates)
    known = [at for found in (held, switched) for at in (found["put"], found["removed"]) if at is not None]
    manager = str(organization.management_account_id or "") if organization else ""
    return Standing(
        own=account.pk in on,
        above=tuple(target for target in over if target in on),
        manager=manager,
        is_manager=manager == account.pk,
        statements=held["live"],
        changed_at=max(known, default=None),
    )


def last_change(standing: Standing, now: datetime) -> LastChange | None:
    """Return the last change, and how long the other Regions take to learn of it; None where nothing was ever changed."""
    if standing.changed_at is None:
        return None
    left = (standing.changed_at + conf.policy_propagation - now).total_seconds()
    return LastChange(moment(standing.changed_at), max(0, math.ceil(left)))
