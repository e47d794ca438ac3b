"""Events counted by name and outcome, for counters that never fall: each digest carries the counts on, through purges and resets."""

from collections import Counter

from django.db.models import Count, Min

from portal.trail.digests import entries
from portal.trail.digests.chain import is_genuine
from portal.trail.digests.models import Digest
from portal.trail.models import Event

NAMES = 300
"""Names and outcomes that are counted each by itself; further ones count as `OTHER`."""

OTHER = "other"

MOST = 50_000
"""Keys behind the newest digest that are looked at. The worker seals every minute; where none runs, counting stops here and does not fall."""

Totals = Counter[tuple[str, bool]]
"""How many events there were, by name and whether they succeeded."""


def sealed_totals(head: Digest | None) -> Totals:
    """Return the counts that the newest digest carries; nothing where there is none, or it is forged."""
    return Counter(entries.read_totals(head.totals) if head and is_genuine(head) else {})


def count(totals: Totals, name: str, *, succeeded: bool, number: int = 1) -> None:
    """Count events of a name."""
    key = (name, succeeded)
    totals[key if key in totals or len(totals) < NAMES else (OTHER, succeeded)] += number


def unsealed(head: Digest | None) -> Totals:
    """Return the counts of events newer than `head`: one query over at most `MOST` keys, names in the order of their first."""
    after = head.sealed_through if head else (Event.objects.order_by("id").values_list("id", flat=True).first() or 1) - 1
    newer = Event.objects.filter(id__gt=after, id__lte=after + MOST).values_list("event_name", "succeeded")
    found: Totals = Counter()
    for name, succeeded, number, _first in newer.annotate(number=Count("id"), first=Min("id")).order_by("first"):
        found[str(name), bool(succeeded)] += number
    return found


def with_newer(totals: Totals, newer: Totals) -> Totals:
    """Return the counts that sealing what `unsealed` counted would make of these: a name that finds no place counts as `OTHER` before as after."""
    merged = Counter(totals)
    for (name, succeeded), number in newer.items():
        count(merged, name, succeeded=succeeded, number=number)
    return merged
