"""The token endpoint over HTTP: what it gives, and what it refuses with which words."""

import json
from datetime import timedelta
from typing import Any

import jwt
import pytest
from django.db import connection
from pytest_django import DjangoAssertNumQueries

from accounts.administration.acts import Actor
from accounts.administration.flows import disable, suspend
from accounts.credentials.flows import replace_password
from accounts.models import Grant, Principal, SignInSession
from accounts.oauth import id_tokens
from accounts.oauth.clients import CROSS_DEVICE_ID, SAME_DEVICE_ID
from accounts.oauth.grants import end_grant
from accounts.sessions.flows import end_all, sign_out
from accounts.sessions.tasks import purge_over
from policies.models import PolicyDocument
from portal.conf import conf
from portal.core import clock
from portal.trail.models import Event
from portal.trail.names import EventName
from tests.awsapi.program import Failed, send
from tests.fixtures.people import World
from tests.oauth.tool import BROWSER, CALLBACK, Tool, session_of, somebody
from tests.policies.enforcement.guarded import ORGANIZATION, ROOT, attach, document, guard

pytestmark = [pytest.mark.database, pytest.mark.django_db]

DENIED, INVALID = "AccessDeniedException", "ValidationException"
OVER = (DENIED, "TOKEN_EXPIRED")
CHANGED = (DENIED, "USER_CREDENTIALS_CHANGED")
NOT_PERMITTED = (DENIED, "INSUFFICIENT_PERMISSIONS")
CODE_OVER = (DENIED, "AUTHCODE_EXPIRED")


def operator() -> Actor:
    return Actor(Principal.objects.get(kind="operator"), BROWSER)


def events() -> list[dict[str, Any]]:
    return [json.loads(row.record) for row in Event.objects.filter(event_name=EventName.CREATE_OAUTH2_TOKEN).order_by("pk")]


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


# Codes


@pytest.mark.parametrize(
    "verifier",
    ["", "a" * 42, "a" * 129, "b" * 64, "ä" * 50, None],
    ids=["empty", "short", "long", "wrong", "not ASCII", "none"],
)
def test_oa_02_only_the_right_verifier_redeems_and_a_wrong_one_burns_nothing(tool: Tool, session: SignInSession, verifier: str | None) -> None:
    code = tool.code(session)
    assert tool.redeems(code, codeVerifier=verifier).kind == INVALID
    assert tool.redeems(code).status == 200


def test_oa_03_a_code_lives_for_a_minute(tool: Tool, session: SignInSession) -> None:
    code, late, later = tool.code(session), tool.code(session), tool.code(session)
    clock.advance(timedelta(seconds=58))
    assert tool.redeems(code).status == 200
    clock.advance(timedelta(seconds=3))
    assert tool.redeems(late).error == CODE_OVER
    clock.advance(timedelta(minutes=10))
    assert tool.redeems(later).error == CODE_OVER
    assert Grant.objects.count() == 1


@pytest.mark.parametrize("seconds", [1, 30])
def test_oa_04_a_code_used_twice_revokes_what_it_gave(tool: Tool, session: SignInSession, seconds: int) -> None:
    code = tool.code(session)
    answer = tool.redeems(code)
    program = answer.program()
    program.answered("sts", "GetCallerIdentity")
    clock.advance(timedelta(seconds=seconds))
    # One second later only another program's use is no retry; half a minute later nobody's is one.
    second = tool if seconds > 10 else Tool(verifier=tool.verifier)
    assert second.redeems(code).error == CODE_OVER
    assert Grant.objects.get().end_reason == Grant.End.CODE_REPLAYED
    assert tool.refreshes(answer.refresh_token).error == OVER
    assert isinstance(program.calls("sts", "GetCallerIdentity"), Failed)
    ended = json.loads(Event.objects.get(event_name=EventName.SESSION_ENDED).record)
    assert ended["additionalEventData"]["reason"] == "code_replayed"


def test_a_retry_of_a_redemption_gets_the_same_sign_in(tool: Tool, session: SignInSession) -> None:
    code, proof = tool.code(session), tool.proof()
    first, again = tool.redeems(code, proof=proof), tool.redeems(code, proof=proof)
    anew = tool.redeems(code)
    assert first.refresh_token == again.refresh_token == anew.refresh_token
    assert first.body["accessToken"] != again.body["accessToken"]
    assert again.body["idToken"]
    assert Grant.objects.count() == 1
    # Once the refresh token has been used, the code is nobody's to retry.
    tool.refreshes(first.refresh_token)
    assert tool.redeems(code).error == CODE_OVER


