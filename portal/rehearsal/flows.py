"""Save a rehearsal, find it again, work it out, and forget old ones."""

from datetime import timedelta

from django.utils.translation import gettext as _

from policies.simulator.flows import Rehearsal as Outcome
from policies.simulator.flows import rehearse
from portal.core import clock
from portal.core.errors import NotFound, TooMany
from portal.core.throttle import Window
from portal.network.origin import Origin, network_prefix
from portal.rehearsal.checking import Cast, Problems, checked
from portal.rehearsal.draft import Draft
from portal.rehearsal.models import Rehearsal
from portal.rehearsal.setting import Setting
from portal.rehearsal.visitors import Visitor

KEPT_FOR = timedelta(days=90)
"""How long a saved rehearsal can be looked at, on the simulated clock."""

MOST_KEPT = 5_000
"""Saved rehearsals; the oldest beyond these go first."""

BATCH = 500

BY_ADDRESS = Window("rehearsal-address", allowed=200, seconds=600)
BY_ANYONE = Window("rehearsal-anyone", allowed=3_000, seconds=3600)
"""Rehearsals that one network address saves in ten minutes, and that all save in an hour."""


def save(draft: Draft, setting: Setting, *, origin: Origin) -> Rehearsal | Problems:
    """Save a draft under a new key, or return all that is wrong with it. Raises TooMany."""
    for hit in (BY_ADDRESS.hit(network_prefix(origin.caller)), BY_ANYONE.hit()):
        if hit.wait:
            raise TooMany(_("Too many rehearsals were made. Try again in some minutes."), retry_after=hit.wait)
    found = checked(draft, setting)
    if isinstance(found, Problems):
        return found
    row = Rehearsal(account=setting.account, definition=draft.to_text(), created_at=clock.now())
    row.save(force_insert=True)
    return row


def saved(key: str, visitor: Visitor) -> Rehearsal:
    """Return a saved rehearsal with its account; raises NotFound alike where there is none and where the visitor may not rehearse its account."""
    row = Rehearsal.objects.select_related("account__organization").filter(pk=key, created_at__gt=clock.now() - KEPT_FOR).first()
    if row is None or not visitor.may(str(row.account_id)):
        raise NotFound(_("There is no such rehearsal. It may be older than 90 days, or of an account that you may not rehearse."))
    return row


def outcome_of(cast: Cast, setting: Setting) -> Outcome:
    """Return what a change does as things stand now; raises `policies.simulator.flows.ChangeInvalid`."""
    return rehearse(setting.account_id, cast.change, cast.whos, cast.places)


def purge() -> int:
    """Delete the rehearsals whose time is over, and the oldest beyond those that are kept; return how many."""
    limit = clock.now() - KEPT_FOR
    beyond = Rehearsal.objects.order_by("-created_at").values_list("created_at", flat=True)[MOST_KEPT : MOST_KEPT + 1].first()
    limit = max(limit, beyond) if beyond else limit
    dropped = 0
    while keys := list(Rehearsal.objects.filter(created_at__lte=limit).order_by("created_at").values_list("pk", flat=True)[:BATCH]):
        dropped += Rehearsal.objects.filter(pk__in=keys).delete()[0]
    return dropped
