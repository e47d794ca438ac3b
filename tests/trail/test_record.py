"""What a record holds, compared with literal records; what it survives."""

import json
import re
import uuid
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import DatabaseError, connection, transaction

from portal.core import clock
from portal.network.origin import Origin
from portal.trail.identity import Identity
from portal.trail.models import Event
from portal.trail.names import ErrorMessage, EventName
from portal.trail.record import ADDITIONAL_LIMIT, TEXT_LIMIT, console_login, delivery_region, record
from tests.trail.conftest import FIREFOX

pytestmark = pytest.mark.django_db

TLS = {"tlsVersion": "TLSv1.3", "cipherSuite": "TLS_AES_128_GCM_SHA256", "clientProvidedHostHeader": "signin.localhost:8000"}
CONSOLE = "http://localhost:8000/console/home"


def literal(event: Event) -> dict[str, Any]:
    """Return the record without what differs each time, after a look at that."""
    found: dict[str, Any] = json.loads(Event.objects.get(pk=event.pk).record)
    assert uuid.UUID(found.pop("eventID")) == event.event_id
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", found["eventTime"])
    moment = datetime.fromisoformat(found.pop("eventTime"))
    assert moment == event.event_time.replace(microsecond=0)
    assert abs(clock.now() - moment) < timedelta(seconds=30)
    if "requestID" in found:
        uuid.UUID(found.pop("requestID"))
    return found


def test_root_user_signs_in(root: Identity, origin: Origin) -> None:
    event = console_login(root, origin=origin, succeeded=True, login_to=CONSOLE)
    assert literal(event) == {
        "eventVersion": "1.08",
        "userIdentity": {
            "type": "Root",
            "principalId": "111122223333",
            "arn": "arn:aws:iam::111122223333:root",
            "accountId": "111122223333",
            "accessKeyId": "",
            "userName": "anycompany",
        },
        "eventSource": "signin.amazonaws.com",
        "eventName": "ConsoleLogin",
        "awsRegion": "us-east-1",
        "sourceIPAddress": "203.0.113.7",
        "userAgent": FIREFOX,
        "requestParameters": None,
        "responseElements": {"ConsoleLogin": "Success"},
        "additionalEventData": {"LoginTo": CONSOLE, "MobileVersion": "No", "MFAUsed": "No"},
        "readOnly": False,
        "eventType": "AwsConsoleSignIn",
        "managementEvent": True,
        "recipientAccountId": "111122223333",
        "eventCategory": "Management",
        "tlsDetails": TLS,
    }
    assert (event.account_id, event.principal_key, event.source_ip, event.region, event.succeeded) == (
        "111122223333",
        "111122223333",
        "203.0.113.7",
        "us-east-1",
        True,
    )


def test_elements_stand_in_the_order_of_cloudtrail(root: Identity, origin: Origin) -> None:
    event = console_login(root, origin=origin, succeeded=False, login_to=CONSOLE, error=ErrorMessage.FAILED_AUTHENTICATION)
    assert list(json.loads(event.record)) == [
        "eventVersion", "userIdentity", "eventTime", "eventSource", "eventName", "awsRegion", "sourceIPAddress", "userAgent", "errorMessage",
        "requestParameters", "responseElements", "additionalEventData", "eventID", "readOnly", "eventType", "managementEvent",
        "recipientAccountId", "eventCategory", "tlsDetails",
    ]  # fmt: skip


def test_iam_user_signs_in_with_a_second_factor(carlos: Identity, origin: Origin) -> None:
    event = console_login(
        carlos, origin=origin, succeeded=True, login_to=CONSOLE, mfa_used=True, mfa_identifier="arn:aws:iam::111122223333:mfa/Carlos"
    )
    found = literal(event)
    assert found["userIdentity"] == {
        "type": "IAMUser",
        "principalId": "AIDACKCEVSQ6C2EXAMPLE",
        "arn": "arn:aws:iam::111122223333:user/Carlos",
        "accountId": "111122223333",
        "userName": "Carlos",
    }
    assert found["additionalEventData"] == {
        "LoginTo": CONSOLE,
        "MobileVersion": "No",
        "MFAUsed": "Yes",
        "MFAIdentifier": "arn:aws:iam::111122223333:mfa/Carlos",
    }


