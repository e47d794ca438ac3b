"""Events counted by name and outcome, for counters that never fall: each digest carries the counts on, through purges and resets."""

from collections import Counter

from django.db.models import Count

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
    """Return the counts of events newer than `head`: one query over at most `MOST` keys."""
    after = head.sealed_through if head else (Event.objects.order_by("id").values_list("id", flat=True).first() or 1) - 1
    found: Totals = Counter()
    newer = Event.objects.filter(id__gt=after, id__lte=after + MOST).values_list("event_name", "succeeded").order_by()
    for name, succeeded, number in newer.annotate(number=Count("id")):
        count(found, name, succeeded=succeeded, number=number)
    return found
