"""Posting: one row in the caller's transaction, and a request that no broker can hold up."""

import time
from collections.abc import Callable
from contextlib import suppress

import pytest
import redis
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from accounts.mail.kinds import MailKind
from accounts.mail.outbox import post
from accounts.mail.tasks import sweep
from accounts.models import OutgoingMail
from portal.celery import app
from portal.core.errors import BadInput
from portal.demo.parts import free_port
from portal.inbox.models import Message

Post = Callable[..., OutgoingMail]


def test_a_code_is_not_readable_in_the_queue(a_code: Post) -> None:
    mail = a_code(code="271828")
    assert "271828" not in mail.sealed_context
    assert mail.state == OutgoingMail.State.QUEUED


def test_known_and_unknown_cost_the_same(a_code: Post) -> None:
    with CaptureQueriesContext(connection) as known:
        a_code("root@example.com")
    with CaptureQueriesContext(connection) as unknown:
        a_code("")
    shapes = [[query["sql"].split("VALUES")[0] for query in seen.captured_queries] for seen in (known, unknown)]
    assert shapes[0] == shapes[1]
    assert sum("INSERT" in sql for sql in shapes[0]) == 1


def test_a_decoy_is_discarded(a_code: Post) -> None:
    decoy = a_code("")
    sweep()
    decoy.refresh_from_db()
    assert decoy.state == OutgoingMail.State.DISCARDED
    assert decoy.sealed_context == ""
    assert not Message.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_a_rolled_back_request_sends_nothing(cache_client: redis.Redis) -> None:
    with suppress(LookupError), transaction.atomic():
        post(MailKind.WELCOME, recipient="root@example.com", language="en", context={"account_name": "A", "account_id": "111122223333"})
        raise LookupError
    assert not OutgoingMail.objects.exists()
    assert cache_client.llen("celery") == 0


@pytest.mark.django_db(transaction=True)
def test_the_worker_is_nudged_after_the_commit(cache_client: redis.Redis) -> None:
    with transaction.atomic():
        post(MailKind.VERIFICATION_CODE, recipient="root@example.com", language="en", context={"code": "314159"})
        time.sleep(0.1)
        assert cache_client.llen("celery") == 0
    deadline = time.monotonic() + 5
    while cache_client.llen("celery") == 0 and time.monotonic() < deadline:
        time.sleep(0.01)
    queued = cache_client.lrange("celery", 0, -1)
    assert len(queued) == 1
    assert b"314159" not in queued[0]


@pytest.mark.django_db(transaction=True)
def test_flt_04_a_broker_that_is_away_neither_fails_nor_delays_the_request(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(app.conf, "broker_write_url", f"redis://127.0.0.1:{free_port()}/0", raising=False)
    monkeypatch.setattr(app.amqp, "_producer_pool", None)
    started = time.monotonic()
    for _ in range(5):
        post(MailKind.VERIFICATION_CODE, recipient="root@example.com", language="en", context={"code": "314159"})
    assert time.monotonic() - started < 0.5
    sweep()
    assert Message.objects.count() == 5


@pytest.mark.parametrize(
    "address",
    [
        "root@example.com\r\nBcc: other@example.com",
        "root@example.com\n",
        "root@example.com,other@example.com",
        "Root <root@example.com>",
        "root@example.com;other@example.com",
        "root @example.com",
        "root@@example.com",
        "root@example.com\x00",
        "no-domain",
    ],
)
def test_ml_01_an_address_that_is_not_one_plain_address_is_bad_input(db: None, address: str) -> None:
    with pytest.raises(BadInput) as refused:
        post(MailKind.WELCOME, recipient=address, language="en", context={})
    assert refused.value.status == 400
    assert not OutgoingMail.objects.exists()


@pytest.mark.parametrize("address", ["a+tag@example.com", "Ünïcode@bücher.example", "o'brien@sub.example.org"])
def test_a_plain_address_is_taken(a_code: Post, address: str) -> None:
    a_code(address)
    sweep()
    assert Message.objects.get().recipient == address
