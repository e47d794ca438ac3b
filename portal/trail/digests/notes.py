"""What verifying found, written down with a signature: the page of the log tells it, and the next walk goes on from there."""

from datetime import timedelta

from portal.conf import conf
from portal.core import clock
from portal.trail.digests import entries
from portal.trail.digests.models import Verification
from portal.trail.digests.reading import UNREADABLE

PURPOSE = "trail-verification"
"""What the key of recorded verifications is derived for."""

WHOLE = timedelta(days=1)
"""How often the whole chain is walked along, by the portal's clock."""


def note(*, number: int, events: int, findings: int, since: int | None) -> None:
    """Write down how a walk went. Notes older than events are kept are dropped."""
    noted = Verification(verified_at=clock.now(), number=number, events=events, findings=findings, since=since)
    noted.signature = entries.signature(_text(noted), purpose=PURPOSE, secrets=conf.secret_keys)
    noted.save(force_insert=True)
    Verification.objects.filter(verified_at__lt=clock.now() - conf.trail_retention).delete()


def newest_note(*, whole: bool = False) -> Verification | None:
    """Return the newest note, or the newest of a walk along the `whole` chain; None without one, or where nobody with the portal's key wrote it.

    Newest by what is signed: a key is not, and an older note under a new key is no newer. What was noted when the clock was ahead does not
    count until then.
    """
    noted = Verification.objects.filter(verified_at__lte=clock.now())
    if whole:
        noted = noted.filter(since=None)
    try:
        found = noted.order_by("-verified_at", "-number", "-id").first()
        return found if found and entries.is_signed(_text(found), found.signature, purpose=PURPOSE, secrets=conf.secret_keys) else None
    except UNREADABLE:
        return None


def begins_behind() -> int | None:
    """Return the digest behind which the next walk begins: the newest that a good one reached. None where the whole chain is due."""
    last, whole = newest_note(), newest_note(whole=True)
    if last is None or whole is None or last.findings or whole.findings or whole.verified_at < clock.now() - WHOLE:
        return None
    return last.number


def _text(noted: Verification) -> str:
    names = ("verified_at", "number", "events", "findings", *(("since",) if noted.since is not None else ()))
    return entries.header({name: getattr(noted, name) for name in names})