def test_oa_05_a_code_belongs_to_its_client_redirect_uri_and_key(tool: Tool, session: SignInSession) -> None:
    code = tool.code(session, jkt=tool.jkt)
    other = Tool(verifier=tool.verifier)
    assert other.redeems(code).error == (INVALID, "invalid_grant")
    assert tool.redeems(code, clientId=CROSS_DEVICE_ID).error == (INVALID, "invalid_grant")
    for address in (f"{CALLBACK}/", CALLBACK.replace("49152", "49153"), f"{CALLBACK}?x=1", "http://localhost:49152/oauth/callback"):
        assert tool.redeems(code, redirectUri=address).error == (INVALID, "invalid_grant")
    assert tool.redeems(code).status == 200


def test_a_code_of_the_console_gives_a_program_nothing(tool: Tool, session: SignInSession) -> None:
    console = "arn:aws:signin:::console/vestibule"
    assert tool.redeems(tool.code(session), clientId=console).error == (INVALID, "INVALID_REQUEST")


def test_a_code_dies_with_the_session_and_with_the_password(tool: Tool, developer: Principal) -> None:
    session = session_of(developer)
    code = tool.code(session)
    sign_out([session], origin=BROWSER)
    assert tool.redeems(code).error == CODE_OVER
    code = tool.code(session_of(developer))
    replace_password(developer, "Granite-Willow-7731", origin=BROWSER, event=EventName.CHANGE_PASSWORD)
    assert tool.redeems(code).error == CHANGED
    assert not Grant.objects.exists()


# Refresh tokens


def test_oa_06_an_old_refresh_token_ends_the_family(tool: Tool, session: SignInSession) -> None:
    first = tool.signs_in(session)
    second = tool.refreshes(first.refresh_token)
    program = second.program()
    program.answered("sts", "GetCallerIdentity")
    clock.advance(timedelta(seconds=11))
    assert tool.refreshes(first.refresh_token).error == OVER
    assert Grant.objects.get().end_reason == Grant.End.TOKEN_REPLAYED
    assert tool.refreshes(second.refresh_token).error == OVER
    assert program.refused("sts", "GetCallerIdentity").code == "InvalidClientTokenId"
    assert events()[-2]["additionalEventData"]["success"] == "false"
    assert Event.objects.filter(event_name=EventName.SESSION_ENDED).count() == 1


def test_oa_06_a_token_two_generations_old_is_no_retry(tool: Tool, session: SignInSession) -> None:
    first = tool.signs_in(session)
    second = tool.refreshes(first.refresh_token)
    tool.refreshes(second.refresh_token)
    assert tool.refreshes(first.refresh_token).error == OVER
    assert Grant.objects.get().end_reason == Grant.End.TOKEN_REPLAYED


def test_oa_06_another_key_or_none_gets_nothing_and_ends_nothing(tool: Tool, session: SignInSession) -> None:
    token = tool.signs_in(session).refresh_token
    assert Tool().refreshes(token).error == (INVALID, "invalid_grant")
    assert tool.refreshes(token, proof="").error == (INVALID, "INVALID_REQUEST")
    assert tool.refreshes(token, clientId=CROSS_DEVICE_ID).error == (INVALID, "invalid_grant")
    assert tool.refreshes(token).status == 200


def test_oa_06_a_changed_password_ends_it_with_the_clients_own_words(tool: Tool, session: SignInSession, developer: Principal) -> None:
    answer = tool.signs_in(session)
    program = answer.program()
    program.answered("sts", "GetCallerIdentity")
    replace_password(developer, "Granite-Willow-7731", origin=BROWSER, event=EventName.CHANGE_PASSWORD)
    assert program.refused("sts", "GetCallerIdentity").code == "InvalidClientTokenId"
    assert tool.refreshes(answer.refresh_token).error == CHANGED
    assert Grant.objects.get().end_reason == Grant.End.CREDENTIALS_CHANGED


def test_ses_05_ending_everything_ends_programs_too(tool: Tool, session: SignInSession, developer: Principal) -> None:
    answer = tool.signs_in(session)
    program = answer.program()
    end_all(developer, SignInSession.End.FACTORS_CHANGED)
    assert program.refused("sts", "GetCallerIdentity").code == "InvalidClientTokenId"
    assert tool.refreshes(answer.refresh_token).error == CHANGED


