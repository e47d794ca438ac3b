"""Delivery: exactly once, again after a failure, never late, never to strangers."""

import os
import subprocess
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import connection, connections

from accounts.mail import delivery
from accounts.mail.kinds import MailKind
from accounts.mail.outbox import post
from accounts.mail.tasks import deliver, forget_old, sweep
from accounts.models import OutgoingMail
from portal.conf import conf
from portal.core import clock
from portal.demo.parts import free_port
from portal.inbox.models import Message
from tests.mail.conftest import Sink

Post = Callable[..., OutgoingMail]
State = OutgoingMail.State


def test_a_mail_is_delivered_once(a_code: Post) -> None:
    mail = a_code("root@example.com")
    deliver(mail.pk)
    deliver(mail.pk)
    sweep()
    mail.refresh_from_db()
    assert mail.state == State.SENT
    assert mail.sent_at is not None
    assert mail.sealed_context == ""
    assert [message.recipient for message in Message.objects.all()] == ["root@example.com"]


@pytest.mark.database
@pytest.mark.django_db(transaction=True)
def test_flt_05_of_many_workers_exactly_one_sends(sink: Sink) -> None:
    for _ in range(10):
        post(MailKind.VERIFICATION_CODE, recipient="root@example.com", language="en", context={"code": "314159"})
        mail = OutgoingMail.objects.latest("id")

        def work(mail_id: int) -> bool:
            try:
                return delivery.deliver_one(mail_id)
            finally:
                connections.close_all()

        with ThreadPoolExecutor(8) as pool:
            assert sorted(pool.map(work, [mail.pk] * 8)) == [False] * 7 + [True]
    assert len(sink.taken) == len(sink.message_ids) == Message.objects.count() == 10
    connection.close()


@pytest.mark.database
@pytest.mark.django_db(transaction=True)
def test_flt_05_a_worker_killed_in_mid_delivery_leaves_its_mail_to_the_next(a_code: Post, sink: Sink, database_url: str) -> None:
    mail = a_code()
    sink.stall = True
    program = f"import django; django.setup(); from accounts.mail import delivery; delivery.deliver_one({mail.pk})"
    worker = subprocess.Popen([sys.executable, "-c", program], env=os.environ | {"PORTAL_DATABASE_URL": database_url})
    deadline = time.monotonic() + 30
    while not sink.taken and time.monotonic() < deadline:
        time.sleep(0.02)
    worker.kill()
    worker.wait()
    sink.stall = False
    mail.refresh_from_db()
    assert (mail.state, mail.tries) == (State.QUEUED, 1)
    sweep()
    assert len(sink.taken) == 1
    clock.advance(delivery.LEASE + timedelta(seconds=1))
    sweep()
    mail.refresh_from_db()
    assert mail.state == State.SENT
    assert len(sink.message_ids) == 1
    assert Message.objects.count() == 1


def test_flt_05_a_mail_whose_worker_died_is_sent_after_the_lease(a_code: Post) -> None:
    mail = a_code()
    claimed_until = clock.now() + delivery.LEASE
    OutgoingMail.objects.filter(pk=mail.pk).update(tries=1, not_before=claimed_until)
    sweep()
    assert not Message.objects.exists()
    clock.advance(delivery.LEASE + timedelta(seconds=1))
    sweep()
    assert Message.objects.count() == 1


def test_flt_05_a_mail_that_kills_its_workers_is_given_up(a_code: Post) -> None:
    mail = a_code()
    OutgoingMail.objects.filter(pk=mail.pk).update(tries=delivery.MAX_TRIES, not_before=clock.now() - timedelta(seconds=1))
    sweep()
    mail.refresh_from_db()
    assert (mail.state, mail.sealed_context) == (State.FAILED, "")


def test_flt_04_a_refused_mail_waits_longer_each_time_and_then_fails(a_code: Post, sink: Sink) -> None:
    mail = a_code()
    sink.answers = ["451 later"] * 4 + ["554 never"] * 4
    waits = []
    for _ in range(delivery.MAX_TRIES):
        assert delivery.due().count() == 1
        sweep()
        mail.refresh_from_db()
        waits.append((mail.not_before - clock.now()).total_seconds())
        sweep()  # not due: the server is not asked again
        clock.advance(mail.not_before - clock.now() + timedelta(seconds=1))
    assert sink.answers == []
    assert [round(wait) for wait in waits[:-1]] == [5, 10, 20, 40, 80, 160, 320]
    assert (mail.state, mail.tries, mail.sealed_context) == (State.FAILED, delivery.MAX_TRIES, "")
    assert sink.taken == []


