"""What becomes of the chain when events go lawfully: a digest tells which were dropped, and digests of nothing but dropped events go too."""

from collections.abc import Sequence

from portal.trail.digests import entries
from portal.trail.digests.chain import append, appending, is_genuine
from portal.trail.digests.comparing import compared, parted
from portal.trail.digests.models import Digest
from portal.trail.digests.reading import digest_of
from portal.trail.models import Event

AT_ONCE = 100
"""Digests that are looked at, and dropped, in one go."""


def drop(keys: Sequence[int]) -> tuple[int, set[int]]:
    """Drop those of these sealed events that are as they were sealed; return how many went, and the keys of the others.

    A digest in the same transaction lists which went. The others stay, for what was changed has no time that could be over: somebody may have
    made it old so that the purge takes it away.
    """
    lawful, changed = parted(keys)
    with appending() as head:
        # Others may have dropped some meanwhile: whoever puts the world back, or purges as well.
        there = list(Event.objects.filter(id__in=lawful).order_by("id").values_list("id", flat=True))
        if head is not None and there:
            Event.objects.filter(id__in=there).delete()
            append(Digest.Kind.PURGED, after=head, listed=entries.keys_text(there), first_id=there[0], last_id=there[-1], count=len(there))
    return len(there), changed


def shorten() -> int:
    """Drop the oldest digests, as long as each event that they sealed was dropped lawfully; return how many.

    One digest with an event missing that no purge tells of stays, and so does what comes after it: what is wrong is not forgotten. Before
    digests go, one is appended that names the last of them, so that the rest begins at a place that somebody with the key vouches for.
    """
    dropped = 0
    while done := _shorten_some():
        dropped += done
    return dropped


def _shorten_some() -> int:
    over: list[Digest] = []
    for number in Digest.objects.order_by("number").values_list("number", flat=True)[:AT_ONCE]:
        digest = digest_of(number)  # one list at a time; None where the world was put back meanwhile
        if digest is None or not _is_over(digest):
            break
        digest.listed = ""
        over.append(digest)
    # What tells of purges alone is kept: each run would else drop the digest of the run before, and append another in its place.
    if not any(digest.kind == Digest.Kind.SEALED for digest in over):
        return 0
    last = over[-1]
    with appending() as head:
        if head is None or not Digest.objects.filter(number=last.number, digest=last.digest).exists():
            return 0
        append(Digest.Kind.SHORTENED, after=head, listed=entries.anchor_text(last.number, last.digest))
        return Digest.objects.filter(number__lte=last.number).delete()[0]


def _is_over(digest: Digest) -> bool:
    if not is_genuine(digest):
        return False
    if digest.kind != Digest.Kind.SEALED:
        return True
    comparison = compared(digest)
    return comparison.present == 0 and not comparison.findings