def test_signing_out_of_the_console_leaves_the_program_signed_in(tool: Tool, session: SignInSession) -> None:
    answer = tool.signs_in(session)
    sign_out([session], origin=BROWSER)
    assert tool.refreshes(answer.refresh_token).status == 200


def test_a_grant_that_was_ended_gives_nothing_and_its_credentials_die(tool: Tool, session: SignInSession) -> None:
    answer = tool.signs_in(session)
    program = answer.program()
    program.answered("sts", "GetCallerIdentity")
    grant = Grant.objects.select_related("principal__account").get()
    assert end_grant(grant, Grant.End.REVOKED, origin=BROWSER)
    assert not end_grant(grant, Grant.End.REVOKED, origin=BROWSER)
    assert tool.refreshes(answer.refresh_token).error == OVER
    assert program.refused("sts", "GetCallerIdentity").code == "InvalidClientTokenId"
    assert Event.objects.filter(event_name=EventName.SESSION_ENDED).count() == 1


def test_ses_06_a_disabled_user_gets_nothing_anywhere(tool: Tool, session: SignInSession, developer: Principal) -> None:
    answer = tool.signs_in(session)
    code, program = tool.code(session), answer.program()
    program.answered("sts", "GetCallerIdentity")
    disable(developer, by=operator())
    assert program.refused("sts", "GetCallerIdentity").code == "InvalidClientTokenId"
    assert tool.refreshes(answer.refresh_token).error == OVER
    assert tool.redeems(code).error == OVER


def test_ses_06_a_deleted_user_gets_nothing_anywhere(tool: Tool, session: SignInSession, developer: Principal) -> None:
    answer = tool.signs_in(session)
    code, program = tool.code(session), answer.program()
    program.answered("sts", "GetCallerIdentity")
    developer.delete()
    assert program.refused("sts", "GetCallerIdentity").code == "InvalidClientTokenId"
    assert tool.refreshes(answer.refresh_token).error == OVER
    assert tool.redeems(code).error == CODE_OVER


def test_thr_07_what_locks_an_identity_stops_refreshes_too(tool: Tool, session: SignInSession, developer: Principal) -> None:
    answer = tool.signs_in(session)
    code = tool.code(session)
    developer.reset_required_because = "found on the internet"
    developer.save()
    assert tool.refreshes(answer.refresh_token).error == CHANGED
    assert tool.redeems(code).error == CHANGED
    developer.reset_required_because = ""
    developer.save()
    token = tool.refreshes(answer.refresh_token).refresh_token
    assert developer.account is not None
    suspend(developer.account, by=operator())
    assert tool.refreshes(token).error == OVER


@pytest.mark.parametrize("token", ["ASOR", "ASOR" + "A" * 71, "x", "ASOR" + "ä" * 71, "A" * 2048])
def test_what_is_no_refresh_token_is_refused(world: World, tool: Tool, token: str) -> None:
    assert tool.refreshes(token).error == OVER


def test_an_altered_refresh_token_is_refused_and_ends_nothing(tool: Tool, session: SignInSession) -> None:
    token = tool.signs_in(session).refresh_token
    for place in (5, 20, 30, len(token) - 1):
        altered = token[:place] + ("A" if token[place] != "A" else "B") + token[place + 1 :]
        assert tool.refreshes(altered).error == OVER
    assert tool.refreshes(token).status == 200


# Permission


def test_who_has_no_permission_is_told_which_and_keeps_the_sign_in(world: World, tool: Tool) -> None:
    refused = tool.redeems(tool.code(session_of(somebody("111122223333", "Richard_Roe"))))
    assert refused.error == NOT_PERMITTED
    assert "signin:CreateOAuth2Token" in refused.body["message"]
    assert "arn:aws:signin:us-east-1:111122223333:oauth2/public-client/localhost" in refused.body["message"]
    event = Event.objects.get(event_name=EventName.CREATE_OAUTH2_TOKEN)
    assert not event.succeeded
    assert json.loads(event.note)["decision"]["effect"] == "Deny"


