"""The log is sealed by digests, and verifying it finds whatever was done to it (security catalogue EVT-03)."""

# ruff: noqa: S608 -- the statements of somebody who owns the database, with keys of the test's own rows

from collections.abc import Iterable
from datetime import timedelta

import pytest
from django.db import DatabaseError, connection, transaction

from portal.core import clock
from portal.trail import retention
from portal.trail.digests import chain, entries
from portal.trail.digests.findings import Fault
from portal.trail.digests.models import Digest
from portal.trail.digests.sealing import seal
from portal.trail.digests.verification import verify
from portal.trail.models import Event
from portal.world.flows import load_world
from tests.trail.conftest import Happened, Sql, faults

pytestmark = pytest.mark.database

NEW_KEY = "a-new-secret-of-some-forty-characters-0123"
OLD_KEY = "an-old-secret-of-some-forty-characters-456"


def accepted(statements: Iterable[str], sql: Sql) -> bool:
    """Run statements that put into a column what it cannot hold. SQLite takes them; PostgreSQL refuses each, and then this is False."""
    for statement in statements:
        if connection.vendor == "sqlite":
            sql(statement)
        else:
            with pytest.raises(DatabaseError), transaction.atomic():
                sql(statement)
    return connection.vendor == "sqlite"


def columns() -> str:
    return ", ".join(entries.CANONICAL)


def test_evt_03_what_was_recorded_is_sealed_once_and_verifies(events: list[Event]) -> None:
    report = verify()
    assert report.good
    assert (report.digests, report.present, report.purged, report.unsealed) == (3, 9, 0, 0)
    assert seal() == []
    assert [(one.first_id, one.last_id, one.count) for one in Digest.objects.order_by("number")] == [
        (events[start].pk, events[start + 2].pk, 3) for start in (0, 3, 6)
    ]
    assert verify(head=(report.head.number, report.head.digest) if report.head else None).good


def test_evt_03_events_are_counted_by_name_from_digest_to_digest(events: list[Event], happened: Happened) -> None:
    happened(succeeded=False)
    seal()
    head = chain.newest()
    assert head is not None
    assert entries.read_totals(head.totals) == {("ConsoleLogin", True): 9, ("ConsoleLogin", False): 1}


def test_evt_03_the_database_refuses_to_change_a_digest(events: list[Event]) -> None:
    for statement in ("UPDATE portal_digest SET count = 4", "UPDATE portal_digest SET listed = ''"):
        with pytest.raises(DatabaseError, match="never changed"), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(statement)
    with pytest.raises(DatabaseError, match="never changed"), transaction.atomic():
        Digest.objects.update(signature="")


@pytest.mark.parametrize(
    "change",
    [
        "record = replace(record, 'Carlos', 'Mallory')",
        "source_ip = '198.51.100.9'",
        "principal_key = ''",
        "account_id = '444455556666'",
        "event_name = 'CheckMfa'",
        "region = 'eu-west-1'",
        "note = '{}'",
        "succeeded = NOT succeeded",
        "event_time = '2020-01-01 00:00:00+00:00'",
        "event_id = '11111111111111111111111111111111'",
    ],
)
def test_evt_03_a_change_of_any_column_is_found(events: list[Event], sql: Sql, change: str) -> None:
    assert sql(f"UPDATE portal_event SET {change} WHERE id = {events[4].pk}") == 1
    assert faults() == [(Fault.CHANGED, events[4].pk, events[4].pk)]


def test_evt_03_what_no_event_has_is_found(events: list[Event], sql: Sql) -> None:
    changes = ((1, "event_time = '2026-99-99 00:00:00'"), (2, "event_id = 'nobody'"), (3, "record = CAST('00' AS blob)"), (4, "event_time = 7"))
    statements = [f"UPDATE portal_event SET {change} WHERE id = {events[key].pk}" for key, change in changes]
    # Both keep these: PostgreSQL has moments that Python has not, SQLite texts that are none.
    unread = "event_time = 'infinity'" if connection.vendor == "postgresql" else "record = CAST(x'ff' AS TEXT)"
    sql(f"UPDATE portal_event SET {unread} WHERE id = {events[7].pk}")
    found = [(Fault.CHANGED, events[7].pk, events[7].pk)]
    if accepted(statements, sql):
        found = [(Fault.CHANGED, events[1].pk, events[2].pk), (Fault.CHANGED, events[3].pk, events[4].pk), *found]
    assert faults() == found


