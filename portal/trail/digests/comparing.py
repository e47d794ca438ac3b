"""Compare the events that are there with what one digest lists: change, gap, insertion, re-order."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

from portal.trail.digests import entries
from portal.trail.digests.chain import intact_list, is_genuine
from portal.trail.digests.findings import Fault, Finding
from portal.trail.digests.models import Digest
from portal.trail.digests.reading import digest_of, fingerprints
from portal.trail.models import Event

PAGE = 200
"""Events read at once; a record may have 130 kB."""


@dataclass(slots=True)
class Comparison:
    """How many of a digest's events are `present`, how many were `purged` lawfully, and what is wrong with the rest."""

    present: int = 0
    purged: int = 0
    findings: list[Finding] = field(default_factory=list)


def compared(digest: Digest) -> Comparison:
    """Compare the events between the keys that a genuine digest covers with its list; where the list was changed, that is the finding."""
    text = intact_list(digest)
    if text is None:
        return Comparison(findings=[Finding(Fault.LIST, digest.number)])
    listed = entries.read_list(text)
    sealed_under = {fingerprint: key for key, fingerprint in listed.items() if fingerprint}
    result, left, joins = Comparison(), set(listed), False
    for key, found in _present(digest.sealed_after, digest.sealed_through):
        left.discard(key)
        result.present += key in listed
        if found == listed.get(key):
            joins = False
        elif found in sealed_under:
            result.findings.append(Finding(Fault.MOVED, digest.number, key, key, was=sealed_under[found]))
            joins = False
        else:
            joins = _add(result.findings, Finding(Fault.CHANGED if key in listed else Fault.INSERTED, digest.number, key, key), joins=joins)
    purged = _purged(digest, left)
    result.purged = len(purged)
    joins = False
    for key in listed:
        joins = key in left - purged and _add(result.findings, Finding(Fault.MISSING, digest.number, key, key), joins=joins)
    return result


def parted(keys: Sequence[int]) -> tuple[list[int], set[int]]:
    """Return those of these events that are as a genuine digest sealed them, in the order of keys, and those that are not.

    A list is read once for all of its events. What is not there any more is in neither.
    """
    unchanged, changed = list[int](), set[int]()
    digest, listed = None, dict[int, str]()
    for key, fingerprint in fingerprints(Event.objects.filter(id__in=keys).order_by("id")):
        if digest is None or not digest.sealed_after < key <= digest.sealed_through:
            covering = Digest.objects.filter(kind=Digest.Kind.SEALED, sealed_through__gte=key, sealed_after__lt=key)
            number = covering.order_by("number").values_list("number", flat=True).first()
            digest = digest_of(number) if number is not None else None
            text = intact_list(digest) if digest and is_genuine(digest) else None
            listed = entries.read_list(text) if text else {}
        if listed.get(key) == fingerprint:
            unchanged.append(key)
        else:
            changed.add(key)
    # The digests may have gone while they were looked for, with their events: the world was put back.
    return unchanged, set(Event.objects.filter(id__in=changed).values_list("id", flat=True))


def _add(findings: list[Finding], finding: Finding, *, joins: bool) -> bool:
    """Add a finding, or make the last one longer where this one `joins` it and tells of the same fault; return True: the next may join."""
    if joins and findings[-1].fault == finding.fault:
        findings[-1] = replace(findings[-1], last=finding.last)
    else:
        findings.append(finding)
    return True


def _present(after: int, through: int) -> Iterator[tuple[int, str]]:
    """Yield key and fingerprint of each event between two keys, the second inclusive; the fingerprint of what cannot be read is empty."""
    while True:
        within = Event.objects.filter(id__gt=after, id__lte=through).order_by("id")
        page = fingerprints(within[:PAGE])
        yield from page
        if len(page) < PAGE:
            return
        after = page[-1][0]


def _purged(digest: Digest, missing: set[int]) -> set[int]:
    """Return those of the missing events that a genuine digest of a purge lists. Read after the events: both go in one transaction."""
    found: set[int] = set()
    number = digest.number
    while left := missing - found:
        told = Digest.objects.filter(kind=Digest.Kind.PURGED, number__gt=number, first_id__lte=max(left), last_id__gte=min(left))
        following = told.order_by("number").values_list("number", flat=True).first()
        if following is None:
            break
        number = following
        purge = digest_of(number)
        if purge and is_genuine(purge) and (text := intact_list(purge)) is not None:
            found |= entries.read_keys(text) & missing
    return found