def test_iam_user_fails(origin: Origin) -> None:
    identity = Identity.failed_iam_user("111122223333", "Carlos", "AIDACKCEVSQ6C2EXAMPLE")
    event = console_login(
        identity,
        origin=origin,
        succeeded=False,
        login_to=CONSOLE,
        error=ErrorMessage.FAILED_AUTHENTICATION,
        mfa_used=True,
        mfa_identifier="arn:aws:iam::111122223333:mfa/Carlos",
    )
    assert literal(event) == {
        "eventVersion": "1.08",
        "userIdentity": {
            "type": "IAMUser",
            "principalId": "AIDACKCEVSQ6C2EXAMPLE",
            "accountId": "111122223333",
            "accessKeyId": "",
            "userName": "Carlos",
        },
        "eventSource": "signin.amazonaws.com",
        "eventName": "ConsoleLogin",
        "awsRegion": "us-east-1",
        "sourceIPAddress": "203.0.113.7",
        "userAgent": FIREFOX,
        "errorMessage": "Failed authentication",
        "requestParameters": None,
        "responseElements": {"ConsoleLogin": "Failure"},
        "additionalEventData": {"LoginTo": CONSOLE, "MobileVersion": "No", "MFAUsed": "Yes"},
        "readOnly": False,
        "eventType": "AwsConsoleSignIn",
        "managementEvent": True,
        "recipientAccountId": "111122223333",
        "eventCategory": "Management",
        "tlsDetails": TLS,
    }
    assert not event.succeeded
    assert event.principal_key == "AIDACKCEVSQ6C2EXAMPLE"


def test_unknown_user_name_is_not_recorded(origin: Origin) -> None:
    identity = Identity.unknown_iam_user("111122223333")
    event = console_login(identity, origin=origin, succeeded=False, login_to=CONSOLE, error=ErrorMessage.UNKNOWN_USER)
    found = literal(event)
    assert found["userIdentity"] == {
        "type": "IAMUser",
        "accountId": "111122223333",
        "accessKeyId": "",
        "userName": "HIDDEN_DUE_TO_SECURITY_REASONS",
    }
    assert found["errorMessage"] == "No username found in supplied account"
    assert event.principal_key == ""


@pytest.mark.parametrize("name", [EventName.PASSWORD_RECOVERY_REQUESTED, EventName.PASSWORD_RECOVERY_COMPLETED, EventName.PASSWORD_UPDATED])
def test_password_recovery_and_update_of_root(name: EventName, root: Identity, origin: Origin) -> None:
    assert literal(record(name, identity=root, origin=origin, succeeded=True)) == {
        "eventVersion": "1.08",
        "userIdentity": root.document(),
        "eventSource": "signin.amazonaws.com",
        "eventName": str(name),
        "awsRegion": "us-east-1",
        "sourceIPAddress": "203.0.113.7",
        "userAgent": FIREFOX,
        "requestParameters": None,
        "responseElements": {str(name): "Success"},
        "readOnly": False,
        "eventType": "AwsConsoleSignIn",
        "managementEvent": True,
        "recipientAccountId": "111122223333",
        "eventCategory": "Management",
        "tlsDetails": TLS,
    }


def test_change_of_password_is_an_api_call_of_iam(carlos: Identity, regional_origin: Origin) -> None:
    since = datetime(2026, 11, 23, 5, 46, tzinfo=UTC)
    event = record(EventName.CHANGE_PASSWORD, identity=carlos.in_session(since), origin=regional_origin, succeeded=True)
    assert "requestID" in json.loads(event.record)
    assert literal(event) == {
        "eventVersion": "1.08",
        "userIdentity": {
            "type": "IAMUser",
            "principalId": "AIDACKCEVSQ6C2EXAMPLE",
            "arn": "arn:aws:iam::111122223333:user/Carlos",
            "accountId": "111122223333",
            "userName": "Carlos",
            "sessionContext": {"attributes": {"creationDate": "2026-11-23T05:46:00Z", "mfaAuthenticated": "false"}},
        },
        "eventSource": "iam.amazonaws.com",
        "eventName": "ChangePassword",
        "awsRegion": "us-east-1",
        "sourceIPAddress": "203.0.113.7",
        "userAgent": FIREFOX,
        "requestParameters": None,
        "responseElements": None,
        "readOnly": False,
        "eventType": "AwsApiCall",
        "managementEvent": True,
        "recipientAccountId": "111122223333",
        "eventCategory": "Management",
        "tlsDetails": TLS,
    }


