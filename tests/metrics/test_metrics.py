"""What Prometheus reads, and that nobody else does."""

import re
import threading
import time
import tomllib
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path

import pytest
from django.conf import LazySettings
from django.db import Error, InterfaceError, OperationalError, connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from prometheus_client.parser import text_string_to_metric_families

import portal
from accounts.credentials.hashing import pool
from accounts.mail.kinds import MailKind
from accounts.mail.outbox import post
from portal.celery import app
from portal.conf import BASE_DIR
from portal.core import clock
from portal.metrics import tasks
from portal.metrics.figures import KEPT_HERE, Figures, Kept
from portal.network.origin import Origin
from portal.trail import retention
from portal.trail.digests import counting
from portal.trail.digests.sealing import seal
from portal.trail.digests.verification import verify_and_note
from portal.trail.identity import Identity
from portal.trail.names import EventName
from portal.trail.record import record
from portal.world.flows import reset_world
from portal.world.people import Person
from tests.console.browsing import Browser

pytestmark = pytest.mark.database

TOKEN = "a-token-of-some-forty-characters-0123456789"
AUTHORIZED = {"authorization": f"Bearer {TOKEN}"}
ORIGIN = Origin(address="203.0.113.7", region="us-east-1", regional=False, user_agent="Firefox", host="localhost")


@pytest.fixture(autouse=True)
def _fresh() -> Iterator[None]:
    KEPT_HERE.forget()
    yield
    KEPT_HERE.forget()


@pytest.fixture
def token(monkeypatch: pytest.MonkeyPatch) -> None:
    """An operator has chosen a token."""
    monkeypatch.setenv("PORTAL_METRICS_TOKEN", TOKEN)


def scrape(client: Client) -> dict[str, float]:
    """Return what a scraper reads now: the value of each sample, by name and labels."""
    KEPT_HERE.forget()
    answer = client.get("/metrics", headers=AUTHORIZED)
    assert answer.status_code == 200
    samples = [sample for family in text_string_to_metric_families(answer.content.decode()) for sample in family.samples]
    return {" ".join([sample.name, *(str(value) for _, value in sorted(sample.labels.items()))]): sample.value for sample in samples}


def record_sign_in(*, succeeded: bool = False) -> None:
    """Record a sign-in that failed, or one that did not."""
    record(EventName.CONSOLE_LOGIN, identity=Identity.unknown_iam_user("111122223333"), origin=ORIGIN, succeeded=succeeded)


STRANGERS = [
    {},
    {"authorization": "Bearer"},
    {"authorization": "Bearer "},
    {"authorization": f"Bearer {TOKEN}x"},
    {"authorization": f"Bearer {TOKEN[:-1]}"},
    {"authorization": TOKEN},
    {"authorization": f"Basic {TOKEN}"},
    {"authorization": "Bearer \udcff"},
    {"cookie": f"token={TOKEN}"},
]


@pytest.mark.parametrize("method", ["get", "head", "post", "put", "options"])
@pytest.mark.parametrize("headers", STRANGERS)
def test_adm_06_without_the_token_there_is_no_such_address(db: None, token: None, headers: dict[str, str], method: str) -> None:
    answers = [getattr(Client(enforce_csrf_checks=True), method)(path, headers=headers) for path in ("/metrics", "/nothing")]
    assert [answer.status_code for answer in answers] == [404, 404]
    pages = [re.sub(r'name="csrfmiddlewaretoken" value="[^"]*"|/metrics|/nothing', "", answer.content.decode()) for answer in answers]
    assert pages[0] == pages[1]
    assert set(answers[0].headers) == set(answers[1].headers)
    assert set(answers[0].cookies) == set(answers[1].cookies)
    assert "vestibule" not in pages[0]


