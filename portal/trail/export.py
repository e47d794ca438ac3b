"""Events in the shapes that people take away: pretty JSON, and CSV that no spreadsheet takes for a formula."""

import csv
import io
import json
from collections.abc import Iterable
from typing import Any

from portal.trail.models import Event

CSV_COLUMNS = ("eventTime", "eventName", "result", "identityType", "userName", "accountId", "sourceIPAddress", "awsRegion", "errorMessage", "eventID")


def contents(event: Event) -> dict[str, Any]:
    """Return an event's record as a mapping."""
    found: dict[str, Any] = json.loads(event.record)
    return found


def pretty(text: str) -> str:
    """Return JSON text laid out for reading; what is not ASCII stays escaped, so that no control or direction mark acts on the reader."""
    return json.dumps(json.loads(text), indent=2)


def neutral(cell: str) -> str:
    """Return a cell that a spreadsheet takes for text: what could begin a formula gets an apostrophe (OWASP, "CSV Injection")."""
    return f"'{cell}" if cell.lstrip().startswith(("=", "+", "-", "@")) or cell.startswith(("\t", "\r", "\n")) else cell


def csv_text(events: Iterable[Event]) -> str:
    """Return events as CSV (RFC 4180) with a line of column names, every cell neutralised."""
    buffer = io.StringIO()
    writer = csv.writer(buffer)
    writer.writerow(CSV_COLUMNS)
    for event in events:
        record = contents(event)
        identity = record["userIdentity"]
        row = (
            record["eventTime"],
            event.event_name,
            "Success" if event.succeeded else "Failure",
            identity["type"],
            identity.get("userName", ""),
            event.account_id,
            event.source_ip,
            event.region,
            record.get("errorMessage", ""),
            str(event.event_id),
        )
        writer.writerow([neutral(str(cell)) for cell in row])
    return buffer.getvalue()