def test_evt_03_deletions_are_found_and_told_together(events: list[Event], sql: Sql) -> None:
    sql(f"DELETE FROM portal_event WHERE id IN ({events[1].pk}, {events[2].pk}, {events[4].pk})")
    assert faults() == [(Fault.MISSING, events[1].pk, events[2].pk), (Fault.MISSING, events[4].pk, events[4].pk)]


def test_evt_03_a_row_put_into_a_gap_is_found(happened: Happened, sql: Sql) -> None:
    first, gone, last = happened(), happened(), happened()
    sql(f"DELETE FROM portal_event WHERE id = {gone.pk}")  # before it is sealed: as good as a sequence's gap
    seal()
    assert verify().good
    last_values = columns().replace("event_id", "'22222222222222222222222222222222'")
    sql(f"INSERT INTO portal_event (id, {columns()}) SELECT {gone.pk}, {last_values} FROM portal_event WHERE id = {last.pk}")
    assert faults() == [(Fault.INSERTED, gone.pk, gone.pk)]
    assert first.pk < gone.pk < last.pk


def test_evt_03_a_row_put_before_the_beginning_is_found(events: list[Event], sql: Sql) -> None:
    values = columns().replace("event_id", "'22222222222222222222222222222222'")
    sql(f"INSERT INTO portal_event (id, {columns()}) SELECT -5, {values} FROM portal_event WHERE id = {events[0].pk}")
    assert faults() == [(Fault.INSERTED, -5, -5)]


def test_evt_03_a_re_order_is_found_and_named(events: list[Event], sql: Sql) -> None:
    one, other = events[3].pk, events[5].pk
    for old, new in ((one, -1), (other, one), (-1, other)):
        sql(f"UPDATE portal_event SET id = {new} WHERE id = {old}")
    found = verify().findings
    assert [(finding.fault, finding.first, finding.was) for finding in found] == [(Fault.MOVED, one, other), (Fault.MOVED, other, one)]
    assert f"Event {one}: not what digest 2 sealed under this key, but what it sealed under {other}." == found[0].sentence


@pytest.mark.parametrize(
    "change",
    [
        *("count = 7", "first_id = 1000", "last_id = 1000", "made_at = '2020-01-01 00:00:00+00:00'", "kind = 'purged'", "totals = '{}'"),
        *("sealed_through = 1000", "sealed_after = 0", "signature = ''", "listed_digest = ''"),
    ],
)
def test_evt_03_a_changed_digest_is_found(events: list[Event], sql: Sql, change: str) -> None:
    sql(f"UPDATE portal_digest SET {change} WHERE number = 2")
    assert (Fault.FORGED, 2, 2) in faults()


@pytest.mark.parametrize("number", [2, 3])
def test_evt_03_an_unreadable_digest_is_found_and_holds_nothing_up(events: list[Event], happened: Happened, sql: Sql, number: int) -> None:
    unread = "made_at = 'infinity'" if connection.vendor == "postgresql" else "totals = CAST(x'ff' AS TEXT)"
    sql(f"UPDATE portal_digest SET {unread} WHERE number = {number}")
    assert faults() == [(Fault.FORGED, number, number)]
    happened()
    assert [digest.number for digest in seal()] == [4]
    assert faults() == [(Fault.FORGED, number, number)]


def test_evt_03_an_unreadable_event_that_is_not_sealed_holds_nothing_up(events: list[Event], happened: Happened, sql: Sql) -> None:
    odd = happened().pk
    unread = "event_time = 'infinity'" if connection.vendor == "postgresql" else "record = CAST(x'ff' AS TEXT)"
    sql(f"UPDATE portal_event SET {unread} WHERE id = {odd}")
    last = happened().pk
    assert [(digest.first_id, digest.last_id) for digest in seal()] == [(odd, last)]
    assert f"{odd} \n" in Digest.objects.get(number=4).listed
    assert verify().good
    sql(
        "UPDATE portal_event SET "
        + ("event_time = '2026-01-01 00:00:00+00:00'" if connection.vendor == "postgresql" else "record = '{}'")
        + f" WHERE id = {odd}"
    )
    assert faults() == [(Fault.CHANGED, odd, odd)]


def test_evt_03_a_digest_that_cannot_be_read_is_found(events: list[Event], sql: Sql) -> None:
    unreadable = "UPDATE portal_digest SET made_at = '2026-99-99 00:00:00' WHERE number = 2"
    odd = "UPDATE portal_digest SET totals = x'00ff', sealed_through = 'much' WHERE number = 3"
    if not accepted((unreadable, odd), sql):
        return
    assert {(Fault.FORGED, 2, 2), (Fault.FORGED, 3, 3)} <= set(faults())


