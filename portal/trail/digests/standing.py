"""How far the log is sealed, and how the last verification went: what the page of the log says of it. Three queries, whatever its length."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from portal.core import clock
from portal.trail.digests.models import Digest
from portal.trail.digests.notes import newest_note
from portal.trail.digests.reading import UNREADABLE

OLD = timedelta(hours=2)
"""Age from which a verification tells that the worker verifies no more."""


@dataclass(frozen=True, slots=True)
class Standing:
    """Until when the log is sealed and when it was verified last, by the portal's clock; `good` is None before there is a verification.

    `whole_at` is when the whole log was verified last, and `is_old` tells that nothing was for two hours. A verification that nobody with the
    portal's key wrote down counts as none.
    """

    sealed_at: datetime | None
    verified_at: datetime | None
    whole_at: datetime | None
    findings: int
    good: bool | None
    is_old: bool


def standing() -> Standing:
    """Return how the log stands."""
    noted = newest_note()
    whole = noted if noted is None or noted.since is None else newest_note(whole=True)
    return Standing(
        sealed_at=_sealed_at(),
        verified_at=noted.verified_at if noted else None,
        whole_at=whole.verified_at if whole else None,
        findings=noted.findings if noted else 0,
        good=None if noted is None else noted.findings == 0,
        is_old=noted is not None and noted.verified_at < clock.now() - OLD,
    )


def _sealed_at() -> datetime | None:
    try:
        found = Digest.objects.filter(kind=Digest.Kind.SEALED).order_by("-number").values_list("made_at", flat=True).first()
    except UNREADABLE:
        return None
    return found if isinstance(found, datetime) else None
