"""CloudTrail: look events up in the portal's log (CloudTrail user guide, "event history"; service model `cloudtrail` 2013-11-01)."""

import base64
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import QuerySet

from portal.awsapi.errors import CallRefused
from portal.awsapi.registry import Answer, Call, operation
from portal.core.tokens import keyed_digest, same
from portal.trail.models import Event
from portal.trail.names import PORTAL_SOURCE

HISTORY = timedelta(days=90)
"""How far back events are looked up (CloudTrail event history)."""
MOST_RESULTS = 50
BATCH = 200
MOST_READ = 5_000
"""Events that one call reads; where the page is not full by then it still has a token, as CloudTrail's may."""


@dataclass(frozen=True, slots=True)
class _Search:
    """What is looked for. `attributes` are pairs of key and value; events match that have all of them."""

    account: str
    region: str
    since: datetime
    until: datetime | None
    attributes: tuple[tuple[str, str], ...]

    def key(self) -> str:
        """Return what a token is bound to; the times are left out where the client left them out."""
        return json.dumps([self.account, self.region, self.until.isoformat() if self.until else "", self.attributes])

    def rows(self) -> QuerySet[Event]:
        """Return the events that may match, newest first: narrowed by what the table has columns for."""
        events = Event.objects.filter(account_id=self.account, region=self.region, event_time__gte=self.since).order_by("-id")
        if self.until is not None:
            events = events.filter(event_time__lte=self.until)
        for name, value in self.attributes:
            if name == "EventName":
                events = events.filter(event_name=value)
        return events

    def fits(self, record: Mapping[str, Any]) -> bool:
        """Tell whether a record has every attribute; what the cloud does not know it cannot find."""
        return record["eventSource"] != PORTAL_SOURCE and all(value in _values(record, name) for name, value in self.attributes)


def _values(record: Mapping[str, Any], name: str) -> set[str]:
    """Return the values that a record has for a lookup attribute."""
    resources = record.get("resources", ())
    known = {
        "EventId": {record["eventID"]},
        "EventName": {record["eventName"]},
        "ReadOnly": {"true" if record["readOnly"] else "false"},
        "Username": {_user_name(record)},
        "EventSource": {record["eventSource"]},
        "AccessKeyId": {record["userIdentity"].get("accessKeyId", "")},
        "ResourceName": {resource["ARN"] for resource in resources},
        "ResourceType": {resource["type"] for resource in resources},
    }
    return known.get(name, set())


def _user_name(record: Mapping[str, Any]) -> str:
    """Return who did it, as the event history lists it: a user's name, `root`, or the name of a role's session."""
    identity = record["userIdentity"]
    if identity["type"] == "Root":
        return "root"
    if identity["type"] == "AssumedRole":
        return str(identity["arn"]).rpartition("/")[2]
    return str(identity.get("userName", ""))


@operation("cloudtrail", reads=True)
def lookup_events(call: Call) -> Answer:
    """Return the events of the caller's account in this Region, newest first."""
    given = call.parameters
    if given.get("EventCategory"):
        return Answer({"Events": []})  # nothing here makes insights
    attributes = given.get("LookupAttributes", [])
    if len(attributes) > 1:
        raise CallRefused("InvalidLookupAttributesException", "Give one lookup attribute at most.")
    start, end = given.get("StartTime"), given.get("EndTime")
    if start is not None and end is not None and start > end:
        raise CallRefused("InvalidTimeRangeException", "The start time is after the end time.")
    since = max(start or call.now - HISTORY, call.now - HISTORY)
    pairs = tuple((attribute["AttributeKey"], attribute["AttributeValue"]) for attribute in attributes)
    search = _Search(call.signer.account, call.region, since, end, pairs)
    limit = given.get("MaxResults", MOST_RESULTS)
    found, older = _page(search, before=_key(search, given.get("NextToken", "")), limit=limit)
    return Answer({"Events": found, "NextToken": _token(search, older) if older else None})


def _page(search: _Search, *, before: int, limit: int) -> tuple[list[dict[str, Any]], int]:
    """Return at most `limit` events older than the key `before` (0: from the newest), and the key to go on from; 0 at the end."""
    found: list[dict[str, Any]] = []
    read = 0
    while read < MOST_READ:
        rows = search.rows().filter(id__lt=before) if before else search.rows()
        batch = list(rows[:BATCH])
        for event in batch:
            record = json.loads(event.record)
            if search.fits(record):
                if len(found) == limit:
                    return found, before
                found.append(_summary(event, record))
            before = event.pk
        if len(batch) < BATCH:
            return found, 0
        read += len(batch)
    return found, before


def _summary(event: Event, record: Mapping[str, Any]) -> dict[str, Any]:
    resources = [{"ResourceType": resource["type"], "ResourceName": resource["ARN"]} for resource in record.get("resources", ())]
    return {
        "EventId": record["eventID"],
        "EventName": record["eventName"],
        "ReadOnly": "true" if record["readOnly"] else "false",
        "AccessKeyId": record["userIdentity"].get("accessKeyId") or None,
        "EventTime": event.event_time,
        "EventSource": record["eventSource"],
        "Username": _user_name(record) or None,
        "Resources": resources,
        "CloudTrailEvent": event.record,
    }


def _token(search: _Search, before: int) -> str:
    text = f"{before}.{keyed_digest('lookup-events', search.key(), str(before))}"
    return base64.urlsafe_b64encode(text.encode()).decode()


def _key(search: _Search, token: str) -> int:
    """Return the key that a token goes on from; refuses a token of another search."""
    if not token:
        return 0
    try:
        before, _, digest = base64.urlsafe_b64decode(token).decode("ascii").partition(".")
        if before.isdecimal() and len(before) < 19 and same(digest, keyed_digest("lookup-events", search.key(), before)):
            return int(before)
    except ValueError:
        pass
    raise CallRefused("InvalidNextTokenException", "This token is not of the same search; repeat the parameters of the call that gave it.")
