"""The pages of the event log."""

import json
import uuid
from datetime import timedelta

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from portal.core import clock
from portal.trail.digests.models import Verification
from portal.trail.digests.sealing import seal
from portal.trail.digests.verification import verify_and_note
from portal.trail.identity import Identity
from portal.trail.names import EventName
from portal.trail.query import PAGE
from tests.trail.conftest import Happened


def page(client: Client, address: str, status: int = 200) -> str:
    """Return the text of a page."""
    response = client.get(address)
    assert response.status_code == status, response.content
    return response.content.decode()


def test_the_list_shows_events(client: Client, happened: Happened) -> None:
    event = happened(ago=timedelta(days=1))
    text = page(client, "/trail/")
    assert f'href="/trail/{event.event_id}"' in text
    for shown in ("ConsoleLogin", "Carlos", "1111-2222-3333", "203.0.113.7", "us-east-1", "Success"):
        assert shown in text
    assert "Events in the last 14 days: 1, failed: 0." in text
    assert "data-follow\n" in text


def test_the_list_takes_at_most_five_queries(client: Client, happened: Happened, django_assert_max_num_queries: DjangoAssertNumQueries) -> None:
    for _ in range(PAGE + 5):
        happened()
    with django_assert_max_num_queries(5):
        page(client, "/trail/?account=111122223333")


def test_evt_03_the_list_says_until_when_the_log_is_sealed_and_how_verifying_went(client: Client, happened: Happened) -> None:
    event = happened()
    text = page(client, "/trail/")
    assert "The log is not sealed yet." in text
    assert "It has not been verified yet." in text
    seal()
    verify_and_note()
    text = page(client, "/trail/")
    assert "The log is sealed up to" in text
    assert "every sealed event was as it was recorded." in text
    event.delete()
    clock.advance(timedelta(days=1, seconds=1))
    verify_and_note()
    text = page(client, "/trail/")
    assert 'role="alert"' in text
    assert "the log was not as it was recorded" in text
    assert "every sealed event" not in text
    client.cookies["language"] = "ja"
    assert "記録されたときのままではない" in page(client, "/trail/")


def test_evt_03_a_good_verification_that_nobody_with_the_key_noted_counts_as_none(client: Client, happened: Happened) -> None:
    happened()
    Verification.objects.create(number=1, events=1, findings=0, signature="0" * 64)
    assert "It has not been verified yet." in page(client, "/trail/")


def test_evt_03_the_list_tells_the_whole_from_what_was_sealed_since(client: Client, happened: Happened) -> None:
    happened()
    seal()
    verify_and_note()
    assert "what was sealed since" not in page(client, "/trail/")
    clock.advance(timedelta(hours=1))
    verify_and_note()
    text = page(client, "/trail/")
    assert "every sealed event was as it was recorded. So was, on" in text
    assert "what was sealed since" in text
    client.cookies["language"] = "ja"
    assert "それ以降に封印された" in page(client, "/trail/")


def test_evt_03_the_list_says_when_nothing_was_verified_for_long(client: Client, happened: Happened) -> None:
    happened()
    seal()
    verify_and_note()
    clock.advance(timedelta(hours=1, minutes=59))
    assert "more than two hours old" not in page(client, "/trail/")
    clock.advance(timedelta(minutes=2))
    assert "more than two hours old" in page(client, "/trail/")
    client.cookies["language"] = "ja"
    assert "2 時間以上前" in page(client, "/trail/")


def test_older_events_are_a_link_away_and_keep_the_filters(client: Client, happened: Happened) -> None:
    events = [happened() for _ in range(PAGE + 1)]
    text = page(client, "/trail/?account=111122223333&result=&since=")
    older = f"/trail/?account=111122223333&amp;before={events[1].pk}"
    assert older in text
    assert str(events[0].event_id) not in text
    text = page(client, older.replace("&amp;", "&"))
    assert str(events[0].event_id) in text
    assert str(events[1].event_id) not in text
    assert "Newest events" in text
    assert "data-follow\n" not in text


def test_empty_states_say_what_to_do(client: Client, db: None) -> None:
    assert "Nothing has happened yet" in page(client, "/trail/")
    assert "No event matches" in page(client, "/trail/?account=444455556666")
    assert "No older events" in page(client, "/trail/?before=1")


@pytest.mark.parametrize("query", ["account=12", "since=yesterday", "name=Nonsense", "source=office", "result=x", "account=1&account=2"])
def test_filters_that_cannot_be_read_are_pointed_out(query: str, client: Client, db: None) -> None:
    text = page(client, f"/trail/?{query}", status=400)
    assert 'role="alert"' in text
    assert "Some filters cannot be read" in text


@pytest.mark.parametrize("query", ["source=%00", "principal=%ED%A0%80%00", "before=x", "before=%00", "after=soon", "before=" + "9" * 40])
def test_what_cannot_be_read_otherwise_is_a_400(query: str, client: Client, db: None) -> None:
    page(client, f"/trail/?{query}", status=400)


def test_one_event_shows_its_record_and_the_simulators_note(client: Client, happened: Happened) -> None:
    event = happened(succeeded=False, error="Failed authentication", note={"captcha": "3 failures"})
    text = page(client, f"/trail/{event.event_id}")
    assert "&quot;eventVersion&quot;: &quot;1.08&quot;" in text
    assert "&quot;captcha&quot;: &quot;3 failures&quot;" in text
    assert 'data-copy="{' in text
    assert "Failed authentication" in text


def test_an_event_without_note_shows_no_note(client: Client, happened: Happened) -> None:
    assert "simulator&#x27;s note" not in page(client, f"/trail/{happened().event_id}").replace("'", "&#x27;")


def test_an_unknown_user_name_is_said_to_be_hidden(client: Client, happened: Happened) -> None:
    event = happened(identity=Identity.unknown_iam_user("111122223333"), succeeded=False)
    assert "name not recorded" in page(client, "/trail/")
    assert "name not recorded" in page(client, f"/trail/{event.event_id}")


def test_a_record_is_downloaded_under_the_servers_name(client: Client, happened: Happened) -> None:
    event = happened()
    response = client.get(f"/trail/{event.event_id}.json")
    assert response.headers["Content-Disposition"] == f'attachment; filename="event-{event.event_id}.json"'
    assert response.json() == json.loads(event.record)


def test_markup_in_a_record_stays_text(client: Client, happened: Happened) -> None:
    event = happened(identity=Identity.iam_user("111122223333", "</pre><script>alert(1)</script>", "AIDACKCEVSQ6C2EXAMPLE", "arn"))
    for address in ("/trail/", f"/trail/{event.event_id}"):
        assert "<script>alert" not in page(client, address)


def test_there_is_no_event_of_another_id(client: Client, db: None) -> None:
    for address in (f"/trail/{uuid.uuid4()}", f"/trail/{uuid.uuid4()}.json", "/trail/nonsense", "/trail/%00"):
        page(client, address, status=404)


def test_events_of_an_operator_have_no_account(client: Client, happened: Happened) -> None:
    event = happened(EventName.OPERATOR_LOGIN, identity=Identity.operator("ops"))
    assert "ops" in page(client, "/trail/")
    assert "Operator" in page(client, f"/trail/{event.event_id}")
