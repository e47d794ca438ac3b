"""Clients that register themselves: what is taken, and what the token endpoint gives them."""

import json
import re
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

import pytest
from django.test import Client as Browser

from accounts.administration.acts import Actor
from accounts.administration.flows import disable
from accounts.models import Grant, Principal, RegisteredClient, SignInSession
from accounts.oauth import registration
from accounts.oauth.clients import ClientKind, client_of
from accounts.oauth.tasks import purge_registrations
from policies.models import PolicyDocument
from portal.conf import conf
from portal.core import clock, pkce
from portal.trail.models import Event
from portal.trail.names import EventName
from portal.world.people import Person
from tests.fixtures.people import World
from tests.journeys.visitor import Visitor
from tests.oauth import agent
from tests.oauth.agent import CALLBACK, MCP, Agent, registered, registers
from tests.oauth.asking import STATE, answers, sent
from tests.oauth.asking import signed_in as signed_in_browser
from tests.oauth.tool import BROWSER, session_of, somebody
from tests.policies.enforcement.guarded import attach, deny, document

pytestmark = [pytest.mark.database, pytest.mark.django_db]

SERVICE_ARN = "arn:aws:signin:us-east-1:111122223333:service-principal/aws-mcp.amazonaws.com"
BOTH = ["signin:AuthorizeOAuth2Access", "signin:CreateOAuth2Token"]


def allow(who: str = "Richard_Roe", *, resource: str = SERVICE_ARN, **condition: Any) -> None:
    """Let somebody sign agents in."""
    statement: dict[str, Any] = {"Effect": "Allow", "Action": BOTH, "Resource": resource}
    text = document(statement | ({"Condition": condition} if condition else {}))
    attach(PolicyDocument.Type.IDENTITY, text, f"arn:aws:iam::111122223333:user/{who}", name="Agents", account="111122223333")


@pytest.fixture
def own(world: World) -> Agent:
    """An agent that has registered itself."""
    return registered()


@pytest.fixture
def session(world: World) -> SignInSession:
    """A session of somebody who may only read."""
    return session_of(somebody("111122223333", "Richard_Roe"))


@pytest.fixture
def reader(world: World) -> Person:
    """Somebody who may only read."""
    return world["111122223333", "Richard_Roe"]


@pytest.fixture
def root_session(world: World) -> SignInSession:
    """A session of a root user, who needs no permission."""
    return session_of(somebody("123456789012", "standalone@example.com"))


def test_a_client_registers_itself(db: None) -> None:
    answer = registers(CALLBACK, client_name="Example Agent", logo_uri="https://example.com/logo", scope="openid")
    assert answer.status == 200
    client_id = answer.body.pop("client_id")
    assert re.fullmatch(r"arn:aws:signin:us-east-1::external-client/dcr/[0-9a-f-]{36}", client_id)
    assert answer.body.pop("client_id_issued_at") <= int(clock.now().timestamp())
    assert answer.body == {
        "client_name": "Example Agent",
        "grant_types": ["authorization_code", "refresh_token"],
        "redirect_uris": [CALLBACK],
        "response_types": ["code"],
        "token_endpoint_auth_method": "none",
    }
    client = client_of(client_id)
    assert client is not None
    assert (client.kind, client.name, client.proves_key) == (ClientKind.REGISTERED, "Example Agent", False)


@pytest.mark.parametrize(
    "uri",
    [
        "https://evil.example/callback",
        "http://127.0.0.1.evil.example/callback",
        "http://localhost.evil.example/callback",
        "http://localhost@evil.example/callback",
        "http://127.0.0.1:1/callback#fragment",
        "http://127.0.0.1:99999/callback",
        "http://127.0.0.1:0/callback",
        "http://127.0.0.2/callback",
        "https://127.0.0.1/callback",
        "HTTP://127.0.0.1/callback",
        "http://127.0.0.1\\@evil.example/",
        "http://127.0.0.1/../callback",
        "http://127.0.0.1/%2e%2e/callback",
        "http://127.0.0.1/ callback",
        "http://127.0.0.1/callback\n",
        "javascript:alert(1)",
        "data:text/html,x",
        "//127.0.0.1/callback",
        "/callback",
        "*",
        "http://127.0.0.1/" + "x" * 2048,
        "https://allowed.example.evil.example/x",
        "https://allowed.example@evil.example/x",
        "https://allowed.example/x/../y",
        "https://exact.example/callback/more",
        "https://halfhost.example.evil.example/",
    ],
)
def test_oa_01_where_codes_may_not_go(db: None, monkeypatch: pytest.MonkeyPatch, uri: str) -> None:
    monkeypatch.setenv("PORTAL_OAUTH_REDIRECT_URIS", "https://allowed.example/*,https://exact.example/callback,https://halfhost.example*")
    conf.reread()
    answer = registers(uri)
    assert (answer.status, answer.kind, answer.body["error"]) == (400, "ValidationException", "invalid_redirect_uri")
    assert "list" in answer.body["error_description"]
    assert not RegisteredClient.objects.exists()


