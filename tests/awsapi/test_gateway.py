"""What every service's calls have in common: who is let in, how errors look, what is recorded, and what is not a call."""

import json
import logging
import re
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection

from accounts.models import AccessKey, Account, Principal
from portal.core import clock
from portal.trail.models import Event
from tests.awsapi.conftest import key_of
from tests.awsapi.program import Program, send
from tests.fixtures.people import World

UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
TARGET = "com.amazonaws.cloudtrail.v20131101.CloudTrail_20131101.LookupEvents"
LOOKUP = {"content-type": "application/x-amz-json-1.1", "x-amz-target": TARGET}
WHOAMI = b"Action=GetCallerIdentity&Version=2011-06-15"
FORM = {"content-type": "application/x-www-form-urlencoded; charset=utf-8"}
SERVICES = [
    ("sts", "GetCallerIdentity", "query"),
    ("cloudtrail", "LookupEvents", "json"),
    ("signin", "GetConsoleAuthorizationConfiguration", "rest-json"),
]
NAMES = {
    "missing": ("MissingAuthenticationToken", "MissingAuthenticationTokenException"),
    "unknown": ("InvalidClientTokenId", "UnrecognizedClientException"),
    "wrong": ("SignatureDoesNotMatch", "InvalidSignatureException"),
}


def name_of(kind: str, protocol: str) -> tuple[str, int]:
    """Return an error's name and status in a protocol."""
    return NAMES[kind][protocol != "query"], 400 if protocol == "json" else 403


@pytest.mark.parametrize(("service", "operation", "protocol"), SERVICES)
class TestWhoIsLetIn:
    def test_a_key_with_its_secret_is_let_in(self, administrator: Program, service: str, operation: str, protocol: str) -> None:
        administrator.answered(service, operation)

    def test_a_wrong_secret_is_refused(self, administrator: Program, service: str, operation: str, protocol: str) -> None:
        failed = Program(administrator.key_id, "x" * 40).refused(service, operation)
        assert (failed.code, failed.status) == name_of("wrong", protocol)

    def test_an_unknown_key_is_refused(self, world: World, service: str, operation: str, protocol: str) -> None:
        failed = Program("SKIAEXAMPLEEXAMPLE22", "x" * 40).refused(service, operation)
        assert (failed.code, failed.status) == name_of("unknown", protocol)
        assert failed.message == "The security token included in the request is invalid."

    def test_ak_an_inactive_key_is_as_unknown(self, administrator: Program, service: str, operation: str, protocol: str) -> None:
        AccessKey.objects.update(is_active=False)
        assert administrator.refused(service, operation).code == name_of("unknown", protocol)[0]

    def test_ak_the_key_of_somebody_disabled_is_as_unknown(self, administrator: Program, service: str, operation: str, protocol: str) -> None:
        Principal.objects.filter(name="Carlos").update(is_active=False)
        assert administrator.refused(service, operation).code == name_of("unknown", protocol)[0]

    @pytest.mark.parametrize("status", ["suspended", "closed"])
    def test_ak_the_key_of_an_account_that_is_not_active_is_as_unknown(
        self, administrator: Program, service: str, operation: str, protocol: str, status: str
    ) -> None:
        Account.objects.filter(pk="111122223333").update(status=status)
        assert administrator.refused(service, operation).code == name_of("unknown", protocol)[0]

    def test_ak_a_long_term_key_with_a_session_token_is_refused(self, administrator: Program, service: str, operation: str, protocol: str) -> None:
        failed = Program(administrator.key_id, administrator.secret, token="anything").refused(service, operation)
        assert failed.code == name_of("unknown", protocol)[0]

    def test_a_scope_of_another_service_is_refused(self, administrator: Program, service: str, operation: str, protocol: str) -> None:
        path, body, headers = {
            "query": ("/", WHOAMI, FORM),
            "json": ("/", b"{}", LOOKUP),
            "rest-json": ("/get-console-authorization-configuration", b"{}", {"content-type": "application/json"}),
        }[protocol]
        answer = administrator.sends(path, body=body, headers=headers, service="iam")
        assert answer.status_code == name_of("wrong", protocol)[1]
        assert f"Credential should be scoped to correct service: '{service}'." in answer.content.decode().replace("&apos;", "'")  # type: ignore[attr-defined]

    def test_a_region_without_an_endpoint_is_refused(self, administrator: Program, service: str, operation: str, protocol: str) -> None:
        failed = administrator.in_region("xx-nowhere-1").refused(service, operation)
        assert (failed.code, failed.message) == (name_of("wrong", protocol)[0], "Credential should be scoped to a valid region.")


