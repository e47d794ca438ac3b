"""`manage.py trail verify|seal`: tell whether the event log is as it was recorded; seal what is not sealed yet."""

import json
import re
import sys
from argparse import ArgumentParser, ArgumentTypeError
from typing import Any

from django.core.management.base import BaseCommand

from portal.trail.digests.entries import utc
from portal.trail.digests.models import Digest
from portal.trail.digests.sealing import seal
from portal.trail.digests.verification import Report, verify

_HEAD = re.compile(r"([0-9]{1,18}):([0-9a-f]{64})")


def _head(text: str) -> tuple[int, str]:
    found = _HEAD.fullmatch(text)
    if found is None:
        raise ArgumentTypeError("expected NUMBER:HASH, as `trail verify` prints the head")
    return int(found[1]), found[2]


class Command(BaseCommand):
    """Verifies the event log, or seals it now."""

    help = "Verify the event log by its digests (exit code 1: something was changed, is missing or was put in), or seal it now."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the two acts and what each takes."""
        acts = parser.add_subparsers(dest="act", required=True)
        look = acts.add_parser("verify", help="Walk along the digests and over all events, and name what is wrong.")
        look.add_argument("--head", type=_head, metavar="NUMBER:HASH", help="A head that was printed earlier and kept elsewhere: it must be there.")
        look.add_argument("--json", action="store_true", help="Print one JSON object.")
        acts.add_parser("seal", help="Seal what the worker would seal within the next minute.")

    def handle(self, *args: Any, act: str, **options: Any) -> None:
        """Do one of the two acts."""
        if act == "seal":
            made = seal()
            self.stdout.write(f"{_counted(sum(digest.count for digest in made), 'event')} sealed by {_counted(len(made), 'digest')}.")
            return
        report = verify(head=options["head"])
        if options["json"]:
            self.stdout.write(json.dumps(_document(report)))
        else:
            self._print(report)
        if not report.good:
            sys.exit(1)

    def _print(self, report: Report) -> None:
        write = self.stdout.write
        for finding in report.findings:
            write(finding.sentence)
        if report.further:
            write(f"And {report.further} more.")
        write(f"Digests: {report.digests}. Events verified: {report.present}, purged lawfully: {report.purged}, not sealed yet: {report.unsealed}.")
        if report.first and report.head:
            write(f"Begins: {_beginning(report.first)}")
            write(f"Sealed up to event {report.head.sealed_through}, at {utc(report.head.made_at)}.")
            write(f"Head: {_name(report.head)}")
        if report.good:
            write("Nothing was changed, removed, put in or re-ordered." if report.digests else "Nothing has been recorded.")
        else:
            write(f"Findings: {len(report.findings) + report.further}.")


def _counted(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"


def _name(digest: Digest) -> str:
    return f"{digest.number}:{digest.digest}"


def _beginning(first: Digest) -> str:
    """Say where the chain begins, and why there."""
    why = "with the first digest ever"
    if first.kind == Digest.Kind.RESET:
        why = f"anew, when the world was put back at {utc(first.made_at)}"
    elif first.number != 1:
        why = "where older digests were dropped, their events' time being over"
    return f"digest {first.number}, after event {first.sealed_after}: {why}."


def _document(report: Report) -> dict[str, Any]:
    head = report.head
    return {
        "good": report.good,
        "digests": report.digests,
        "events": {"verified": report.present, "purged": report.purged, "unsealed": report.unsealed},
        "head": _name(head) if head else None,
        "sealed_through": head.sealed_through if head else None,
        "sealed_at": utc(head.made_at) if head else None,
        "findings": [finding.document() for finding in report.findings],
        "further_findings": report.further,
    }