def test_one_device_may_be_allowed_and_the_other_denied(developer: Principal, session: SignInSession) -> None:
    text = document(
        {"Effect": "Deny", "Action": "signin:CreateOAuth2Token", "Resource": "arn:aws:signin:*:*:oauth2/public-client/remote", "Sid": "NoRemote"}
    )
    attach(PolicyDocument.Type.IDENTITY, text, developer.arn, account="111122223333")
    here, elsewhere = Tool(), Tool(CROSS_DEVICE_ID)
    assert here.signs_in(session).status == 200
    assert elsewhere.redeems(elsewhere.code(session)).error == NOT_PERMITTED
    note = json.loads(Event.objects.filter(event_name=EventName.CREATE_OAUTH2_TOKEN, succeeded=False).get().note)
    assert note["decision"]["deciding"][0]["sid"] == "NoRemote"


def test_a_policy_attached_since_stops_the_next_refresh_and_its_removal_lets_it_go_on(
    tool: Tool, session: SignInSession, developer: Principal
) -> None:
    token = tool.signs_in(session).refresh_token
    text = document({"Effect": "Deny", "Action": "signin:*", "Resource": "*"})
    row = attach(PolicyDocument.Type.IDENTITY, text, developer.arn, account="111122223333")
    assert tool.refreshes(token).error == NOT_PERMITTED
    row.delete()
    assert tool.refreshes(token).status == 200


def test_a_service_control_policy_counts_for_the_root_user_of_a_member(world: World, tool: Tool) -> None:
    root = Principal.objects.select_related("account").get(kind="root", account_id="444455556666")
    token = tool.signs_in(session_of(root)).refresh_token
    attach(PolicyDocument.Type.SCP, document({"Effect": "Deny", "Action": "signin:CreateOAuth2Token", "Resource": "*"}), ROOT)
    assert ORGANIZATION
    assert tool.refreshes(token).error == NOT_PERMITTED


def test_console_access_control_is_asked_with_the_programs_own_address(world: World) -> None:
    root = somebody("123456789012", "standalone@example.com")
    tool = Tool()
    token = tool.signs_in(session_of(root)).refresh_token
    guard("123456789012")
    refused = tool.refreshes(token)
    assert refused.error == NOT_PERMITTED
    assert "different network" in refused.body["message"]


# The proof, as it comes over HTTP


def test_oa_12_one_dpop_header_in_whatever_letters_and_never_a_bearer_instead(tool: Tool, session: SignInSession) -> None:
    token = tool.signs_in(session).refresh_token
    body = {"clientId": tool.client_id, "grantType": "refresh_token", "refreshToken": token}
    assert tool.sends(body, proof="", headers={"Authorization": f"Bearer {token}"}).error == (INVALID, "INVALID_REQUEST")
    assert tool.sends(body, proof=f"{tool.proof()},{tool.proof()}").error == (INVALID, "INVALID_REQUEST")
    assert tool.sends(body, proof="", headers={"dPoP": tool.proof()}).status == 200


def test_oa_08_the_address_is_the_portals_by_the_name_that_the_program_used(tool: Tool, session: SignInSession) -> None:
    token = tool.signs_in(session).refresh_token
    here = tool.proof(htu="http://127.0.0.1:8000/v1/token")
    assert tool.refreshes(token, proof=here).error == (INVALID, "INVALID_REQUEST")
    body = {"clientId": tool.client_id, "grantType": "refresh_token", "refreshToken": token}
    assert tool.sends(body, proof=here, headers={"Host": "127.0.0.1:8000"}).status == 200


def test_oa_09_a_proof_of_another_request_is_refused(tool: Tool, session: SignInSession) -> None:
    proof = tool.proof()
    first = tool.redeems(tool.code(session), proof=proof)
    assert tool.refreshes(first.refresh_token, proof=proof).error == (INVALID, "INVALID_REQUEST")
    assert tool.refreshes(first.refresh_token).status == 200


def test_the_purge_takes_sign_ins_of_long_ago(tool: Tool, session: SignInSession) -> None:
    tool.signs_in(session)
    assert purge_over() == 0
    clock.advance(conf.trail_retention + timedelta(days=1))
    assert purge_over() == 2
    assert not Grant.objects.exists()


# The request


