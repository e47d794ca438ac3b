"""Digests made while others write: two workers at once, transactions that commit late, the world put back in between."""

import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from datetime import timedelta

import pytest
from django.db import connection, transaction

from portal.conf import conf
from portal.core import clock
from portal.network.origin import Origin
from portal.trail import retention
from portal.trail.digests import chain
from portal.trail.digests.counting import sealed_totals, unsealed
from portal.trail.digests.fence import settled
from portal.trail.digests.findings import Fault
from portal.trail.digests.models import Digest
from portal.trail.digests.renewal import beginning_anew
from portal.trail.digests.sealing import seal
from portal.trail.digests.verification import verify
from portal.trail.identity import Identity
from portal.trail.models import Event
from portal.trail.names import EventName
from portal.trail.record import record
from portal.world import clearing
from portal.world.flows import load_world
from tests.races import racers

pytestmark = [pytest.mark.database, pytest.mark.django_db(transaction=True)]

Happen = Callable[[], Event]

SEVERAL_WRITERS = pytest.mark.skipif(not conf.database_url.startswith("postgres"), reason="SQLite has one writer: keys become visible in order")


@pytest.fixture
def happen(origin: Origin, carlos: Identity) -> Happen:
    """Record a sign-in, in whatever transaction there is."""
    return lambda: record(EventName.CONSOLE_LOGIN, identity=carlos, origin=origin, succeeded=True)


@contextmanager
def aside() -> Iterator[Callable[[Callable[[], object]], "Future[object]"]]:
    """Give a function that runs work in another thread, with a database connection of its own."""

    def leave() -> None:
        connection.close()

    with ThreadPoolExecutor(1) as thread:
        try:
            yield thread.submit
        finally:
            thread.submit(leave).result()


@pytest.mark.parametrize("batch", [1, 4, 1000])
def test_evt_03_of_workers_that_seal_at_once_one_makes_each_digest(happen: Happen, batch: int) -> None:
    with racers(6) as race:
        for _ in range(10):
            for _ in range(9):
                happen()
            made = [digest for digests in race(lambda: seal(batch=batch)) for digest in digests]
            assert len({digest.number for digest in made}) == len(made)
            seal(batch=batch)
    report = verify()
    assert report.good
    assert (report.present, report.unsealed) == (90, 0)
    assert sum(Digest.objects.values_list("count", flat=True)) == 90


def test_evt_03_events_recorded_while_they_are_sealed_are_each_sealed_once(happen: Happen) -> None:
    stop = threading.Event()

    def sign_in() -> int:
        made = 0
        while not stop.is_set() and made < 2000:
            with transaction.atomic():
                happen()
                if made % 7 == 0:
                    transaction.set_rollback(True)  # leaves a gap in the sequence
            made += 1
        connection.close()
        return made

    with ThreadPoolExecutor(4) as visitors:
        running = [visitors.submit(sign_in) for _ in range(4)]
        while Event.objects.count() < 300:
            seal(batch=20)
        stop.set()
        for each in running:
            each.result()
    seal(batch=20)
    report = verify()
    assert report.good, [finding.sentence for finding in report.findings]
    assert (report.present, report.unsealed) == (Event.objects.count(), 0)


@SEVERAL_WRITERS
def test_evt_03_what_commits_late_is_waited_for(happen: Happen) -> None:
    inserted, commit = threading.Event(), threading.Event()

    def slow() -> int:
        with transaction.atomic():
            event = happen()
            inserted.set()
            assert commit.wait(20)
        return event.pk

    with aside() as run, aside() as run_sealing:
        first = run(slow)
        assert inserted.wait(20)
        later = happen().pk
        sealing = run_sealing(lambda: seal(patience=20))
        with pytest.raises(TimeoutError):
            sealing.result(0.5)
        commit.set()
        assert first.result() < later  # type: ignore[operator]  # a key
        sealing.result(20)
    assert list(Digest.objects.values_list("count", flat=True)) == [2]
    assert verify().good