def test_oauth_calls_have_the_frame_of_the_newer_version(carlos: Identity, origin: Origin) -> None:
    asked = {"resource": "arn:aws:signin:us-east-1:111122223333:console", "client_id": "console"}
    event = record(
        EventName.CREATE_OAUTH2_TOKEN, identity=carlos, origin=origin, succeeded=False, request_parameters=asked, extra={"grant_type": "x"}
    )
    found = literal(event)
    assert (found["eventVersion"], found["eventType"], found["readOnly"], found["responseElements"]) == ("1.11", "AwsApiCall", True, None)
    assert found["requestParameters"] == asked
    assert found["additionalEventData"] == {"grant_type": "x", "success": "false"}
    assert "requestID" in json.loads(event.record)


@pytest.mark.parametrize(
    ("name", "source", "kind"),
    [
        (EventName.CONSOLE_LOGOUT, "signin.amazonaws.com", "AwsConsoleSignIn"),
        (EventName.SESSION_ENDED, "portal.simulation", "AwsConsoleAction"),
        (EventName.ACCOUNT_CREATED, "portal.simulation", "AwsConsoleAction"),
        (EventName.OPERATOR_LOGIN, "portal.simulation", "AwsConsoleAction"),
        (EventName.OPERATOR_ACTION, "portal.simulation", "AwsConsoleAction"),
    ],
)
def test_the_simulators_own_events_say_where_they_come_from(name: EventName, source: str, kind: str, carlos: Identity, origin: Origin) -> None:
    found = literal(record(name, identity=carlos, origin=origin, succeeded=True))
    assert (found["eventSource"], found["eventType"], found["responseElements"]) == (source, kind, {str(name): "Success"})


def test_an_operators_action_is_delivered_to_the_account_it_is_about(origin: Origin) -> None:
    event = record(
        EventName.OPERATOR_ACTION, identity=Identity.operator("ops"), origin=origin, succeeded=True, account="444455556666", principal_key="OPS"
    )
    assert literal(event)["recipientAccountId"] == "444455556666"
    assert (event.account_id, event.principal_key) == ("444455556666", "OPS")


def test_the_note_stands_beside_the_record(carlos: Identity, origin: Origin) -> None:
    event = record(EventName.CONSOLE_LOGIN, identity=carlos, origin=origin, succeeded=True, note={"captcha": "new browser", "questions": [1]})
    assert json.loads(event.note) == {"captcha": "new browser", "questions": [1]}
    assert "new browser" not in event.record


@pytest.mark.parametrize(
    ("agent", "mobile"),
    [
        ("Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) AppleWebKit/605.1.15 Version/18.1 Mobile/15E148 Safari/604.1", "Yes"),
        ("Mozilla/5.0 (Linux; Android 15; Pixel 9) AppleWebKit/537.36 Chrome/131.0 Mobile Safari/537.36", "Yes"),
        (FIREFOX, "No"),
        ("", "No"),
    ],
)
def test_mobile_version_follows_the_user_agent(agent: str, mobile: str, carlos: Identity, origin: Origin) -> None:
    event = console_login(carlos, origin=replace(origin, user_agent=agent), succeeded=True, login_to=CONSOLE)
    assert literal(event)["additionalEventData"]["MobileVersion"] == mobile


def test_region_of_delivery(origin: Origin, regional_origin: Origin, monkeypatch: pytest.MonkeyPatch) -> None:
    assert delivery_region("root", regional_origin, remembers_account=True) == "us-east-1"
    assert delivery_region("iam_user", regional_origin, remembers_account=True) == "ap-southeast-1"
    assert delivery_region("iam_user", regional_origin, remembers_account=False) == "ap-southeast-1"
    assert delivery_region("iam_user", origin, remembers_account=False) == "us-east-1"
    assert delivery_region("iam_user", origin, remembers_account=True) == "us-east-2"
    monkeypatch.setenv("PORTAL_LATENCY_REGION", "eu-north-1")
    assert delivery_region("iam_user", origin, remembers_account=True) == "eu-north-1"


def test_region_is_delivered_and_stored(carlos: Identity, origin: Origin, regional_origin: Origin) -> None:
    remembered = console_login(carlos, origin=origin, succeeded=True, login_to=CONSOLE, remembers_account=True)
    assert (remembered.region, literal(remembered)["awsRegion"]) == ("us-east-2", "us-east-2")
    assert record(EventName.CONSOLE_LOGOUT, identity=carlos, origin=regional_origin, succeeded=True).region == "ap-southeast-1"
    assert record(EventName.CONSOLE_LOGOUT, identity=carlos, origin=origin, succeeded=True, region="eu-west-1").region == "eu-west-1"


def test_event_time_is_of_the_simulated_clock(carlos: Identity, origin: Origin) -> None:
    clock.advance(timedelta(days=40))
    event = record(EventName.CONSOLE_LOGOUT, identity=carlos, origin=origin, succeeded=True)
    assert event.event_time - datetime.now(UTC) > timedelta(days=39)