@pytest.mark.parametrize(
    ("changes", "word"),
    [
        ({"clientId": None}, "INVALID_REQUEST"),
        ({"grantType": None}, "INVALID_REQUEST"),
        ({"clientId": "arn:aws:signin:::devtools/same-device "}, "INVALID_REQUEST"),
        ({"clientId": "arn:aws:signin:us-east-1::devtools/same-device"}, "INVALID_REQUEST"),
        ({"clientId": "arn:aws:signin:::devtools/SAME-DEVICE"}, "INVALID_REQUEST"),
        ({"clientId": 7}, "INVALID_REQUEST"),
        ({"grantType": "password"}, "unsupported_grant_type"),
        ({"grantType": "client_credentials"}, "unsupported_grant_type"),
        ({"grantType": "urn:ietf:params:oauth:grant-type:device_code"}, "unsupported_grant_type"),
        ({"code": None}, "INVALID_REQUEST"),
        ({"code": ""}, "INVALID_REQUEST"),
        ({"code": "x" * 513}, "INVALID_REQUEST"),
        ({"code": ["a"]}, "INVALID_REQUEST"),
        ({"redirectUri": None}, "INVALID_REQUEST"),
        ({"codeVerifier": None}, "INVALID_REQUEST"),
        ({"code": "\ud800"}, "INVALID_REQUEST"),
    ],
)
def test_oa_14_oa_15_a_request_that_cannot_be_right(tool: Tool, session: SignInSession, changes: dict[str, Any], word: str) -> None:
    assert tool.redeems(tool.code(session), **changes).error == (INVALID, word)


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b'"x"', b"\xff", b'{"clientId": "a", "clientId": "b"}', b"null"])
def test_a_body_that_is_no_object_is_refused_in_words(world: World, tool: Tool, body: bytes) -> None:
    assert tool.posts(body, {"Content-Type": "application/json", "DPoP": tool.proof()}).error == (INVALID, "INVALID_REQUEST")


def test_oa_13_a_scope_in_the_request_widens_nothing(tool: Tool, session: SignInSession) -> None:
    answer = tool.redeems(tool.code(session), scope="openid admin", resource="https://elsewhere.example")
    tool.refreshes(answer.refresh_token, scope="openid admin")
    grant = Grant.objects.get()
    assert (grant.scope, grant.resource) == ("openid", "")


def test_a_form_in_snake_case_is_answered_in_kind(tool: Tool, session: SignInSession) -> None:
    form = {
        "client_id": tool.client_id,
        "grant_type": "authorization_code",
        "code": tool.code(session),
        "code_verifier": tool.verifier,
        "redirect_uri": tool.redirect_uri,
    }
    wrong = tool.sends(form | {"code": "nonsense"}, form=True)
    assert (wrong.status, wrong.body["error"]) == (400, "invalid_grant")
    assert wrong.body["error_description"] == wrong.body["message"]
    assert tool.sends({**form, "grant_type": "password"}, form=True).body["error"] == "unsupported_grant_type"
    assert tool.sends({**form, "client_id": "x"}, form=True).body["error"] == "invalid_client"
    assert tool.sends({"grant_type": "refresh_token"}, form=True).body["error"] == "invalid_request"
    answer = tool.sends(form, form=True)
    assert set(answer.body) == {"access_token", "token_type", "expires_in", "refresh_token", "id_token"}
    again = tool.sends({"client_id": tool.client_id, "grant_type": "refresh_token", "refresh_token": answer.body["refresh_token"]}, form=True)
    assert again.status == 200


def test_answers_are_not_stored_and_need_neither_cookie_nor_form_token(tool: Tool, session: SignInSession) -> None:
    body = json.dumps({"clientId": tool.client_id, "grantType": "refresh_token", "refreshToken": tool.signs_in(session).refresh_token})
    answer = send("POST", "/v1/token", body.encode(), {"Content-Type": "application/json", "DPoP": tool.proof()})
    assert answer.status_code == 200
    assert answer.headers["Cache-Control"] == "no-store"
    assert "Set-Cookie" not in answer.headers


def test_many_bad_requests_from_one_address_wait_and_other_addresses_do_not(world: World, session: SignInSession) -> None:
    guesser, other = Tool(address="198.51.100.77"), Tool(address="198.51.100.78")
    refused = [guesser.redeems("nonsense", proof="x") for _ in range(102)]
    assert refused[0].error == (INVALID, "INVALID_REQUEST")
    assert refused[99].error == (INVALID, "INVALID_REQUEST")
    assert (refused[101].status, refused[101].error) == (429, ("TooManyRequestsError", "rate_exceeded"))
    other.signs_in(session)


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