@pytest.mark.parametrize("headers", [{}, AUTHORIZED, {"authorization": "Bearer "}, {"authorization": "Bearer None"}])
def test_adm_06_unless_a_token_was_chosen_there_is_none(client: Client, db: None, headers: dict[str, str]) -> None:
    assert client.get("/metrics", headers=headers).status_code == 404
    assert client.get("/metrics?token=", headers=headers).status_code == 404


def test_adm_06_an_operator_at_the_browser_sees_none_either(token: None, world: object, client: Client) -> None:
    assert client.get(f"/metrics?token={TOKEN}").status_code == 404


def test_adm_06_an_answer_has_no_cookie_and_stays_nowhere(client: Client, db: None, token: None) -> None:
    answer = client.get("/metrics", headers=AUTHORIZED)
    assert answer.status_code == 200
    assert not answer.cookies
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.headers["Content-Type"].startswith("text/plain; version=")
    assert TOKEN not in answer.content.decode()
    assert client.post("/metrics", headers=AUTHORIZED).status_code == 405
    assert client.head("/metrics", headers=AUTHORIZED).status_code == 200
    assert client.get("/metrics", headers={"authorization": f"bearer  {TOKEN}", "host": "127.0.0.1:8000"}).status_code == 200


def test_events_are_counted_by_name_and_outcome_sealed_or_not(client: Client, db: None, token: None) -> None:
    record_sign_in(succeeded=True)
    record_sign_in()
    before = scrape(client)
    assert (before["vestibule_events_total ConsoleLogin failure"], before["vestibule_events_total ConsoleLogin success"]) == (1, 1)
    assert before["vestibule_events_unsealed"] == 2
    seal()
    record_sign_in()
    after = scrape(client)
    assert (after["vestibule_events_total ConsoleLogin failure"], after["vestibule_events_total ConsoleLogin success"]) == (2, 1)
    assert after["vestibule_events_unsealed"] == 1


def test_counters_never_fall(client: Client, token: None, world: object) -> None:
    def total() -> float:
        return scrape(client)["vestibule_events_total ConsoleLogin failure"]

    for _ in range(3):
        record_sign_in()
    assert total() == 3
    seal()
    assert total() == 3
    record_sign_in()
    clock.advance(timedelta(days=91))
    assert retention.purge() == 4
    assert total() == 4
    record_sign_in()
    reset_world()
    assert total() == 5
    record_sign_in()
    seal()
    assert total() == 6