def test_evt_05_order_is_by_sequence_under_clock_jumps(carlos: Identity, origin: Origin) -> None:
    first = record(EventName.CONSOLE_LOGIN, identity=carlos, origin=origin, succeeded=True)
    clock.advance(timedelta(days=-3))
    second = record(EventName.CONSOLE_LOGOUT, identity=carlos, origin=origin, succeeded=True)
    assert second.event_time < first.event_time
    assert second.pk > first.pk


HOSTILE = 'Agent\r\nSet-Cookie: x=1\x1b[31mred\x9b2J\x00\u202e\ud800\u2028{"eventName":"Forged"}'


def test_evt_06_hostile_text_stays_one_well_formed_line(carlos: Identity, origin: Origin) -> None:
    event = record(
        EventName.CONSOLE_LOGIN,
        identity=replace(carlos, user_name=HOSTILE),
        origin=replace(origin, user_agent=HOSTILE, host=HOSTILE),
        succeeded=False,
        error=HOSTILE,
        extra={"LoginTo": HOSTILE},
        note={"typed": HOSTILE},
    )
    stored = Event.objects.get(pk=event.pk)
    for text in (stored.record, stored.note):
        assert text.isascii()
        assert text.isprintable()
    found = json.loads(stored.record)
    assert found["eventName"] == "ConsoleLogin"
    assert found["userAgent"] == found["errorMessage"] == found["additionalEventData"]["LoginTo"] == HOSTILE


@pytest.mark.parametrize("agent", ["A" * 65536, "é" * 65536, "\U0001f600" * 400, "A" * TEXT_LIMIT])
def test_evt_06_an_overlong_user_agent_is_cut_and_marked(agent: str, carlos: Identity, origin: Origin) -> None:
    found = literal(record(EventName.CONSOLE_LOGIN, identity=carlos, origin=replace(origin, user_agent=agent), succeeded=True))
    assert len(found["userAgent"].encode()) <= TEXT_LIMIT
    assert found["userAgent"].startswith(agent[:200])
    assert found["userAgent"].endswith("...(truncated)")


def test_evt_06_a_user_agent_within_the_limit_stays_whole(carlos: Identity, origin: Origin) -> None:
    agent = "A" * (TEXT_LIMIT - 1)
    assert literal(record(EventName.CONSOLE_LOGIN, identity=carlos, origin=replace(origin, user_agent=agent), succeeded=True))["userAgent"] == agent


def test_evt_06_overlong_additional_data_and_errors_are_cut_and_marked(carlos: Identity, origin: Origin) -> None:
    extra = {"LoginTo": "é" * 40_000, "Other": "B" * 40_000}
    found = literal(record(EventName.CONSOLE_LOGIN, identity=carlos, origin=origin, succeeded=False, error="E" * 9999, extra=extra))
    assert len(json.dumps(found["additionalEventData"], ensure_ascii=False).encode()) <= ADDITIONAL_LIMIT
    assert all(value.endswith("...(truncated)") for value in found["additionalEventData"].values())
    assert len(found["errorMessage"]) <= TEXT_LIMIT


def test_one_event_is_one_insert(carlos: Identity, origin: Origin, django_assert_num_queries: Any) -> None:
    with django_assert_num_queries(1):
        event = console_login(carlos, origin=origin, succeeded=True, login_to=CONSOLE)
    assert Event.objects.get() == event


def _break_inserts() -> None:
    if connection.vendor == "postgresql":
        statement = """CREATE FUNCTION no_event() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'disk full'; END $$;
            CREATE TRIGGER no_event BEFORE INSERT ON portal_event FOR EACH ROW EXECUTE FUNCTION no_event()"""
    else:
        statement = "CREATE TRIGGER no_event BEFORE INSERT ON portal_event BEGIN SELECT RAISE(ABORT, 'disk full'); END"
    with connection.cursor() as cursor:
        cursor.execute(statement)


def test_evt_02_without_its_event_an_action_does_not_happen(carlos: Identity, origin: Origin) -> None:
    event = record(EventName.CONSOLE_LOGIN, identity=carlos, origin=origin, succeeded=True)
    _break_inserts()
    with pytest.raises(DatabaseError, match="disk full"), transaction.atomic():  # noqa: PT012 -- the pair is what is tested
        event.delete()
        record(EventName.CONSOLE_LOGOUT, identity=carlos, origin=origin, succeeded=True)
    assert Event.objects.count() == 1
