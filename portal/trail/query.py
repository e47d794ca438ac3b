"""Reading events: filters that combine, newest first, pages by key."""

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db.models import Count, Q, QuerySet

from portal.core import clock
from portal.trail.models import Event

PAGE = 50
"""Events on one page."""

MOST = 200
"""Events in one answer, at most."""

CHART_DAYS = 14
CHART_LIMIT = 5_000
"""The chart counts no more than this many of the newest events, so that a busy log costs no more than a quiet one."""

SEARCH_DEPTH = 100_000
"""Newest events that a search by user name or address reads: neither has an index, since every sign-in would pay for it."""

_PRINCIPAL_ID = re.compile(r"[0-9]{12}|(?:AIDA|OPER)[A-Z2-7]{17}|AROA[A-Z2-7]{17}:[A-Za-z0-9_+=,.@-]{2,64}")


@dataclass(frozen=True, slots=True)
class Filters:
    """What an event must match; an empty part matches all.

    `principal` is a principal id (compared as it stands) or a user name (without regard to case). `since` is inclusive, `until` exclusive.
    """

    account: str = ""
    names: Sequence[str] = ()
    principal: str = ""
    source_ip: str = ""
    since: datetime | None = None
    until: datetime | None = None
    succeeded: bool | None = None

    def apply(self, events: QuerySet[Event]) -> QuerySet[Event]:
        """Return the events among `events` that match."""
        if self.account:
            events = events.filter(account_id=self.account)
        if self.names:
            events = events.filter(event_name__in=list(self.names))
        if self.principal:
            events = events.filter(_by(self.principal))
        if self.source_ip:
            events = events.filter(source_ip=self.source_ip)
        if self.source_ip or (self.principal and not _PRINCIPAL_ID.fullmatch(self.principal)):
            newest = Event.objects.order_by("-id").values_list("id", flat=True).first() or 0
            events = events.filter(id__gt=newest - SEARCH_DEPTH)
        if self.since:
            events = events.filter(event_time__gte=self.since)
        if self.until:
            events = events.filter(event_time__lt=self.until)
        if self.succeeded is not None:
            events = events.filter(succeeded=self.succeeded)
        return events


def _by(principal: str) -> Q:
    if _PRINCIPAL_ID.fullmatch(principal):
        return Q(principal_key=principal)
    return Q(record__icontains=f'"userName":{json.dumps(principal)}')


@dataclass(frozen=True, slots=True)
class Page:
    """Events, newest first; `older` is the cursor of the page after this one, or None at the end."""

    events: list[Event]
    older: int | None


def page(filters: Filters, *, before: int | None = None, after: int | None = None, limit: int = PAGE) -> Page:
    """Return at most `limit` matching events whose keys lie between the cursors `after` and `before`, both exclusive."""
    events = filters.apply(Event.objects.order_by("-id"))
    if before is not None:
        events = events.filter(id__lt=before)
    if after is not None:
        events = events.filter(id__gt=after)
    found = list(events[: limit + 1])
    return Page(events=found[:limit], older=found[limit - 1].id if len(found) > limit else None)


@dataclass(frozen=True, slots=True)
class Day:
    """How many events one day (UTC) had, and how many of them failed."""

    day: date
    total: int
    failed: int


def days(filters: Filters) -> list[Day]:
    """Return the last `CHART_DAYS` days of the simulated clock, oldest first, counted in one query over at most `CHART_LIMIT` events."""
    midnight = clock.now().replace(hour=0, minute=0, second=0, microsecond=0)
    starts = [midnight - timedelta(days=back) for back in reversed(range(CHART_DAYS))]
    counts: dict[str, Count] = {}
    for number, start in enumerate(starts):
        within = Q(event_time__gte=start, event_time__lt=start + timedelta(days=1))
        counts[f"total_{number}"] = Count("event_time", filter=within)
        counts[f"failed_{number}"] = Count("event_time", filter=within & Q(succeeded=False))
    newest = filters.apply(Event.objects.filter(event_time__gte=starts[0])).order_by("-event_time")[:CHART_LIMIT]
    found = newest.aggregate(**counts)
    return [Day(start.date(), found[f"total_{number}"], found[f"failed_{number}"]) for number, start in enumerate(starts)]