def test_ak_the_root_key_of_an_account_without_root_credentials_is_as_unknown(root_program: Program) -> None:
    root_program.answered("sts", "GetCallerIdentity")
    Account.objects.filter(pk="123456789012").update(has_root_credentials=False)
    assert root_program.refused("sts", "GetCallerIdentity").code == "InvalidClientTokenId"


def test_errors_of_rest_json_have_their_type_in_a_header_and_no_more_than_a_message_before_the_signature(world: World) -> None:
    answer = send("POST", "/get-resource-policy", b"", {})
    assert answer.status_code == 403
    assert answer["x-amzn-ErrorType"] == "MissingAuthenticationTokenException"
    assert answer["Content-Type"] == "application/json"
    assert json.loads(answer.content) == {"message": "Request is missing Authentication Token"}  # type: ignore[attr-defined]
    assert UUID.fullmatch(answer["x-amzn-RequestId"])


def test_errors_of_json_1_1_name_their_type_in_the_body(world: World) -> None:
    answer = send("POST", "/", b"{}", LOOKUP)
    assert answer.status_code == 400
    assert answer["Content-Type"] == "application/x-amz-json-1.1"
    assert json.loads(answer.content)["__type"] == "MissingAuthenticationTokenException"  # type: ignore[attr-defined]


def test_errors_of_query_are_xml(world: World) -> None:
    answer = send("POST", "/", WHOAMI, FORM)
    assert (answer.status_code, answer["Content-Type"]) == (403, "text/xml")
    assert answer.content.decode() == (  # type: ignore[attr-defined]
        '<ErrorResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><Error><Type>Sender</Type><Code>MissingAuthenticationToken</Code>'
        f"<Message>Request is missing Authentication Token</Message></Error><RequestId>{answer['x-amzn-RequestId']}</RequestId></ErrorResponse>"
    )


def test_a_presigned_call_is_refused_clearly(world: World) -> None:
    answer = send("POST", "/?Action=GetCallerIdentity&Version=2011-06-15&X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Signature=0", b"", {})
    assert answer.status_code == 403
    assert b"Presigned URLs are not supported" in answer.content  # type: ignore[attr-defined]


def test_a_body_in_chunks_is_refused_clearly(administrator: Program) -> None:
    answer = administrator.sends("/get-resource-policy", headers={"content-encoding": "aws-chunked"})
    assert b"aws-chunked" in answer.content  # type: ignore[attr-defined]
    assert answer.status_code == 403


def test_the_time_of_a_signature_is_real_time_whatever_the_simulated_clock_says(administrator: Program) -> None:
    clock.advance(timedelta(days=3))
    administrator.answered("sts", "GetCallerIdentity")
    for minutes, words in ((-6, b"Signature expired"), (6, b"Signature not yet current")):
        answer = administrator.sends(body=WHOAMI, headers=FORM, service="sts", at=datetime.now(UTC) + timedelta(minutes=minutes))
        assert words in answer.content  # type: ignore[attr-defined]


