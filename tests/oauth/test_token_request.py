"""What a token request may look like: its proof, its body, its form, and how often it may be wrong."""

import json
from typing import Any

import pytest

from accounts.models import Grant, SignInSession
from portal.awsapi.services.oauth import BAD_REQUESTS
from portal.core import throttle
from tests.awsapi.program import send
from tests.fixtures.people import World
from tests.oauth.refusals import INVALID
from tests.oauth.tool import Tool

pytestmark = [pytest.mark.database, pytest.mark.django_db]

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


def test_flt_03_without_redis_half_as_many_bad_requests_wait(world: World, session: SignInSession, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(throttle, "_local", throttle.ProcessCounters())
    monkeypatch.setenv("PORTAL_REDIS_URL", "redis://127.0.0.1:1/0")
    guesser = Tool(address="198.51.100.79")
    refused = [guesser.redeems("nonsense", proof="x").status for _ in range(BAD_REQUESTS.allowed // 2 + 2)]
    assert refused == [400] * (BAD_REQUESTS.allowed // 2 + 1) + [429]
