"""`manage.py trail`, and what the worker does with the sealed log by its timetable."""

# ruff: noqa: S608 -- the statements of somebody who owns the database, with keys of the test's own rows

import json
from datetime import timedelta
from typing import Any

import pytest
from django.core.management import call_command

from portal.celery import app
from portal.core import clock
from portal.trail import tasks
from portal.trail.digests import chain
from portal.trail.digests.models import Verification
from portal.trail.models import Event
from tests.trail.conftest import Happened, Sql

pytestmark = pytest.mark.database


def test_evt_03_the_worker_notes_how_verifying_went(events: list[Event], sql: Sql, caplog: pytest.LogCaptureFixture) -> None:
    assert tasks.verify()
    sql(f"DELETE FROM portal_event WHERE id = {events[4].pk}")
    clock.advance(timedelta(days=1, seconds=1))
    assert tasks.verify() is False
    assert f"Event {events[4].pk}: sealed by digest 2, gone" in caplog.text
    assert list(Verification.objects.order_by("id").values_list("number", "events", "findings")) == [(3, 9, 0), (3, 8, 1)]


def test_the_worker_seals_every_minute_and_verifies_every_hour() -> None:
    app.loader.import_default_modules()
    for name, task, seconds in (("trail-seal", tasks.seal, 60.0), ("trail-verify", tasks.verify, 3600.0)):
        entry = app.conf.beat_schedule[name]
        assert (entry["task"], entry["schedule"]) == (task.name, seconds)
        assert task.name in app.tasks


def test_the_command_says_what_it_verified(events: list[Event], capsys: pytest.CaptureFixture[str]) -> None:
    call_command("trail", "verify")
    said = capsys.readouterr().out
    head = chain.newest()
    assert head is not None
    assert "Digests: 3. Events verified: 9, purged lawfully: 0, not sealed yet: 0." in said
    assert f"Head: 3:{head.digest}\n" in said
    assert "with the first digest ever" in said
    assert "Nothing was changed, removed, put in or re-ordered." in said
    call_command("trail", "verify", head=(3, head.digest))


def test_the_command_exits_with_one_where_something_is_wrong(events: list[Event], sql: Sql, capsys: pytest.CaptureFixture[str]) -> None:
    sql(f"DELETE FROM portal_event WHERE id = {events[4].pk}")
    with pytest.raises(SystemExit) as left:
        call_command("trail", "verify")
    assert left.value.code == 1
    assert f"Event {events[4].pk}: sealed by digest 2, gone, and no purge tells of it." in capsys.readouterr().out


def test_the_command_prints_json(events: list[Event], sql: Sql, capsys: pytest.CaptureFixture[str]) -> None:
    call_command("trail", "verify", "--json")
    good: dict[str, Any] = json.loads(capsys.readouterr().out)
    assert (good["good"], good["events"]) == (True, {"verified": 9, "purged": 0, "unsealed": 0})
    with pytest.raises(SystemExit):
        call_command("trail", "verify", "--json", "--head", f"9{good['head']}")
    assert json.loads(capsys.readouterr().out)["findings"][0]["fault"] == "head_missing"


def test_the_command_seals_at_once(happened: Happened, capsys: pytest.CaptureFixture[str]) -> None:
    happened()
    call_command("trail", "seal")
    assert capsys.readouterr().out == "1 event sealed by 1 digest.\n"
    happened()
    happened()
    call_command("trail", "seal")
    assert capsys.readouterr().out == "2 events sealed by 1 digest.\n"
    call_command("trail", "seal")
    assert capsys.readouterr().out == "0 events sealed by 0 digests.\n"
