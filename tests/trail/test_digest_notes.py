"""Verifications are written down, and later ones go on from there (security catalogue EVT-03)."""

# ruff: noqa: S608 -- the statements of somebody who owns the database, with keys of the test's own rows

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import DatabaseError, connection, transaction

from portal.core import clock
from portal.trail import tasks
from portal.trail.digests import alone, verification
from portal.trail.digests.findings import Fault
from portal.trail.digests.models import Digest, Verification
from portal.trail.digests.notes import begins_behind, newest_note
from portal.trail.digests.sealing import seal
from portal.trail.digests.standing import standing
from portal.trail.digests.verification import Report, verify, verify_and_note
from portal.trail.models import Event
from tests.trail.conftest import Happened, Sql, faults

pytestmark = pytest.mark.database


def fails(*_given: object, **_named: object) -> Report:
    """Fail as a database does."""
    raise DatabaseError("no")


def test_evt_03_a_walk_that_fails_is_a_finding(events: list[Event], monkeypatch: pytest.MonkeyPatch) -> None:
    assert verify_and_note().good
    assert standing().good
    monkeypatch.setattr(verification, "verify", fails)
    clock.advance(timedelta(hours=1))
    assert tasks.verify() is False
    assert standing().good is False


def test_evt_03_what_cannot_be_sealed_is_a_finding(events: list[Event], happened: Happened, monkeypatch: pytest.MonkeyPatch) -> None:
    odd = happened()
    monkeypatch.setattr(verification, "seal", fails)
    assert faults(verify_and_note()) == [(Fault.UNSEALED, odd.pk, odd.pk)]
    monkeypatch.undo()
    assert verify_and_note().good


def test_evt_03_a_verification_goes_on_from_the_last_good_one(events: list[Event], happened: Happened, sql: Sql) -> None:
    whole = verify_and_note()
    assert (whole.since, whole.digests, whole.present) == (None, 3, 9)
    clock.advance(timedelta(hours=1))
    nothing = verify_and_note()
    assert (nothing.since, nothing.digests, nothing.good) == (3, 0, True)
    later = happened()
    happened()
    seal()
    clock.advance(timedelta(hours=1))
    report = verify_and_note()
    assert (report.since, report.digests, report.present, report.good) == (3, 1, 2, True)
    assert begins_behind() == 4
    sql(f"DELETE FROM portal_event WHERE id = {later.pk}")
    clock.advance(timedelta(hours=1))
    assert verify_and_note().good
    clock.advance(timedelta(hours=22))
    assert faults(verify_and_note()) == [(Fault.MISSING, later.pk, later.pk)]
    # What was found is looked at each time, until it is put right.
    clock.advance(timedelta(hours=1))
    assert not verify_and_note().good


def test_evt_03_a_change_behind_the_last_good_verification_is_found(events: list[Event], happened: Happened, sql: Sql) -> None:
    verify_and_note()
    changed = happened()
    happened()
    seal()
    sql(f"UPDATE portal_event SET note = 'x' WHERE id = {changed.pk}")
    sql("UPDATE portal_digest SET previous = '' WHERE number = 4")
    assert (Fault.FORGED, 4, 4) in faults(verify(since=3))
    sql("DELETE FROM portal_digest WHERE number = 3")
    assert verify(since=3).since is None


def test_evt_03_a_walk_asks_once_for_many_digests(happened: Happened, django_assert_max_num_queries: Callable[[int], object]) -> None:
    for _ in range(30):
        happened()
    assert len(seal(batch=1)) == 30
    savepoints = 2 * 32 if connection.vendor == "postgresql" else 0
    with django_assert_max_num_queries(30 + 10 + savepoints):  # type: ignore[attr-defined]
        assert verify().present == 30


def test_evt_03_an_old_note_under_a_new_key_is_not_the_newest(events: list[Event], sql: Sql) -> None:
    verify_and_note()
    clock.advance(timedelta(hours=25))
    sql(f"DELETE FROM portal_event WHERE id = {events[4].pk}")
    verify_and_note()
    good = Verification.objects.order_by("id").first()
    assert good is not None
    good.pk = None
    good.save(force_insert=True)
    assert standing().good is False


def test_evt_03_a_note_of_a_part_is_not_one_of_the_whole(events: list[Event], sql: Sql) -> None:
    verify_and_note()
    clock.advance(timedelta(hours=1))
    verify_and_note()
    sql("UPDATE portal_verification SET since = NULL")
    assert newest_note() is None


def test_evt_03_a_note_that_cannot_be_read_counts_as_none(events: list[Event], sql: Sql) -> None:
    verify_and_note()
    with transaction.atomic():
        sql("UPDATE portal_verification SET verified_at = " + ("'-infinity'" if connection.vendor == "postgresql" else "'2026-00-99'"))
    assert standing().good is None


def test_evt_03_who_verifies_is_alone(db: None) -> None:
    held, go_on = threading.Event(), threading.Event()

    def hold() -> bool:
        with alone.alone() as free:
            held.set()
            assert go_on.wait(20)
        connection.close()
        return free

    with ThreadPoolExecutor(1) as other:
        first = other.submit(hold)
        assert held.wait(20)
        assert tasks.verify() is None
        go_on.set()
        assert first.result(20)
    assert tasks.verify() is True
    assert tasks.verify.acks_late is False


def test_evt_03_the_database_still_refuses_to_change_a_note(events: list[Event]) -> None:
    verify_and_note()
    with pytest.raises(DatabaseError, match="never changed"), transaction.atomic():
        Verification.objects.update(findings=0)
    assert Digest.objects.count() == 3
