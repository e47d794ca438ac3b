"""Walk along the chain and over all events that it covers. Memory is bounded: a page of digests and one of events at a time."""

import logging
from collections.abc import Iterator
from dataclasses import dataclass, field

from django.db.models import Max, Min

from portal.trail.digests import entries
from portal.trail.digests.chain import intact_list, is_genuine, newest
from portal.trail.digests.comparing import compared
from portal.trail.digests.fence import settled
from portal.trail.digests.findings import Fault, Finding
from portal.trail.digests.models import Digest
from portal.trail.digests.notes import begins_behind, note
from portal.trail.digests.reading import digest_of, digests
from portal.trail.digests.sealing import seal
from portal.trail.models import Event

MOST = 1000
"""Findings that a report keeps; further ones are counted."""

TRIES = 3
"""Walks that are begun anew because somebody put the world back meanwhile."""

logger = logging.getLogger("portal.trail")


@dataclass(slots=True)
class Report:
    """What a walk saw, and what is wrong.

    `present` sealed events are there and `purged` ones were dropped lawfully; `unsealed` ones are newer than the last digest. `first` and
    `head` are the oldest and the newest digest that are genuine, `head_number` is the number of the newest whether it is or not. `since` is
    the digest behind which the walk began; None for all.
    """

    digests: int = 0
    present: int = 0
    purged: int = 0
    unsealed: int = 0
    first: Digest | None = None
    head: Digest | None = None
    head_number: int = 0
    findings: list[Finding] = field(default_factory=list)
    further: int = 0
    since: int | None = None

    @property
    def good(self) -> bool:
        """Whether nothing is wrong."""
        return not self.findings

    def add(self, *findings: Finding) -> None:
        """Keep findings, up to `MOST`."""
        free = MOST - len(self.findings)
        self.findings.extend(findings[:free])
        self.further += max(0, len(findings) - free)


def verify(*, head: tuple[int, str] | None = None, since: int | None = None) -> Report:
    """Verify the log and return the report.

    `head` is number and hash of a digest that was the head once, kept elsewhere: it must be there. With `since`, the number of a digest that
    an earlier walk reached, only what lies behind that is looked at; if it is not there any more, as after a reset, all is.
    """
    for _ in range(TRIES):
        reset = _last_reset()
        report = _walk(head, since)
        if _last_reset() == reset:
            break
    return report


def verify_and_note() -> Report:
    """Verify what was sealed since the last good verification, or all if a day has passed since all was; write down how that went.

    What lies about is sealed first, and what cannot be sealed is a finding. So is a walk that fails.
    """
    report = Report()
    try:
        unsealed = _not_sealed()
        report = verify(since=begins_behind())
        report.add(*unsealed)
    except Exception:  # whatever it is, the page must not go on saying that all is well
        logger.exception("Verifying the event log failed.")
        report.add(Finding(Fault.FAILED, report.head_number))
    findings = len(report.findings) + report.further
    note(number=report.head.number if report.head else 0, events=report.present, findings=findings, since=report.since)
    return report


def _not_sealed() -> list[Finding]:
    """Seal, and return what stays unsealed though it is final and nobody seals at the same time."""
    through, before = settled(), newest()
    try:
        made = seal()
    except Exception:
        logger.exception("Sealing the event log failed.")
        made = []
    head = newest()
    if through is None or made or (head and head.number) != (before and before.number):
        return []
    reached = head.sealed_through if head else 0
    left = Event.objects.filter(id__gt=reached, id__lte=through).aggregate(first=Min("id"), last=Max("id"))
    return [Finding(Fault.UNSEALED, head.number if head else 0, left["first"], left["last"])] if left["first"] else []


def _last_reset() -> int:
    return Digest.objects.filter(kind=Digest.Kind.RESET).order_by("-number").values_list("number", flat=True).first() or 0


def _walk(wanted: tuple[int, str] | None, since: int | None) -> Report:
    report = Report()
    before = digest_of(since) if since else None
    if before is not None and is_genuine(before):
        report.since, report.head, report.head_number = before.number, before, before.number
    else:
        before = None
    for digest in digests(after=report.since):
        report.digests += 1
        report.head_number = digest.number
        if wanted and wanted[0] == digest.number and digest.digest != wanted[1]:
            report.add(Finding(Fault.HEAD, digest.number))
        found = list(_looked_at(digest, before, report))
        # What was dropped while it was looked at, lawfully or not, is for the digest that comes next to tell.
        if found and Digest.objects.filter(number=digest.number).exists():
            report.add(*found)
        before = digest
    if wanted and report.head_number < wanted[0]:
        report.add(Finding(Fault.HEAD, wanted[0]))
    report.unsealed = Event.objects.filter(id__gt=report.head.sealed_through if report.head else 0).count()
    if report.head_number == 0 and report.unsealed:
        report.add(Finding(Fault.NO_DIGESTS, 0))
    return report


def _looked_at(digest: Digest, before: Digest | None, report: Report) -> Iterator[Finding]:
    """Yield what is wrong with a digest, its place in the chain and the events that it covers, and count these in the report."""
    genuine = is_genuine(digest)
    if not genuine:
        yield Finding(Fault.FORGED, digest.number)
    yield from _linked(before, digest) if before else _begun(digest, genuine=genuine)
    if not genuine:
        return
    report.head = digest
    report.first = report.first or digest
    if digest.kind == Digest.Kind.SEALED:
        comparison = compared(digest)
        report.present += comparison.present
        report.purged += comparison.purged
        yield from comparison.findings
    elif intact_list(digest) is None:
        yield Finding(Fault.LIST, digest.number)


def _begun(digest: Digest, *, genuine: bool) -> Iterator[Finding]:
    """Yield what is wrong with the oldest digest being the oldest, and the events that lie before the first that it covers."""
    if digest.kind != Digest.Kind.RESET and not (digest.number == 1 and not digest.previous) and not _vouched(digest):
        yield Finding(Fault.NO_BEGINNING, digest.number)
    if genuine:
        below = Event.objects.filter(id__lte=digest.sealed_after).values_list("id", flat=True)
        first, last = below.order_by("id").first(), below.order_by("-id").first()
        if first is not None and last is not None:
            yield Finding(Fault.INSERTED, digest.number, first, last)


def _linked(before: Digest, digest: Digest) -> Iterator[Finding]:
    """Yield what is wrong with a digest coming after another. Where digests lie between, they may have been dropped since the walk began.

    The one of a reset begins the chain anew, wherever the walk is by then; it may be dropped itself before the walk ends.
    """
    if digest.number != before.number + 1:
        if digest.kind != Digest.Kind.RESET and not _vouched(digest):
            yield Finding(Fault.GONE, digest.number, before.sealed_through, digest.sealed_after, was=before.number)
    elif digest.previous != before.digest or digest.sealed_after != before.sealed_through:
        yield Finding(Fault.DETACHED, digest.number)


def _vouched(digest: Digest) -> bool:
    """Tell whether a genuine digest says that those before this one were dropped lawfully."""
    for number in Digest.objects.filter(kind=Digest.Kind.SHORTENED).order_by("-number").values_list("number", flat=True):
        told = digest_of(number)
        if told and is_genuine(told) and (text := intact_list(told)) and entries.read_anchor(text) == (digest.number - 1, digest.previous):
            return True
    return False