def test_evt_03_a_changed_list_is_found(events: list[Event], sql: Sql) -> None:
    sql(f"DELETE FROM portal_event WHERE id = {events[4].pk}")
    listed = "".join(f"{line}\n" for line in Digest.objects.get(number=2).listed.splitlines() if not line.startswith(f"{events[4].pk} "))
    sql(f"UPDATE portal_digest SET listed = '{listed}' WHERE number = 2")
    assert faults() == [(Fault.LIST, 2, 2)]


def test_evt_03_who_lacks_the_key_forges_no_digest(events: list[Event], sql: Sql, monkeypatch: pytest.MonkeyPatch) -> None:
    """Somebody who knows the code and may do anything to the database makes a chain of their own; the key is another."""
    sql(f"DELETE FROM portal_event WHERE id = {events[4].pk}")
    sql("DELETE FROM portal_digest")
    monkeypatch.setenv("PORTAL_SECRET_KEYS", NEW_KEY)
    seal(batch=3)
    assert verify().good
    monkeypatch.delenv("PORTAL_SECRET_KEYS")
    assert [fault for fault, _, _ in faults()] == [Fault.FORGED] * 3


@pytest.mark.parametrize(("number", "found"), [(1, Fault.NO_BEGINNING), (2, Fault.GONE)])
def test_evt_03_a_missing_digest_is_found(events: list[Event], sql: Sql, number: int, found: Fault) -> None:
    sql(f"DELETE FROM portal_digest WHERE number = {number}")
    assert found in [fault for fault, _, _ in faults()]


def test_evt_03_missing_digests_are_named_with_the_events_that_they_covered(events: list[Event], sql: Sql) -> None:
    sql("DELETE FROM portal_digest WHERE number = 2")
    after, last = events[2].pk, events[5].pk
    assert [one.sentence for one in verify().findings] == [f"Digest 2: missing; events after {after} up to {last} cannot be verified."]


def test_evt_03_digests_that_were_renumbered_are_found(events: list[Event], sql: Sql) -> None:
    sql("DELETE FROM portal_digest WHERE number = 2")
    sql("UPDATE portal_digest SET number = 2 WHERE number = 3")
    assert [fault for fault, _, _ in faults()] == [Fault.FORGED, Fault.DETACHED]


def test_evt_03_the_end_of_the_chain_removed_is_found_by_a_head_kept_elsewhere(events: list[Event], sql: Sql) -> None:
    head = chain.newest()
    assert head is not None
    sql("DELETE FROM portal_digest WHERE number = 3")
    sql(f"DELETE FROM portal_event WHERE id > {events[5].pk}")
    assert verify().good
    assert faults(verify(head=(head.number, head.digest))) == [(Fault.HEAD, 3, 3)]


def test_evt_03_a_chain_made_anew_is_found_by_a_head_kept_elsewhere(events: list[Event], sql: Sql, happened: Happened) -> None:
    head = chain.newest()
    assert head is not None
    sql("DELETE FROM portal_digest WHERE number = 3")
    sql(f"DELETE FROM portal_event WHERE id = {events[8].pk}")
    happened()
    seal()
    assert verify().good
    assert faults(verify(head=(head.number, head.digest))) == [(Fault.HEAD, 3, 3)]


def test_evt_03_events_without_any_digest_are_a_finding(events: list[Event], sql: Sql) -> None:
    sql("DELETE FROM portal_digest")
    assert [fault for fault, _, _ in faults()] == [Fault.NO_DIGESTS]


def test_evt_03_nothing_recorded_is_nothing_wrong(db: None) -> None:
    assert seal() == []
    assert verify().good