@pytest.mark.parametrize(
    "uri",
    [
        "http://localhost/cb",
        "http://127.0.0.1:8765/",
        "http://[::1]:9/x?y=z",
        "https://allowed.example/a/b",
        "https://exact.example/callback",
        "cursor://agent/cb",
    ],
)
def test_where_codes_may_go(db: None, monkeypatch: pytest.MonkeyPatch, uri: str) -> None:
    monkeypatch.setenv("PORTAL_OAUTH_REDIRECT_URIS", "https://allowed.example/*,https://exact.example/callback,cursor://*")
    conf.reread()
    assert registers(uri).body["redirect_uris"] == [uri]


def test_oa_01_a_loopback_address_may_have_another_port_and_nothing_else(own: Agent) -> None:
    client = client_of(own.client_id)
    assert client is not None
    assert client.takes(CALLBACK)
    assert client.takes("http://127.0.0.1:1024/oauth/callback")
    assert client.takes("http://127.0.0.1/oauth/callback")
    for other in (
        "http://127.0.0.1:99999/oauth/callback",
        "http://localhost:60432/oauth/callback",
        "http://127.0.0.1:60432/oauth/callback/",
        CALLBACK + "?x=1",
        "",
    ):
        assert not client.takes(other)


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"redirect_uris": []}, "invalid_redirect_uri"),
        ({"redirect_uris": [CALLBACK] * 11}, "invalid_redirect_uri"),
        ({"redirect_uris": [1]}, "invalid_redirect_uri"),
        ({"redirect_uris": CALLBACK}, "invalid_redirect_uri"),
        ({"redirect_uris": None}, "invalid_redirect_uri"),
        ({"grant_types": ["client_credentials"]}, "invalid_client_metadata"),
        ({"grant_types": ["refresh_token"]}, "invalid_client_metadata"),
        ({"grant_types": []}, "invalid_client_metadata"),
        ({"response_types": ["token"]}, "invalid_client_metadata"),
        ({"token_endpoint_auth_method": "client_secret_basic"}, "invalid_client_metadata"),
    ],
)
def test_oa_14_what_a_client_may_not_be(db: None, changes: dict[str, Any], error: str) -> None:
    answer = registers(**({"redirect_uris": [CALLBACK]} | changes))
    assert (answer.status, answer.body["error"]) == (400, error)


@pytest.mark.parametrize(
    "body", [b"", b"[]", b"{", b'{"redirect_uris":["http://127.0.0.1/"],"redirect_uris":[]}', b'{"redirect_uris":["\\ud800"]}', b"x" * 100_000]
)
def test_what_is_no_registration(db: None, body: bytes) -> None:
    answer = agent.posts("/v1/register", body, agent.JSON)
    assert answer.status in {400, 413, 415}
    assert answer.body["error"]


def test_a_name_hides_and_turns_nothing_round(db: None) -> None:
    assert registers(client_name="\u202eAWS\u0000 CLI\n\n official" + "x" * 500).body["client_name"].startswith("AWS CLI official")
    assert len(registers(client_name="x" * 500).body["client_name"]) == 100
    assert registers(client_name=7).body["client_name"] == "127.0.0.1:60432"


def test_registrations_are_throttled_by_address(db: None) -> None:
    for _number in range(20):
        assert registers(address="198.51.100.7").status == 200
    answer = registers(address="198.51.100.7")
    assert (answer.status, answer.kind, answer.body["error"]) == (429, "TooManyRequestsError", "rate_exceeded")
    assert registers(address="198.51.100.200").status in {200, 429}


def test_a_registration_ends_after_ninety_days(own: Agent) -> None:
    clock.advance(timedelta(days=89))
    assert client_of(own.client_id) is not None
    assert purge_registrations() == 0
    clock.advance(timedelta(days=1, minutes=1))
    assert client_of(own.client_id) is None
    assert registration.purge() == 1


