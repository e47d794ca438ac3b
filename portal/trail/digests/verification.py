"""Walk along the chain and over all events that it covers. Memory is bounded: one digest's list and one page of events at a time."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from portal.conf import conf
from portal.core import clock
from portal.trail.digests import entries
from portal.trail.digests.chain import intact_list, is_genuine
from portal.trail.digests.comparing import compared
from portal.trail.digests.findings import Fault, Finding
from portal.trail.digests.models import Digest, Verification
from portal.trail.models import Event

MOST = 1000
"""Findings that a report keeps; further ones are counted."""

TRIES = 3
"""Walks that are begun anew because somebody put the world back meanwhile."""

PURPOSE = "trail-verification"
"""What the key of recorded verifications is derived for."""


@dataclass(slots=True)
class Report:
    """What a walk saw, and what is wrong.

    `present` sealed events are there and `purged` ones were dropped lawfully; `unsealed` ones are newer than the last digest. `first` and
    `head` are the oldest and the newest digest that are genuine, `head_number` is the number of the newest whether it is or not.
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

    @property
    def good(self) -> bool:
        """Whether nothing is wrong."""
        return not self.findings

    def add(self, *findings: Finding) -> None:
        """Keep findings, up to `MOST`."""
        free = MOST - len(self.findings)
        self.findings.extend(findings[:free])
        self.further += max(0, len(findings) - free)


def verify(*, head: tuple[int, str] | None = None) -> Report:
    """Verify the log and return the report. `head` is number and hash of a digest that was the head once, kept elsewhere: it must be there."""
    for _ in range(TRIES):
        since = _last_reset()
        report = _walk(head)
        if _last_reset() == since:
            break
    return report


def verify_and_note() -> Report:
    """Verify the log and write down how it went, for the page of the log. Notes older than events are kept are dropped."""
    report = verify()
    noted = Verification(
        verified_at=clock.now(),
        number=report.head.number if report.head else 0,
        events=report.present,
        findings=len(report.findings) + report.further,
    )
    noted.signature = entries.signature(_text(noted), purpose=PURPOSE, secrets=conf.secret_keys)
    noted.save(force_insert=True)
    Verification.objects.filter(verified_at__lt=clock.now() - conf.trail_retention).delete()
    return report


def is_genuine_note(noted: Verification) -> bool:
    """Tell whether a noted verification was noted by somebody with the portal's key."""
    return entries.is_signed(_text(noted), noted.signature, purpose=PURPOSE, secrets=conf.secret_keys)


def _text(noted: Verification) -> str:
    return entries.header({name: getattr(noted, name) for name in ("verified_at", "number", "events", "findings")})


def _last_reset() -> int:
    return Digest.objects.filter(kind=Digest.Kind.RESET).order_by("-number").values_list("number", flat=True).first() or 0


def _digests() -> Iterator[tuple[int, Digest | None]]:
    """Yield number and row of each digest, in order; None for a row that cannot be read."""
    reached = Digest.objects.order_by("number").values_list("number", flat=True)
    number = reached.first()
    while number is not None:
        try:
            yield number, Digest.objects.filter(number=number).first()
        except (TypeError, ValueError, OverflowError):  # SQLite keeps text in any column
            yield number, None
        number = reached.filter(number__gt=number).first()


def _walk(wanted: tuple[int, str] | None) -> Report:
    report = Report()
    before: Digest | None = None
    for number, digest in _digests():
        report.digests += 1
        report.head_number = number
        if wanted and wanted[0] == number and (digest is None or digest.digest != wanted[1]):
            report.add(Finding(Fault.HEAD, number))
        if digest is None:
            report.add(Finding(Fault.FORGED, number))
            continue
        found = list(_looked_at(digest, before, report))
        # What was dropped while it was looked at, lawfully or not, is for the digest that comes next to tell.
        if found and Digest.objects.filter(number=number).exists():
            report.add(*found)
        before = digest
    if wanted and report.head_number < wanted[0]:
        report.add(Finding(Fault.HEAD, wanted[0]))
    report.unsealed = Event.objects.filter(id__gt=report.head.sealed_through if report.head else 0).count()
    if not report.digests and report.unsealed:
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
    """Yield what is wrong with a digest coming after another. Where digests lie between, they may have been dropped since the walk began."""
    if digest.number != before.number + 1:
        if not _vouched(digest):
            yield Finding(Fault.GONE, digest.number, before.sealed_through, digest.sealed_after, was=before.number)
    elif digest.previous != before.digest or digest.sealed_after != before.sealed_through:
        yield Finding(Fault.DETACHED, digest.number)


def _vouched(digest: Digest) -> bool:
    """Tell whether a genuine digest says that those before this one were dropped lawfully."""
    for number in Digest.objects.filter(kind=Digest.Kind.SHORTENED).order_by("-number").values_list("number", flat=True):
        told = Digest.objects.filter(number=number).first()
        if told and is_genuine(told) and (text := intact_list(told)) and entries.read_anchor(text) == (digest.number - 1, digest.previous):
            return True
    return False
