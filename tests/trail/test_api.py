"""`/trail/api/events`: answers, cursors, and a clear 400 for what cannot be read."""

import csv
import io
import json
from datetime import timedelta
from typing import Any
from urllib.parse import quote

import pytest
from django.test import Client

from portal.core import clock
from portal.trail.identity import Identity
from portal.trail.models import Event
from portal.trail.names import EventName
from tests.trail.conftest import Happened

API = "/trail/api/events"


def ask(client: Client, **asked: Any) -> dict[str, Any]:
    """Return the API's answer."""
    response = client.get(API, asked)
    assert response.status_code == 200, response.content
    assert response.headers["Content-Type"] == "application/json"
    answer: dict[str, Any] = response.json()
    assert set(answer) == {"events", "next"}
    return answer


def ids(answer: dict[str, Any]) -> list[str]:
    """Return the event IDs of an answer."""
    return [record["eventID"] for record in answer["events"]]


def test_records_are_what_was_recorded_newest_first(client: Client, happened: Happened) -> None:
    first, second = happened(), happened(EventName.CONSOLE_LOGOUT)
    answer = ask(client)
    assert answer == {"events": [json.loads(second.record), json.loads(first.record)], "next": None}


def test_an_empty_log_is_an_empty_list(client: Client, db: None) -> None:
    assert ask(client) == {"events": [], "next": None}


def test_filters_combine(client: Client, happened: Happened) -> None:
    happened()
    wanted = happened(EventName.CONSOLE_LOGOUT, succeeded=False)
    happened(EventName.CONSOLE_LOGOUT)
    found = ask(client, account="1111-2222-3333", name="ConsoleLogout", result="failure", source="203.0.113.7", principal="carlos")
    assert ids(found) == [str(wanted.event_id)]
    assert ids(ask(client, account="444455556666")) == []
    assert len(ids(ask(client, name=["ConsoleLogout", "ConsoleLogin"]))) == 3


def test_next_leads_through_the_whole_log(client: Client, happened: Happened) -> None:
    events = [str(happened().event_id) for _ in range(5)]
    found: list[str] = []
    answer = ask(client, limit=2)
    found += ids(answer)
    while answer["next"]:
        happened(EventName.CONSOLE_LOGOUT)
        answer = ask(client, limit=2, before=answer["next"], name="ConsoleLogin")
        found += ids(answer)
    assert found == events[::-1]


def test_after_takes_a_cursor_an_event_id_and_a_time(client: Client, happened: Happened) -> None:
    old = happened(ago=timedelta(hours=2))
    new = happened()
    assert ids(ask(client, after=str(old.pk))) == [str(new.event_id)]
    assert ids(ask(client, after=str(old.event_id))) == [str(new.event_id)]
    assert ids(ask(client, after=(clock.now() - timedelta(hours=1)).isoformat())) == [str(new.event_id)]
    assert len(ids(ask(client, after="2020-01-01"))) == 2
    assert ids(ask(client, after=str(new.event_id))) == []
    assert ids(ask(client, before=str(new.event_id))) == [str(old.event_id)]


@pytest.mark.parametrize(
    "query",
    [
        "account=12345",
        "account=anycompany",
        "account=1111%002222",
        "account=" + "1" * 5000,
        "account=%ED%A0%80",
        "account=１１１１２２２２３３３３",
        "account=111122223333&account=444455556666",
        "name=Nonsense",
        "name=%00",
        "name=" + "A" * 9000,
        "source=office",
        "source=999.1.1.1",
        "principal=%00",
        "principal=" + "A" * 129,
        "result=maybe",
        "since=yesterday",
        "since=2026-13-40T00:00",
        "since=0001-01-01T00:00:00%2B14:00",
        "since=9999-12-31T23:59:59-14:00",
        "until=%00",
        "until=" + "2" * 5000,
        "after=soon",
        "after=%00",
        "after=" + "9" * 40,
        "after=2026-11-23&after=2026-11-24",
        "after=0001-01-01T00:00:00%2B14:00",
        "after=00000000-0000-4000-8000-000000000000",
        "before=2026-11-23",
        "before=-1",
        "before=1&before=2",
        "before=%F0%9F%92%A3",
        "before=１２",
        "limit=0",
        "limit=201",
        "limit=-1",
        "limit=ten",
        "limit=1e2",
        "limit=" + "9" * 5000,
        "limit=5&limit=6",
        "format=xml",
    ],
)
def test_what_cannot_be_read_is_a_400_in_json(query: str, client: Client, db: None) -> None:
    response = client.get(f"{API}?{quote(query, safe='%&=+')}")
    assert response.status_code == 400
    assert response.headers["Content-Type"].startswith("application/json")
    assert response.json()["error"] == "invalid_request"
    assert response.json()["message"].endswith(".")


def test_only_get_is_answered(client: Client, db: None) -> None:
    assert client.put(API).status_code in {403, 405}


def test_evt_07_csv_neutralises_formulas_and_the_server_names_the_file(client: Client, happened: Happened) -> None:
    for name in ("=cmd|' /C calc'!A0", "+1", "-1", "@SUM(A1)", "\t=1", " =1", 'quo"te,\r\nline', "Carlos"):
        happened(identity=Identity.iam_user("111122223333", name, "AIDACKCEVSQ6C2EXAMPLE", "arn"))
    response = client.get(API, {"format": "csv"})
    assert response.headers["Content-Type"] == "text/csv; charset=utf-8"
    assert response.headers["Content-Disposition"] == 'attachment; filename="events.csv"'
    lines = list(csv.DictReader(io.StringIO(response.content.decode(), newline="")))
    assert [line["userName"] for line in reversed(lines)] == [
        "'=cmd|' /C calc'!A0", "'+1", "'-1", "'@SUM(A1)", "'\t=1", "' =1", 'quo"te,\r\nline', "Carlos",
    ]  # fmt: skip
    newest = Event.objects.latest("id")
    assert lines[0]["eventID"] == str(newest.event_id)
    assert (lines[0]["result"], lines[0]["accountId"], lines[0]["sourceIPAddress"]) == ("Success", "111122223333", "203.0.113.7")