def test_a_name_beyond_those_that_are_counted_apart_is_no_series_for_a_minute(
    client: Client, db: None, token: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(counting, "NAMES", 2)
    record_sign_in()
    record_sign_in(succeeded=True)
    seal()
    record(EventName.CHECK_MFA, identity=Identity.unknown_iam_user("111122223333"), origin=ORIGIN, succeeded=True)
    before = scrape(client)
    seal()
    after = scrape(client)
    assert {name: value for name, value in before.items() if "events_total" in name} == {
        name: value for name, value in after.items() if "events_total" in name
    }
    assert after["vestibule_events_total other success"] == 1


def test_sessions_are_counted_while_they_count(client: Client, token: None, iam_user: Person, root_user: Person) -> None:
    for person in (iam_user, iam_user):
        Browser().opens(person)
    assert scrape(client)["vestibule_sessions_live iam_user"] == 2
    clock.advance(timedelta(hours=13))
    assert "vestibule_sessions_live iam_user" not in scrape(client)


def test_mails_that_wait_are_counted(client: Client, db: None, token: None) -> None:
    assert scrape(client)["vestibule_mails_waiting"] == 0
    post(MailKind.RESET_LINK, recipient="a@example.com", language="en", context={"link": "http://localhost:8000/password/reset/x"})
    clock.advance(timedelta(minutes=10))
    figures = scrape(client)
    assert figures["vestibule_mails_waiting"] == 1
    assert 600 <= figures["vestibule_mail_waiting_seconds"] < 660


def test_the_worker_gives_a_sign_of_life(client: Client, db: None, token: None) -> None:
    name = "vestibule_worker_last_beat_timestamp_seconds"
    assert name not in scrape(client)
    clock.advance(timedelta(days=400))
    tasks.beat()
    assert time.time() - 60 < scrape(client)[name] <= time.time()
    app.loader.import_default_modules()
    entry = app.conf.beat_schedule["metrics-beat"]
    assert (entry["task"], entry["schedule"]) == (tasks.beat.name, 15.0)
    assert entry["task"] in app.tasks


def test_the_event_log_is_watched(client: Client, db: None, token: None) -> None:
    assert "vestibule_trail_last_digest_age_seconds" not in scrape(client)
    record_sign_in()
    seal()
    verify_and_note()
    clock.advance(timedelta(minutes=5))
    figures = scrape(client)
    assert 300 <= figures["vestibule_trail_last_digest_age_seconds"] < 360
    assert 300 <= figures["vestibule_trail_last_verification_age_seconds"] < 360
    assert figures["vestibule_trail_findings"] == 0


def test_the_hash_pool_is_watched(client: Client, db: None, token: None) -> None:
    go_on = threading.Event()
    assert scrape(client)["vestibule_hash_pool_taken"] == 0
    with ThreadPoolExecutor(1) as visitor:
        waiting = visitor.submit(pool().run, lambda: go_on.wait(20))
        while scrape(client)["vestibule_hash_pool_taken"] != 1:
            time.sleep(0.01)
        go_on.set()
        assert waiting.result(20)
    assert scrape(client)["vestibule_hash_pool_places"] == pool().places


def test_flt_03_without_a_cache_the_figures_say_so(client: Client, db: None, token: None, settings: LazySettings) -> None:
    settings.CACHES = {"default": settings.CACHES["default"] | {"LOCATION": "redis://127.0.0.1:1/0"}}
    figures = scrape(client)
    assert (figures["vestibule_cache_up"], figures["vestibule_database_up"]) == (0, 1)


@pytest.mark.parametrize("gone", [OperationalError, InterfaceError])
def test_flt_04_without_a_database_the_figures_say_so(client: Client, db: None, token: None, gone: type[Error]) -> None:
    def away(*_given: object) -> None:
        raise gone("gone")

    with connection.execute_wrapper(away):
        figures = scrape(client)
    assert (figures["vestibule_cache_up"], figures["vestibule_database_up"]) == (1, 0)
    assert not [name for name in figures if name.startswith(("vestibule_events", "vestibule_mails", "vestibule_sessions"))]


def test_what_runs_is_said(client: Client, db: None, token: None) -> None:
    assert portal.__version__ == tomllib.loads(Path(BASE_DIR / "pyproject.toml").read_text("utf-8"))["project"]["version"]
    assert any(name.startswith("vestibule_build_info ") and portal.__version__ in name for name in scrape(client))


def test_a_scrape_asks_little(client: Client, token: None, iam_user: Person) -> None:
    Browser().opens(iam_user)
    seal()
    record_sign_in()
    KEPT_HERE.forget()
    with CaptureQueriesContext(connection) as captured:
        client.get("/metrics", headers=AUTHORIZED)
    assert len(captured) <= 8
    with CaptureQueriesContext(connection) as captured:
        client.get("/metrics", headers=AUTHORIZED)
    assert not captured.captured_queries


def test_however_many_ask_at_once_one_reads() -> None:
    read: list[Figures] = []

    def slowly() -> Figures:
        time.sleep(0.1)
        read.append(Figures())
        return read[-1]

    kept = Kept(slowly, seconds=5)
    with ThreadPoolExecutor(8) as scrapers:
        assert len({id(each.result()) for each in [scrapers.submit(kept.figures) for _ in range(32)]}) == 1
    assert len(read) == 1
    kept = Kept(slowly, seconds=0)
    kept.figures()
    kept.figures()
    assert len(read) == 3
