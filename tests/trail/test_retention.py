"""Events are kept 90 days on the simulated clock."""

from datetime import timedelta

import pytest
from django.core.management import call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext

from portal.celery import app
from portal.core import clock
from portal.trail import retention, tasks
from portal.trail.models import Event
from tests.trail.conftest import Happened


def test_the_purge_drops_what_is_older_than_ninety_days_and_nothing_else(happened: Happened) -> None:
    happened(ago=timedelta(days=90, seconds=5))
    kept = happened(ago=timedelta(days=89, hours=23))
    assert retention.purge() == 1
    assert list(Event.objects.all()) == [kept]


def test_time_passes_on_the_simulated_clock(happened: Happened) -> None:
    happened()
    assert tasks.purge() == 0
    clock.advance(timedelta(days=91))
    assert tasks.purge() == 1
    assert not Event.objects.exists()


def test_the_purge_goes_batch_by_batch(happened: Happened) -> None:
    for _ in range(5):
        happened(ago=timedelta(days=100))
    with CaptureQueriesContext(connection) as captured:
        assert retention.purge(batch=2) == 5
    deletions = [query["sql"] for query in captured if query["sql"].startswith('DELETE FROM "portal_event"')]
    assert len(deletions) == 3


def test_a_setting_says_how_long(happened: Happened, monkeypatch: pytest.MonkeyPatch) -> None:
    happened(ago=timedelta(minutes=2))
    monkeypatch.setenv("PORTAL_TRAIL_SECONDS", "60")
    assert retention.purge() == 1


def test_the_command_says_what_it_did(happened: Happened, capsys: pytest.CaptureFixture[str]) -> None:
    happened(ago=timedelta(days=100))
    call_command("purge_trail")
    assert capsys.readouterr().out == "1 events dropped.\n"


def test_the_worker_purges_every_hour() -> None:
    entry = app.conf.beat_schedule["trail-purge"]
    assert entry["schedule"] == 3600.0
    assert app.tasks[entry["task"]].name == "portal.trail.tasks.purge"
