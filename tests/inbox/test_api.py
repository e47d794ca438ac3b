"""`/inbox/api/messages`: filters, waiting, and clear answers to bad parameters."""

import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import connections
from django.test import Client

from portal.conf import conf
from portal.core import clock
from portal.inbox import queries
from portal.inbox.models import Message

Receive = Callable[..., Message]
API = "/inbox/api/messages"
pytestmark = pytest.mark.django_db


def _ask(**parameters: str | int) -> list[dict[str, Any]]:
    response = Client().get(API, parameters)
    assert response.status_code == 200, response.content
    found: list[dict[str, Any]] = response.json()["messages"]
    return found


def test_a_mail_has_its_codes_and_links(receive: Receive) -> None:
    mail = receive("Root@example.com", code="271828")
    (found,) = _ask()
    assert found == {
        "id": mail.pk,
        "to": "Root@example.com",
        "from": "no-reply@verify.signin.aws.example",
        "subject": "Your verification code",
        "text": mail.text,
        "html": "<p>314159</p>",
        "received": mail.received_at.astimezone(UTC).isoformat().replace("+00:00", "Z"),
        "codes": ["271828"],
        "links": [f"{conf.base_url}/password-reset/abc"],
    }


def test_an_empty_inbox_is_an_empty_list() -> None:
    assert _ask() == []


def test_filters_and_order(receive: Receive) -> None:
    first, second, third = receive("a@example.com", "One"), receive("b@example.com", "Two"), receive("a@example.com", "Two and three")
    assert [mail["id"] for mail in _ask()] == [third.pk, second.pk, first.pk]
    assert [mail["id"] for mail in _ask(to=" A@EXAMPLE.COM ")] == [third.pk, first.pk]
    assert [mail["id"] for mail in _ask(subject="two")] == [third.pk, second.pk]
    assert [mail["id"] for mail in _ask(to="a@example.com", subject="two")] == [third.pk]
    assert [mail["id"] for mail in _ask(to="example")] == [third.pk, second.pk, first.pk]
    assert [mail["id"] for mail in _ask(limit=1)] == [third.pk]
    assert [mail["id"] for mail in _ask(after=first.pk)] == [third.pk, second.pk]
    assert _ask(to="c@example.com") == []
    assert _ask(subject="%") == _ask(to="%") == []


def test_after_takes_a_time(receive: Receive) -> None:
    first = receive()
    between = first.received_at
    clock.advance(timedelta(seconds=5))
    second = receive()
    for spelling in (between.isoformat(), between.isoformat().replace("+00:00", "Z"), between.replace(tzinfo=None).isoformat()):
        assert [mail["id"] for mail in _ask(after=spelling)] == [second.pk]
    unescaped = Client().get(f"{API}?after={between.isoformat()}")
    assert [mail["id"] for mail in unescaped.json()["messages"]] == [second.pk]
    assert _ask(after=datetime(2999, 1, 1, tzinfo=UTC).isoformat()) == []


@pytest.mark.django_db(transaction=True)
def test_wait_answers_when_the_mail_arrives(receive: Receive) -> None:
    old = receive("a@example.com")

    def arrive_later() -> None:
        time.sleep(0.5)
        receive("b@example.com")
        receive("a@example.com", code="271828")
        connections.close_all()

    arriving = threading.Thread(target=arrive_later)
    started = time.monotonic()
    arriving.start()
    found = _ask(to="a@example.com", after=old.pk, wait=20)
    waited = time.monotonic() - started
    arriving.join()
    assert [mail["codes"] for mail in found] == [["271828"]]
    assert 0.4 < waited < 5


def test_wait_gives_up_after_its_time(receive: Receive) -> None:
    old = receive()
    started = time.monotonic()
    assert _ask(after=old.pk, wait="0.4") == []
    assert 0.35 < time.monotonic() - started < 3


def test_wait_does_not_wait_for_what_is_there(receive: Receive) -> None:
    receive()
    started = time.monotonic()
    assert len(_ask(wait=30)) == 1
    assert time.monotonic() - started < 2


@pytest.mark.django_db(transaction=True)
def test_waiters_cannot_take_every_thread() -> None:
    def ask(_: int) -> int:
        try:
            return Client().get(API, {"wait": "1.5"}).status_code
        finally:
            connections.close_all()

    with ExitStack() as places:
        for _ in range(queries.MAX_WAITERS - 2):
            places.enter_context(queries._a_place_to_wait())
        with ThreadPoolExecutor(4) as pool:
            statuses = sorted(pool.map(ask, range(4)))
    assert statuses == [200, 200, 429, 429]
    assert Client().get(API, {"wait": "0.1"}).status_code == 200


def test_too_many_waiters_are_told_when_to_come_back() -> None:
    with ExitStack() as places:
        for _ in range(queries.MAX_WAITERS):
            places.enter_context(queries._a_place_to_wait())
        response = Client().get(API, {"wait": "1"})
        assert response.status_code == 429
        assert int(response["Retry-After"]) >= 1
        assert response.json()["error"]
        assert Client().get(API).status_code == 200


@pytest.mark.parametrize(
    "query",
    [
        "wait=-1",
        "wait=31",
        "wait=nan",
        "wait=inf",
        "wait=soon",
        "limit=-1",
        "limit=201",
        "limit=1.5",
        "limit=٣",
        "after=yesterday",
        "after=99999999999999999999",
        "after=2026-13-01T00:00:00Z",
        "after=0001-01-01T00:00:00%2B23:00",
        "to=a&to=b",
        "subject=%00",
        "subject=%ED%A0%80",
        "to=" + "a" * 255,
        "recipient=a@example.com",
    ],
)
def test_bad_parameters_are_400_as_json(query: str) -> None:
    response = Client().get(f"{API}?{query}")
    assert response.status_code == 400
    assert response["Content-Type"].startswith("application/json")
    assert set(response.json()) == {"error", "message"}


def test_only_reading(receive: Receive) -> None:
    assert Client().post(API, {}, content_type="application/json").status_code == 405


def test_no_answer_is_stored() -> None:
    assert Client().get(API)["Cache-Control"] == "no-store"


def test_outside_training_only_operators_read_mail(receive: Receive, monkeypatch: pytest.MonkeyPatch) -> None:
    receive()
    monkeypatch.setenv("PORTAL_TRAINING", "0")
    response = Client().get(API)
    assert response.status_code == 401
    assert b"314159" not in response.content


def test_parts_are_looked_for_in_the_newest_mails_and_addresses_in_all(receive: Receive, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(queries, "SEARCH_DEPTH", 2)
    oldest, middle, newest = receive("a@example.com"), receive("a@example.com"), receive("b@example.com")
    assert [mail["id"] for mail in _ask(subject="code")] == [newest.pk, middle.pk]
    assert [mail["id"] for mail in _ask(to="a@example.com", subject="code")] == [middle.pk, oldest.pk]
    assert [mail["id"] for mail in _ask()] == [newest.pk, middle.pk, oldest.pk]
