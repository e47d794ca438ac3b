"""How far the log is sealed, and how the last verification went: what the page of the log says of it. Two queries, whatever its length."""

from dataclasses import dataclass
from datetime import datetime

from portal.trail.digests.models import Digest, Verification
from portal.trail.digests.verification import is_genuine_note


@dataclass(frozen=True, slots=True)
class Standing:
    """Until when the log is sealed and when it was verified last, by the portal's clock; `good` is None before there is a verification.

    A verification that nobody with the portal's key wrote down counts as none.
    """

    sealed_at: datetime | None
    verified_at: datetime | None
    findings: int
    good: bool | None


def standing() -> Standing:
    """Return how the log stands."""
    sealed = Digest.objects.filter(kind=Digest.Kind.SEALED).order_by("-number").values_list("made_at", flat=True).first()
    noted = Verification.objects.order_by("-id").first()
    if noted is not None and not is_genuine_note(noted):
        noted = None
    return Standing(
        sealed_at=sealed,
        verified_at=noted.verified_at if noted else None,
        findings=noted.findings if noted else 0,
        good=None if noted is None else noted.findings == 0,
    )
