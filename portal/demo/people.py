"""The table of who can sign in with what, asked from the running portal."""

import http.client
import json
from typing import Any

COLUMNS = ("kind", "account", "sign in as", "password", "note")


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
    name = person.get("username") or person.get("email") or ""
    account = " ".join(str(person[key]) for key in ("account", "alias") if person.get(key))
    values = (str(person.get("kind") or "").replace("_", " "), account, name, person.get("password") or "", person.get("note") or "")
    return tuple(str(value) for value in values)


def table(people: list[dict[str, Any]]) -> str:
    """Return the people as aligned lines under a heading; an empty text for nobody."""
    if not people:
        return ""
    rows = [COLUMNS, *(_row(person) for person in people)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(COLUMNS))]
    lines = ["  ".join(value.ljust(width) for value, width in zip(row, widths, strict=True)).rstrip() for row in rows]
    return "\n".join([lines[0], "  ".join("-" * width for width in widths), *lines[1:]])