@SEVERAL_WRITERS
def test_evt_03_nothing_is_sealed_while_a_transaction_goes_on_for_long(happen: Happen) -> None:
    inserted, commit = threading.Event(), threading.Event()

    def slow() -> None:
        with transaction.atomic():
            happen()
            inserted.set()
            assert commit.wait(20)

    with aside() as run:
        first = run(slow)
        assert inserted.wait(20)
        happen()
        assert settled(patience=0.2) is None
        assert seal(patience=0.2) == []
        commit.set()
        first.result(20)
    assert [digest.count for digest in seal()] == [2]
    assert verify().good


@SEVERAL_WRITERS
def test_evt_03_an_event_that_commits_during_a_reset_is_counted_or_stays(happen: Happen, world: object, monkeypatch: pytest.MonkeyPatch) -> None:
    happen()
    seal()
    happen()
    clear_tables = clearing.clear_tables

    def clear_late() -> None:
        run(happen).result(20)
        clear_tables()

    monkeypatch.setattr("portal.world.flows.clear_tables", clear_late)
    with aside() as run:
        load_world(replace=True)
    head = chain.newest()
    assert sealed_totals(head).total() == 2
    assert unsealed(head).total() == 1
    seal()
    assert verify().good


def test_evt_03_a_reset_between_reading_and_sealing_wins(happen: Happen, monkeypatch: pytest.MonkeyPatch) -> None:
    happen()
    seal()
    happen()
    held, go_on = threading.Event(), threading.Event()
    appending = chain.appending

    @contextmanager
    def late() -> Iterator[Digest | None]:
        held.set()
        assert go_on.wait(20)
        with appending() as head:
            yield head

    monkeypatch.setattr("portal.trail.digests.sealing.appending", late)
    with aside() as run:
        sealing = run(seal)
        assert held.wait(20)
        with beginning_anew():
            Event.objects.all().delete()
            Digest.objects.all().delete()
        go_on.set()
        assert sealing.result(20) == []
    assert list(Digest.objects.values_list("number", "kind")) == [(2, Digest.Kind.RESET)]
    assert verify().good


def test_evt_03_purges_at_once_tell_of_each_event_once(happen: Happen) -> None:
    for _ in range(40):
        happen()
    clock.advance(timedelta(days=91))
    kept = happen()
    with racers(4) as race:
        assert sum(race(lambda: retention.purge(batch=7))) == 40
    assert list(Event.objects.all()) == [kept]
    report = verify()
    assert report.good, [finding.sentence for finding in report.findings]
    assert report.present == 1


def test_evt_03_nothing_lawful_that_goes_on_meanwhile_is_a_finding(happen: Happen, caplog: pytest.LogCaptureFixture) -> None:
    """Events are recorded, sealed and purged, digests dropped and the log begun anew, each in a thread, while it is verified again and again."""
    stop, failures = threading.Event(), list[str]()

    def again(work: Callable[[], object], pause: float) -> None:
        try:
            while not stop.wait(pause):
                work()
        except Exception as error:  # noqa: BLE001  # told below, where it fails the test
            failures.append(repr(error))
        finally:
            connection.close()

    def begin_anew() -> None:
        with beginning_anew():
            Event.objects.all().delete()
            Digest.objects.all().delete()

    works: list[tuple[Callable[[], object], float]] = [
        (happen, 0.001),
        (lambda: seal(batch=3), 0.01),
        (lambda: clock.advance(timedelta(days=30)), 0.05),
        (lambda: retention.purge(batch=4), 0.02),
        (begin_anew, 1.5),
    ]
    walks = 0
    with ThreadPoolExecutor(6) as others:
        running = [others.submit(again, work, pause) for work, pause in works]
        until = time.monotonic() + 8
        while time.monotonic() < until and not failures:
            failures += [finding.sentence for finding in verify().findings if finding.fault != Fault.NO_DIGESTS]
            walks += 1
        stop.set()
        for each in running:
            each.result(30)
    assert failures == []
    assert walks > 3
    assert "are kept" not in caplog.text
    seal()
    assert verify().good