def test_evt_03_keys_are_rotated(happened: Happened, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PORTAL_SECRET_KEYS", OLD_KEY)
    happened()
    seal()
    monkeypatch.setenv("PORTAL_SECRET_KEYS", f"{NEW_KEY},{OLD_KEY}")
    happened()
    seal()
    assert verify().good
    monkeypatch.setenv("PORTAL_SECRET_KEYS", NEW_KEY)
    assert faults() == [(Fault.FORGED, 1, 1)]


def test_evt_03_the_purge_leaves_a_log_that_verifies(happened: Happened) -> None:
    old = [happened(ago=timedelta(days=91)) for _ in range(2)]
    kept = happened(ago=timedelta(days=1))
    older = happened(ago=timedelta(days=100))
    assert retention.purge(batch=2) == 3
    assert list(Event.objects.all()) == [kept]
    report = verify()
    assert report.good
    assert (report.present, report.purged) == (1, 3)
    told = [sorted(entries.read_keys(one.listed)) for one in Digest.objects.filter(kind=Digest.Kind.PURGED).order_by("number")]
    assert told == [sorted((older.pk, old[0].pk)), [old[1].pk]]


def test_evt_03_digests_of_events_that_are_all_gone_go_too(events: list[Event], happened: Happened) -> None:
    clock.advance(timedelta(days=91))
    kept = happened()
    assert retention.purge() == 9
    report = verify()
    assert report.good
    assert (report.present, report.purged) == (1, 0)
    kinds = list(Digest.objects.order_by("number").values_list("number", "kind"))
    assert kinds == [(4, "sealed"), (5, "purged"), (6, "shortened")]
    assert retention.purge() == 0
    assert Digest.objects.count() == 3
    clock.advance(timedelta(days=91))
    assert retention.purge() == 1
    assert list(Digest.objects.order_by("number").values_list("number", "kind")) == [(8, "shortened")]
    happened()
    seal()
    assert verify().good
    assert kept.pk < Event.objects.get().pk


def test_evt_03_a_shortened_chain_shortened_further_is_found(events: list[Event], happened: Happened, sql: Sql) -> None:
    clock.advance(timedelta(days=91))
    happened()
    retention.purge()
    happened()
    seal()
    sql("DELETE FROM portal_digest WHERE number = 4")
    assert Fault.NO_BEGINNING in [fault for fault, _, _ in faults()]


def test_evt_03_a_head_from_before_a_lawful_beginning_is_no_finding(events: list[Event], happened: Happened) -> None:
    early = Digest.objects.get(number=1)
    clock.advance(timedelta(days=91))
    happened()
    retention.purge()
    assert verify(head=(early.number, early.digest)).good


def test_evt_03_an_event_made_old_by_hand_is_not_purged(events: list[Event], sql: Sql) -> None:
    sql(f"UPDATE portal_event SET event_time = '2020-01-01 00:00:00+00:00' WHERE id = {events[4].pk}")
    assert retention.purge() == 0
    assert faults() == [(Fault.CHANGED, events[4].pk, events[4].pk)]


def test_evt_03_what_is_wrong_outlives_the_purge(events: list[Event], happened: Happened, sql: Sql) -> None:
    sql(f"DELETE FROM portal_event WHERE id = {events[4].pk}")
    clock.advance(timedelta(days=91))
    happened()
    assert retention.purge() == 8
    assert faults() == [(Fault.MISSING, events[4].pk, events[4].pk)]
    assert not Digest.objects.filter(number=1).exists()
    assert Digest.objects.filter(number=2).exists()


def test_evt_03_a_purge_that_nobody_made_is_found(events: list[Event], sql: Sql, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PORTAL_SECRET_KEYS", NEW_KEY)
    with chain.appending() as head:
        assert head is not None
        key = events[4].pk
        sql(f"DELETE FROM portal_event WHERE id = {key}")
        chain.append(Digest.Kind.PURGED, after=head, listed=entries.keys_text([key]), first_id=key, last_id=key, count=1)
    monkeypatch.delenv("PORTAL_SECRET_KEYS")
    assert faults() == [(Fault.MISSING, events[4].pk, events[4].pk), (Fault.FORGED, 4, 4)]


def test_evt_03_a_reset_begins_the_chain_anew(world: object, happened: Happened) -> None:
    happened()
    seal()
    before = chain.newest()
    unsealed = happened()
    load_world(replace=True)
    assert before is not None
    assert [(one.number, one.kind, one.previous) for one in Digest.objects.all()] == [(2, Digest.Kind.RESET, before.digest)]
    assert verify().good
    after = happened()
    seal()
    report = verify(head=(before.number, before.digest))
    assert report.good
    assert report.present == 1
    assert unsealed.pk < after.pk
    head = chain.newest()
    assert head is not None
    assert entries.read_totals(head.totals)["ConsoleLogin", True] == 3


def test_evt_03_a_world_put_in_the_place_of_one_without_events_begins_no_chain(world: object) -> None:
    load_world(replace=True)
    assert not Digest.objects.exists()


def test_evt_03_a_reset_before_the_first_digest_carries_the_counts_on(world: object, happened: Happened) -> None:
    happened()
    load_world(replace=True)
    assert [(one.number, one.kind) for one in Digest.objects.all()] == [(1, Digest.Kind.RESET)]
    assert verify().good
    happened()
    seal()
    assert verify().good
    head = chain.newest()
    assert head is not None
    assert entries.read_totals(head.totals)["ConsoleLogin", True] == 2