@pytest.mark.parametrize("trouble", ["closed port", "451 later", "554 never"])
def test_flt_04_a_mail_arrives_once_the_server_is_well_again(a_code: Post, sink: Sink, monkeypatch: pytest.MonkeyPatch, trouble: str) -> None:
    well = conf.smtp_url
    mail = a_code(code="271828")
    if trouble == "closed port":
        monkeypatch.setenv("PORTAL_SMTP_URL", f"smtp://127.0.0.1:{free_port()}")
    else:
        sink.answers = [trouble]
    sweep()
    mail.refresh_from_db()
    assert (mail.state, mail.tries) == (State.QUEUED, 1)
    monkeypatch.setenv("PORTAL_SMTP_URL", well)
    clock.advance(delivery.FIRST_WAIT + timedelta(seconds=1))
    sweep()
    mail.refresh_from_db()
    assert mail.state == State.SENT
    assert len(sink.taken) == 1
    assert "271828" in str(sink.taken[0].get_body(("plain",)).get_content())  # type: ignore[attr-defined]
    assert Message.objects.count() == 1


def test_flt_04_a_server_that_dies_after_data_shows_the_mail_once(a_code: Post, sink: Sink) -> None:
    mail = a_code()
    sink.hang_up = True
    sweep()
    mail.refresh_from_db()
    assert mail.state == State.QUEUED
    clock.advance(delivery.FIRST_WAIT + timedelta(seconds=1))
    sweep()
    mail.refresh_from_db()
    assert mail.state == State.SENT
    assert len(sink.taken) == 2
    assert len(sink.message_ids) == 1
    assert Message.objects.count() == 1


def test_flt_04_a_worthless_code_is_not_sent_late(a_code: Post, sink: Sink) -> None:
    mail = a_code(worthless_after=clock.now() + timedelta(minutes=10))
    clock.advance(timedelta(minutes=10, seconds=1))
    sweep()
    mail.refresh_from_db()
    assert (mail.state, mail.sealed_context) == (State.DISCARDED, "")
    assert sink.taken == []
    assert not Message.objects.exists()


def test_a_clock_put_back_does_not_hold_up_the_queue(a_code: Post) -> None:
    clock.advance(timedelta(days=30))
    never_tried, tried = a_code(), a_code()
    OutgoingMail.objects.filter(pk=tried.pk).update(tries=1, not_before=clock.now() + delivery.FIRST_WAIT)
    clock.reset()
    sweep()
    assert {mail.state for mail in OutgoingMail.objects.filter(pk__in=[never_tried.pk, tried.pk])} == {State.SENT}


@pytest.mark.parametrize("training", ["1", "0"])
@pytest.mark.parametrize("with_server", [True, False])
def test_ml_05_no_mail_goes_to_a_stranger(a_code: Post, sink: Sink, monkeypatch: pytest.MonkeyPatch, training: str, with_server: bool) -> None:
    monkeypatch.setenv("PORTAL_TRAINING", training)
    if not with_server:
        monkeypatch.setenv("PORTAL_SMTP_URL", "")
    mail = a_code("someone@gmail.com")
    sweep()
    mail.refresh_from_db()
    assert (mail.state, mail.tries, mail.sealed_context) == (State.FAILED, 1, "")
    assert sink.taken == []
    assert not Message.objects.exists()


def test_ml_05_mail_goes_to_the_operators_own_domain(a_code: Post, sink: Sink, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PORTAL_MAIL_DOMAINS", "training.anycompany.org")
    a_code("trainee@training.anycompany.org")
    sweep()
    assert sink.envelopes == [("portal@training.anycompany.test", ["trainee@training.anycompany.org"])]


@pytest.mark.parametrize("sender", ["", "no-reply@signin.aws", "no-reply@amazon.com", "portal@x.amazonaws.com"])
def test_ml_05_a_real_server_needs_a_sender_that_is_not_the_clouds(a_code: Post, sink: Sink, monkeypatch: pytest.MonkeyPatch, sender: str) -> None:
    monkeypatch.setenv("PORTAL_MAIL_SENDER", sender)
    mail = a_code()
    sweep()
    mail.refresh_from_db()
    assert mail.state == State.FAILED
    assert sink.taken == []


def test_a_mail_that_cannot_be_written_does_not_stop_the_ones_behind_it(a_code: Post) -> None:
    broken, unreadable, fine = a_code(), a_code(), a_code()
    OutgoingMail.objects.filter(pk=broken.pk).update(kind="no_such_kind")
    OutgoingMail.objects.filter(pk=unreadable.pk).update(sealed_context="altered")
    sweep()
    states = [OutgoingMail.objects.get(pk=mail.pk).state for mail in (broken, unreadable, fine)]
    assert states == [State.FAILED, State.FAILED, State.SENT]


def test_old_rows_are_forgotten(a_code: Post) -> None:
    sent = a_code()
    sweep()
    clock.advance(conf.trail_retention + timedelta(days=1))
    waiting = a_code()
    forget_old()
    assert list(OutgoingMail.objects.values_list("pk", flat=True)) == [waiting.pk]
    assert sent.pk != waiting.pk