def test_a_code_gives_tokens_for_one_service(own: Agent, root_session: SignInSession) -> None:
    body = own.signs_in(root_session)
    assert body["access_token"].startswith("ASOA")
    assert len(body["access_token"]) <= 4096
    assert body["refresh_token"].startswith("ASOR")
    assert {name: body[name] for name in set(body) - {"access_token", "refresh_token"}} == {"token_type": "Bearer", "expires_in": 3600}


def test_a_refresh_rotates_and_an_old_token_ends_the_family(own: Agent, root_session: SignInSession) -> None:
    first = own.signs_in(root_session)
    second = own.refreshes(first["refresh_token"]).body
    assert second["refresh_token"] != first["refresh_token"]
    again = own.refreshes(first["refresh_token"])
    assert again.body["error"] == "invalid_grant"
    assert own.refreshes(second["refresh_token"]).body["error"] == "invalid_grant"
    assert Grant.objects.get().end_reason == Grant.End.TOKEN_REPLAYED


def test_oa_04_a_code_counts_once(own: Agent, root_session: SignInSession) -> None:
    code = own.code(root_session)
    first = own.redeems(code)
    assert own.redeems(code).body["error"] == "invalid_grant"
    assert own.refreshes(first.body["refresh_token"]).body["error"] == "invalid_grant"


def test_oa_05_a_code_and_a_token_are_of_one_client(own: Agent, root_session: SignInSession) -> None:
    other = Agent(registered().client_id, verifier=own.verifier)
    code = own.code(root_session)
    assert other.redeems(code).body["error"] == "invalid_grant"
    body = own.redeems(code).body
    assert other.refreshes(body["refresh_token"]).body["error"] == "invalid_grant"


def test_oa_13_nobody_gets_more_than_was_allowed(own: Agent, root_session: SignInSession) -> None:
    code = own.code(root_session)
    assert own.redeems(code, resource="https://ecr.us-east-1.api.aws/").body["error"] == "invalid_target"
    assert own.redeems(code, scope="openid").body["error"] == "invalid_scope"
    body = own.redeems(code, resource=MCP).body
    assert own.refreshes(body["refresh_token"], resource="aws-mcp.amazonaws.com.evil.example").body["error"] == "invalid_target"
    assert own.refreshes(body["refresh_token"], scope="openid admin").body["error"] == "invalid_scope"
    assert own.refreshes(body["refresh_token"], resource=MCP).status == 200


@pytest.mark.parametrize(
    "client_id",
    [
        "arn:aws:signin:us-east-1::external-client/dcr/00000000-0000-0000-0000-000000000000",
        "arn:aws:signin:us-east-1::external-client/dcr/../x",
        "arn:aws:signin:us-east-1:111122223333:external-client/dcr/00000000-0000-0000-0000-000000000000",
        "ARN:aws:signin:::devtools/same-device",
        "arn:aws:signin:::console/vestibule",
        "x" * 5000,
    ],
)
def test_oa_15_clients_that_are_not_there(db: None, client_id: str) -> None:
    answer = Agent(client_id).redeems("code")
    assert (answer.status, answer.body["error"]) == (400, "invalid_client")


def test_registered_clients_send_forms(own: Agent, root_session: SignInSession) -> None:
    sent_json = json.dumps({"clientId": own.client_id, "grantType": "authorization_code", "code": own.code(root_session)}).encode()
    answer = agent.posts("/v1/token", sent_json, agent.JSON)
    assert answer.status == 400


def test_a_client_without_refresh_tokens_gets_none(root_session: SignInSession) -> None:
    own = registered(grant_types=["authorization_code"])
    body = own.signs_in(root_session)
    assert "refresh_token" not in body
    assert own.refreshes("ASORx").body["error"] == "unauthorized_client"


def test_policies_are_asked_on_the_service(own: Agent, session: SignInSession) -> None:
    denied = own.redeems(own.code(session))
    assert denied.body["error"] == "access_denied"
    assert f"signin:CreateOAuth2Token on resource: {SERVICE_ARN}" in denied.body["error_description"]
    allow()
    assert own.redeems(own.code(session)).status == 200


def test_the_keys_of_oauth_decide(own: Agent, session: SignInSession) -> None:
    allow(
        StringEquals={"signin:OAuthClientId": own.client_id, "signin:OAuthClientAuthentication": "none"},
        StringLike={"signin:OAuthRedirectUri": "http://127.0.0.1:*"},
    )
    body = own.redeems(own.code(session)).body
    assert own.refreshes(body["refresh_token"]).status == 200
    other = registered()
    assert other.redeems(other.code(session)).body["error"] == "access_denied"


