"""`POST /training/api/approve`: a person's answer without a browser, for test suites of client tools."""

import json
from base64 import b64decode
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from django.test import Client

from accounts.models import AuthorizationCode, SignInSession
from accounts.oauth.clients import CROSS_DEVICE_ID
from policies.models import PolicyDocument
from portal.trail.models import Event
from portal.trail.names import EventName
from tests.fixtures.people import World
from tests.oauth.asking import STATE, address
from tests.oauth.tool import CALLBACK, Tool
from tests.policies.enforcement.guarded import attach, document, excluded, guard

ALICE = {"account": "111122223333", "username": "alice"}
BASE = "http://localhost:8000"


def approve(body: Any, *, header: str = "1") -> Any:
    """Send the call."""
    client = Client(enforce_csrf_checks=True, HTTP_HOST="localhost:8000", REMOTE_ADDR="203.0.113.7")
    return client.post("/training/api/approve", json.dumps(body), content_type="application/json", headers={"X-Training": header})


def query_of(answer: Any) -> dict[str, str]:
    """Return what the redirect of an approval brings to the program."""
    assert answer.status_code == 200, answer.content
    return {name: values[0] for name, values in parse_qs(urlsplit(answer.json()["redirect_url"]).query).items()}


@pytest.mark.parametrize("person", [ALICE, {"account": "anycompany", "username": "ALICE"}, {"email": "standalone@example.com"}])
def test_a_program_is_signed_in_as_the_person(world: World, tool: Tool, person: dict[str, str]) -> None:
    answer = approve({"url": BASE + address(tool), **person})
    assert answer.json()["redirect_url"].startswith(f"{CALLBACK}?")
    assert "confirmation_code" not in answer.json()
    brought = query_of(answer)
    assert brought["state"] == STATE
    assert tool.redeems(brought["code"]).status == 200
    kinds = set(Event.objects.filter(succeeded=True).values_list("event_name", flat=True))
    assert {EventName.CONSOLE_LOGIN, EventName.AUTHORIZE_OAUTH2_ACCESS, EventName.CREATE_OAUTH2_TOKEN} <= kinds


def test_a_program_elsewhere_gets_the_text_to_type(world: World) -> None:
    tool = Tool(CROSS_DEVICE_ID)
    answer = approve({"url": BASE + address(tool), **ALICE})
    given = parse_qs(b64decode(answer.json()["confirmation_code"]).decode())
    assert given["state"] == [STATE]
    assert tool.redeems(given["code"][0]).status == 200


def test_a_request_that_cannot_be_right_is_answered_as_the_browser_would(world: World, tool: Tool) -> None:
    assert query_of(approve({"url": BASE + address(tool, scope="x"), **ALICE}))["error"] == "invalid_scope"
    for changes in ({"client_id": "x"}, {"redirect_uri": "http://evil.example/"}):
        answer = approve({"url": BASE + address(tool, **changes), **ALICE})
        assert (answer.status_code, answer.json()["error"]) == (400, "invalid_request")
    assert not SignInSession.objects.exists()


def test_policies_still_apply(world: World, tool: Tool) -> None:
    url = BASE + address(tool)
    refused = approve({"url": url, "account": "111122223333", "username": "zhang@example.com"})
    assert (refused.status_code, refused.json()["error"]) == (403, "access_denied")
    assert "signin:AuthorizeOAuth2Access" in refused.json()["message"]
    text = document({"Effect": "Deny", "Action": "*", "Resource": "*"})
    attach(PolicyDocument.Type.IDENTITY, text, "arn:aws:iam::111122223333:user/alice", account="111122223333")
    assert approve({"url": url, **ALICE}).status_code == 403
    guard("123456789012", source_ip="198.51.100.0/24", excluded_principal=excluded("123456789012"))
    assert approve({"url": url, "email": "standalone@example.com"}).status_code == 403
    assert not AuthorizationCode.objects.exists()


@pytest.mark.parametrize(
    ("person", "status"),
    [
        ({"account": "111122223333", "username": "nobody"}, 404),
        ({"account": "999999999999", "username": "alice"}, 404),
        ({"email": "nobody@example.com"}, 404),
        ({"account": "222222222222", "username": "Li_Juan"}, 403),
        ({"account": "111122223333", "username": "Terry_Whitlock"}, 403),
        ({"account": "444455556666", "username": "Paulo_Santos"}, 403),
        ({"email": "production@example.com"}, 403),
        ({"email": "exposed@example.com"}, 403),
        ({}, 400),
        ({"account": "111122223333"}, 400),
        ({"account": 111122223333, "username": "alice"}, 400),
        ({"account": "111122223333", "username": "alice", "email": "x@example.com"}, 400),
        ({"account": "111122223333", "username": "alice", "more": 1}, 400),
    ],
)
def test_who_cannot_sign_in_cannot_approve(world: World, tool: Tool, person: dict[str, Any], status: int) -> None:
    assert approve({"url": BASE + address(tool), **person}).status_code == status
    assert not AuthorizationCode.objects.exists()


@pytest.mark.parametrize("url", ["", "x", "http://localhost:8000/", "http://[", "/v1/token?client_id=x", 7, None])
def test_a_url_that_is_none_is_refused(world: World, url: Any) -> None:
    assert approve({"url": url, **ALICE}).status_code == 400


def test_training_only(world: World, tool: Tool, monkeypatch: pytest.MonkeyPatch) -> None:
    body = {"url": BASE + address(tool), **ALICE}
    assert approve(body, header="0").status_code == 403
    monkeypatch.setenv("PORTAL_TRAINING", "0")
    assert approve(body).status_code == 404
    assert not AuthorizationCode.objects.exists()


def test_the_second_factor_counts_as_shown(world: World, tool: Tool) -> None:
    with_app = next(person for person in world.values() if person.totp_secret and person.username and person.account == "111122223333")
    assert approve({"url": BASE + address(tool), "account": with_app.account, "username": with_app.username}).status_code in {200, 403}
    assert SignInSession.objects.get().factor