def test_the_skew_can_be_set(administrator: Program, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PORTAL_SIGNATURE_SKEW_SECONDS", "900")
    answer = administrator.sends(body=WHOAMI, headers=FORM, service="sts", at=datetime.now(UTC) - timedelta(minutes=14))
    assert answer.status_code == 200


def test_sig_08_the_same_request_may_be_sent_again_and_is_the_same_statement(administrator: Program) -> None:
    body = b'{"sourceIp": "203.0.113.0/24", "clientToken": "retry-1"}'
    at = datetime.now(UTC)
    answers = [
        administrator.sends("/put-resource-permission-statement", body=body, headers={"content-type": "application/json"}, at=at) for _ in range(3)
    ]
    assert {answer.status_code for answer in answers} == {200}
    assert len({answer.content for answer in answers}) == 1  # type: ignore[attr-defined]


@pytest.mark.parametrize("path", ["/get-resource-policy", "/put-console-authorization-configuration"])
def test_sig_12_a_call_is_never_redirected_and_an_address_with_a_slash_is_none(administrator: Program, path: str) -> None:
    assert administrator.sends(path + "/").status_code == 404
    for host in ("localhost:8000", "127.0.0.1:8000"):
        assert send("POST", path, b"", {"host": host}).status_code == 403


def test_a_call_needs_no_form_token_and_gets_no_cookie(administrator: Program) -> None:
    answer = administrator.sends(body=WHOAMI, headers=FORM, service="sts")
    assert answer.status_code == 200
    assert not answer.cookies
    assert answer["X-Simulation"] == "1"


def test_what_is_no_call_goes_its_own_way(world: World) -> None:
    assert send("GET", "/", b"", {}).status_code == 200
    for answer in (send("POST", "/", b"", {}), send("POST", "/", b"a=b", FORM)):
        assert (answer.status_code, answer["Content-Type"]) == (403, "text/html; charset=utf-8")


def test_another_method_is_another_operation_and_there_is_none(administrator: Program) -> None:
    answer = administrator.sends("/get-resource-policy", method="GET")
    assert (answer.status_code, answer["x-amzn-ErrorType"]) == (400, "UnknownOperationException")


@pytest.mark.parametrize(
    ("body", "headers", "service", "code"),
    [
        (b"Action=AssumeRoot&Version=2011-06-15", FORM, "sts", "InvalidAction"),
        (b"Action=Nothing&Version=2011-06-15", FORM, "sts", "InvalidAction"),
        (b"Action=GetCallerIdentity&Version=2000-01-01", FORM, "sts", "InvalidAction"),
        (b"Action=GetCallerIdentity&Action=AssumeRole&Version=2011-06-15", FORM, "sts", "InvalidAction"),
        (b"{}", {**LOOKUP, "x-amz-target": "CloudTrail_20131101.CreateTrail"}, "cloudtrail", "UnknownOperationException"),
        (b"{}", {**LOOKUP, "x-amz-target": "Nothing_1.LookupEvents"}, "cloudtrail", "UnknownOperationException"),
        (b"{}", {**LOOKUP, "x-amz-target": "x"}, "cloudtrail", "UnknownOperationException"),
    ],
)
def test_an_operation_that_is_not_there_says_so(administrator: Program, body: bytes, headers: dict[str, str], service: str, code: str) -> None:
    answer = administrator.sends(body=body, headers=headers, service=service)
    assert answer.status_code == 400
    assert code in answer.content.decode()  # type: ignore[attr-defined]


def test_the_short_target_of_the_javascript_sdk_is_known(administrator: Program) -> None:
    answer = administrator.sends(body=b"{}", headers={**LOOKUP, "x-amz-target": "CloudTrail_20131101.LookupEvents"}, service="cloudtrail")
    assert answer.status_code == 200


@pytest.mark.parametrize(
    "body",
    [
        *(b"[1]", b"{", b'{"sourceIp": 1}', b'{"sourceIp": {"a": "b"}}', b"\xff\xfe"),
        *(b'{"sourceIp": "a", "sourceIp": "b"}', b'{"sourceIp":"\\ud800"}'),
    ],
)
def test_a_body_that_cannot_be_read_is_a_serialisation_error(administrator: Program, body: bytes) -> None:
    answer = administrator.sends("/put-resource-permission-statement", body=body, headers={"content-type": "application/json"})
    assert (answer.status_code, answer["x-amzn-ErrorType"]) == (400, "SerializationException")


def test_a_body_that_is_too_long_is_refused(administrator: Program) -> None:
    for size in (130 * 1024, 300 * 1024):
        answer = administrator.sends("/put-resource-permission-statement", body=b" " * size, headers={"content-type": "application/json"})
        assert (answer.status_code, answer["x-amzn-ErrorType"]) == (413, "RequestEntityTooLargeException")


def test_names_that_the_model_does_not_have_are_ignored(administrator: Program) -> None:
    body = b'{"targetId": "111122223333", "account_id": "444455556666", "isAdmin": true}'
    answer = administrator.sends("/get-console-authorization-configuration", body=body, headers={"content-type": "application/json"})
    assert json.loads(answer.content) == {"targetId": "111122223333", "scope": "ACCOUNT", "consoleAuthorizationEnabled": False}  # type: ignore[attr-defined]


def test_ak_what_looks_like_a_real_key_is_dropped_unread(world: World, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    real = "AKIA" + "IOSFODNN7EXAMPLE"
    for service, operation, protocol in SERVICES:
        failed = Program(real, "x" * 40).refused(service, operation)
        assert failed.code == name_of("unknown", protocol)[0]
        assert "looks like a real access key" in failed.message
        assert real not in failed.message
    assert real not in caplog.text
    assert not Event.objects.filter(record__contains=real).exists()


def test_ak_what_looks_like_a_real_key_in_a_body_is_dropped_unread(administrator: Program) -> None:
    real = "ASIA" + "IOSFODNN7EXAMPLE"
    before = Event.objects.count()
    failed = administrator.refused("signin", "PutResourcePermissionStatement", sourceIp=real)
    assert (failed.code, failed.message) == ("ValidationException", "Something in the body looks like a real access key. It was dropped unread.")
    assert Event.objects.count() == before


def test_each_call_is_one_event_and_a_refused_signature_is_none(administrator: Program) -> None:
    before = Event.objects.count()
    administrator.answered("sts", "GetCallerIdentity")
    Program(administrator.key_id, "x" * 40).refused("sts", "GetCallerIdentity")
    administrator.refused("signin", "GetResourcePolicy")
    events = list(Event.objects.order_by("id")[before:])
    assert [event.event_name for event in events] == ["GetCallerIdentity", "GetResourcePolicy"]
    good, bad = (json.loads(event.record) for event in events)
    assert good["userIdentity"] == {
        "type": "IAMUser",
        "principalId": Principal.objects.get(name="Carlos").unique_id,
        "arn": "arn:aws:iam::111122223333:user/Carlos",
        "accountId": "111122223333",
        "accessKeyId": administrator.key_id,
        "userName": "Carlos",
    }
    assert (good["eventSource"], good["eventType"], good["readOnly"], good["awsRegion"]) == ("sts.amazonaws.com", "AwsApiCall", True, "us-east-1")
    assert UUID.fullmatch(good["requestID"])
    assert "errorCode" not in good
    assert (bad["errorCode"], bad["responseElements"]) == ("ResourceNotFoundException", None)
    assert bad["errorMessage"] == "Account 111122223333 has no permission statements in us-east-1."
    assert [event.succeeded for event in events] == [True, False]


def test_the_request_id_of_the_answer_is_that_of_the_event(administrator: Program) -> None:
    answer = administrator.sends(body=WHOAMI, headers=FORM, service="sts")
    assert json.loads(Event.objects.latest("id").record)["requestID"] == answer["x-amzn-RequestId"]


def test_ak_the_last_use_of_a_key_is_kept_and_written_once_in_five_minutes(administrator: Program) -> None:
    def used() -> datetime:
        administrator.answered("sts", "GetCallerIdentity")
        moment = AccessKey.objects.get(pk=administrator.key_id).last_used_at
        assert moment is not None
        return moment

    first = used()
    assert used() == first
    clock.advance(timedelta(minutes=6))
    assert used() > first + timedelta(minutes=5)


def test_ak_a_secret_is_in_no_table_and_no_event_in_clear(administrator: Program) -> None:
    administrator.answered("sts", "GetCallerIdentity")
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            cursor.execute(f'SELECT * FROM "{table}"')  # noqa: S608  # names of tables, from the database itself
            assert administrator.secret not in repr(cursor.fetchall()), table
    assert administrator.secret not in repr(key_of("111122223333", "Carlos"))


def test_ak_ids_are_none_that_could_be_real(world: World) -> None:
    made = [key_of("111122223333", "alice") for _ in range(2)]
    assert all(re.fullmatch(r"SKIA[A-Z2-7]{16}", key.id) and re.fullmatch(r"[A-Za-z0-9+/]{40}", key.secret) for key in made)
    assert len({key.secret for key in made}) == 2
