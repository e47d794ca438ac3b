"""The token endpoint over HTTP: what it gives, and what that costs."""

import json
from datetime import timedelta

import jwt
import pytest
from django.db import connection
from pytest_django import DjangoAssertNumQueries

from accounts.models import Grant, Principal, SignInSession
from accounts.oauth import id_tokens
from accounts.oauth.clients import CROSS_DEVICE_ID, SAME_DEVICE_ID
from portal.conf import conf
from portal.core import clock
from portal.trail.models import Event
from portal.trail.names import EventName
from tests.fixtures.people import World
from tests.oauth.refusals import OVER, events
from tests.oauth.tool import Tool, session_of, somebody

pytestmark = [pytest.mark.database, pytest.mark.django_db]


def test_a_code_gives_credentials_that_say_who_signed_in(tool: Tool, session: SignInSession, developer: Principal) -> None:
    answer = tool.signs_in(session)
    assert answer.body["tokenType"] == "aws_sigv4"
    assert answer.body["expiresIn"] == 900
    assert set(answer.body["accessToken"]) == {"accessKeyId", "secretAccessKey", "sessionToken"}
    assert answer.body["accessToken"]["accessKeyId"].startswith("SSIA")
    assert answer.body["refreshToken"].startswith("ASOR")
    assert len(answer.body["refreshToken"]) <= 2048
    identity = answer.program().answered("sts", "GetCallerIdentity")
    assert identity == {"UserId": developer.unique_id, "Account": "111122223333", "Arn": "arn:aws:iam::111122223333:user/alice"}


def test_the_root_user_needs_no_permission(world: World, tool: Tool) -> None:
    answer = tool.signs_in(session_of(somebody("123456789012", "standalone@example.com")))
    assert answer.program().answered("sts", "GetCallerIdentity")["Arn"] == "arn:aws:iam::123456789012:root"
    assert tool.refreshes(answer.refresh_token).program().answered("sts", "GetCallerIdentity")["UserId"] == "123456789012"


def test_the_id_token_names_the_session_and_is_signed(tool: Tool, session: SignInSession) -> None:
    token = tool.signs_in(session).body["idToken"]
    assert len(token) <= 4096
    keys = jwt.PyJWKSet.from_dict(id_tokens.key_set())
    key = keys[jwt.get_unverified_header(token)["kid"]]
    claims = jwt.decode(token, key, algorithms=["ES256"], audience=SAME_DEVICE_ID, issuer=conf.base_url)
    assert claims["sub"] == "arn:aws:iam::111122223333:user/alice"
    assert claims["exp"] - claims["iat"] == 900
    assert claims["auth_time"] == int(session.authenticated_at.timestamp())


def test_a_refresh_rotates_and_sends_no_id_token(tool: Tool, session: SignInSession) -> None:
    first = tool.signs_in(session)
    second = tool.refreshes(first.refresh_token)
    third = tool.refreshes(second.refresh_token)
    tokens = {first.refresh_token, second.refresh_token, third.refresh_token}
    assert len(tokens) == 3
    assert "idToken" not in second.body
    assert Grant.objects.get().generation == 2
    third.program().answered("sts", "GetCallerIdentity")


def test_both_names_of_the_pkce_method_mean_the_same_challenge_and_both_devices_work(world: World, developer: Principal) -> None:
    session = session_of(developer)
    for client_id in (SAME_DEVICE_ID, CROSS_DEVICE_ID):
        assert Tool(client_id).signs_in(session).body["expiresIn"] == 900


def test_the_event_of_a_redemption_and_of_a_refresh(tool: Tool, session: SignInSession, developer: Principal) -> None:
    answer = tool.signs_in(session)
    tool.refreshes(answer.refresh_token)
    first, second = events()
    arn = first["additionalEventData"]["signInSessionArn"]
    assert arn.startswith("arn:aws:signin:us-east-1:111122223333:session/")
    assert first["additionalEventData"] == {"signInSessionArn": arn, "grant_type": "authorization_code", "success": "true"}
    assert second["additionalEventData"] == {"signInSessionArn": arn, "grant_type": "refresh_token", "success": "true"}
    assert first["requestParameters"] == {"client_id": SAME_DEVICE_ID}
    assert (first["eventType"], first["eventVersion"], first["readOnly"], first["responseElements"]) == ("AwsApiCall", "1.11", True, None)
    assert first["userIdentity"]["arn"] == developer.arn
    written = "".join(Event.objects.values_list("record", flat=True)) + "".join(Event.objects.values_list("note", flat=True))
    for secret in (answer.refresh_token, answer.body["accessToken"]["secretAccessKey"], answer.body["accessToken"]["sessionToken"], tool.verifier):
        assert secret not in written


def test_credentials_end_with_the_grant_on_the_simulated_clock(tool: Tool, session: SignInSession) -> None:
    token = tool.signs_in(session).refresh_token
    clock.advance(conf.login_grant_lifetime - timedelta(seconds=100))
    answer = tool.refreshes(token)
    assert 90 <= answer.body["expiresIn"] <= 100
    program = answer.program()
    program.answered("sts", "GetCallerIdentity")
    clock.advance(timedelta(seconds=101))
    assert program.refused("sts", "GetCallerIdentity").code == "ExpiredToken"
    assert tool.refreshes(answer.refresh_token).error == OVER


def test_the_lifetimes_are_settings_and_never_over_fifteen_minutes(tool: Tool, session: SignInSession, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PORTAL_LOGIN_CREDENTIALS_SECONDS", "7200")
    assert tool.signs_in(session).body["expiresIn"] == 900
    monkeypatch.setenv("PORTAL_LOGIN_CREDENTIALS_SECONDS", "60")
    assert tool.signs_in(session).body["expiresIn"] == 60


def test_a_refresh_costs_one_update_and_one_insert_once_warm(
    tool: Tool, session: SignInSession, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    token = tool.refreshes(tool.signs_in(session).refresh_token).refresh_token
    # PostgreSQL does the two in one; elsewhere they are between the savepoint that the test's own transaction makes of ours.
    expected = ["WITH"] if connection.vendor == "postgresql" else ["SAVEPOINT", "UPDATE", "INSERT", "RELEASE"]
    with django_assert_num_queries(len(expected)) as seen:
        token = tool.refreshes(token).refresh_token
    assert [query["sql"].split()[0] for query in seen.captured_queries] == expected


def test_a_call_with_login_credentials_asks_the_database_for_nothing_once_warm(
    tool: Tool, session: SignInSession, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    program = tool.signs_in(session).program()
    program.answered("sts", "GetCallerIdentity")
    with django_assert_num_queries(1) as seen:
        program.answered("sts", "GetCallerIdentity")
    assert seen.captured_queries[0]["sql"].startswith("INSERT INTO")  # its event


def test_a_call_with_login_credentials_names_session_and_second_factor(world: World, tool: Tool, developer: Principal) -> None:
    arn = "arn:aws:iam::111122223333:mfa/phone"
    program = tool.signs_in(session_of(developer, factor=arn)).program()
    program.answered("sts", "GetCallerIdentity")
    identity = json.loads(Event.objects.get(event_name=EventName.GET_CALLER_IDENTITY).record)["userIdentity"]
    assert identity["sessionContext"]["attributes"]["mfaAuthenticated"] == "true"
    assert identity["accessKeyId"] == program.key_id