def test_a_policy_may_allow_codes_and_no_refresh(own: Agent, session: SignInSession) -> None:
    allow(StringEquals={"signin:OAuthGrantType": "authorization_code"})
    body = own.redeems(own.code(session)).body
    assert own.refreshes(body["refresh_token"]).body["error"] == "access_denied"


def test_an_scp_denies_agents(own: Agent) -> None:
    member = session_of(somebody("444455556666", "Mary_Major"))
    assert own.redeems(own.code(member)).status == 200
    attach(PolicyDocument.Type.SCP, deny("signin:CreateOAuth2Token"), "444455556666", name="No agents")
    assert own.redeems(own.code(member)).body["error"] == "access_denied"


def test_the_event_names_client_resource_and_sign_in(own: Agent, root_session: SignInSession) -> None:
    own.signs_in(root_session)
    record = json.loads(Event.objects.filter(event_name=EventName.CREATE_OAUTH2_TOKEN).latest("id").record)
    assert record["requestParameters"] == {"resource": MCP, "client_id": own.client_id}
    arn = record["additionalEventData"]["signInSessionArn"]
    assert re.fullmatch(r"arn:aws:signin:us-east-1:123456789012:session/[0-9a-f-]{36}", arn)
    assert record["userIdentity"]["sessionContext"]["signInSessionArn"] == arn
    assert (record["additionalEventData"]["grant_type"], record["readOnly"], record["responseElements"]) == ("authorization_code", True, None)


def test_an_agent_signs_in_through_the_browser(own: Agent, standalone_root_user: Person, visitor: Visitor) -> None:
    signed_in_browser(visitor, standalone_root_user)
    given = {
        "response_type": "code",
        "client_id": own.client_id,
        "state": STATE,
        "code_challenge_method": "S256",
        "redirect_uri": "http://127.0.0.1:50001/oauth/callback",
        "code_challenge": pkce.challenge_of(verifier=own.verifier),
        "resource": MCP,
    }
    page = visitor.get("/v1/authorize?" + urlencode(given))
    page = visitor.get(page.headers["Location"])
    assert page.status_code == 200
    code = sent(answers(visitor, page, "allow"))["code"]
    elsewhere = Agent(own.client_id, redirect_uri="http://127.0.0.1:50001/oauth/callback", verifier=own.verifier)
    assert elsewhere.redeems(code).body["token_type"] == "Bearer"
    for resource in ("", "https://evil.example/mcp", "https://ecr.us-east-1.api.aws/"):
        refused = visitor.get("/v1/authorize?" + urlencode({**given, "resource": resource}))
        assert sent(refused)["error"] == "invalid_target"


def test_clients_discover_the_endpoints(db: None) -> None:
    found = Browser().get("/.well-known/oauth-authorization-server", HTTP_HOST="localhost").json()
    assert found["issuer"] == conf.base_url
    assert found["registration_endpoint"] == f"{conf.base_url}/v1/register"
    assert found["code_challenge_methods_supported"] == ["S256"]
    keys = Browser().get("/.well-known/jwks.json", HTTP_HOST="localhost").json()["keys"]
    assert keys
    assert all("d" not in key for key in keys)


def test_thr_07_a_disabled_user_gets_nothing(own: Agent, session: SignInSession) -> None:
    allow()
    body = own.redeems(own.code(session)).body
    disable(session.principal, by=Actor(Principal.objects.get(kind="operator"), BROWSER))
    assert own.refreshes(body["refresh_token"]).body["error"] == "invalid_grant"


def test_who_may_not_sign_an_agent_in_is_told_which_policy_to_ask_for(own: Agent, reader: Person, visitor: Visitor) -> None:
    signed_in_browser(visitor, reader)
    given = {
        "response_type": "code",
        "client_id": own.client_id,
        "state": STATE,
        "code_challenge_method": "S256",
        "redirect_uri": CALLBACK,
        "code_challenge": pkce.challenge_of(verifier=own.verifier),
        "resource": MCP,
    }
    page = visitor.get(visitor.get("/v1/authorize?" + urlencode(given)).headers["Location"])
    assert page.status_code == 403
    assert "AWSMCPSignInOAuthAccessPolicy" in page.content.decode()
    record = json.loads(Event.objects.filter(event_name=EventName.AUTHORIZE_OAUTH2_ACCESS).latest("id").record)
    assert f"signin:AuthorizeOAuth2Access on resource: {SERVICE_ARN}" in record["errorMessage"]
