"""The table of who can sign in with what, asked from the running portal."""

import http.client
import json
from typing import Any

COLUMNS = ("kind", "account", "sign in as", "password", "TOTP secret")
NARROWEST_NOTE = 40
"""Columns that a note needs beside the table; with fewer it goes below its row."""


def fetch_people(port: int) -> list[dict[str, Any]]:
    """Return the demo world's people as the training controls list them; none where training is off or kept for operators."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    try:
        connection.request("GET", "/training/api/world", headers={"Host": f"localhost:{port}", "X-Training": "1", "Accept": "application/json"})
        answer = connection.getresponse()
        body = answer.read()
        people: list[dict[str, Any]] = json.loads(body)["people"] if answer.status == 200 else []
    except (OSError, http.client.HTTPException, ValueError, KeyError):
        people = []
    finally:
        connection.close()
    return people


def _row(person: dict[str, Any]) -> tuple[str, ...]:
    account = " ".join(str(person[key]) for key in ("account", "alias") if person.get(key))
    name = person.get("username") or person.get("email") or ""
    return (
        str(person.get("kind") or "").replace("_", " "),
        account,
        str(name),
        str(person.get("password") or "none"),
        str(person.get("totp_secret") or ""),
    )


def table(people: list[dict[str, Any]], *, width: int) -> str:
    """Return the people as aligned lines under a heading, for a terminal of `width` columns; an empty text for nobody."""
    if not people:
        return ""
    rows = [COLUMNS, *(_row(person) for person in people)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(COLUMNS))]
    lines = ["  ".join(value.ljust(wide) for value, wide in zip(row, widths, strict=True)) for row in rows]
    notes = ["note", *(str(person.get("note") or "") for person in people)]
    rule = "  ".join("-" * wide for wide in (*widths, len(notes[0])))
    if width - len(lines[0]) < NARROWEST_NOTE:
        return "\n".join([lines[0].rstrip(), rule, *(f"{line.rstrip()}\n    {note}" for line, note in zip(lines[1:], notes[1:], strict=True))])
    beside = [f"{line}  {note}".rstrip() for line, note in zip(lines, notes, strict=True)]
    return "\n".join([beside[0], rule, *beside[1:]])
