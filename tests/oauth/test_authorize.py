"""OA: the authorization requests of programs, as the browser brings them."""

from typing import Any
from urllib.parse import urlencode

import pytest

from accounts.models import AuthorizationCode
from accounts.oauth.clients import CONSOLE_CLIENT_ID, CROSS_DEVICE_ID
from portal.trail.models import Event
from portal.world.people import Person
from tests.journeys.visitor import Visitor, text_of
from tests.oauth.asking import CONSENT, STATE, address, answers, asks, parameters, sent, signed_in
from tests.oauth.tool import CALLBACK, CONFIRMATION, Tool

HERE = "http://127.0.0.1:49152/oauth/callback"
REDIRECTS = [
    *("", "/oauth/callback", "//127.0.0.1:49152/oauth/callback", "http:/127.0.0.1:49152/oauth/callback", "http:127.0.0.1:49152/oauth/callback"),
    *(f"{HERE}/", f"{HERE}?", f"{HERE}?x=1", f"{HERE}#", f"{HERE}#x", f"{HERE};x", f"{HERE}%00", f"{HERE}%0d%0aX:%20y", f"{HERE} ", f" {HERE}"),
    *(f"{HERE}\r\nX: y", f"{HERE}/../evil", f"{HERE}.evil.example", f"{HERE}\u2028"),
    *("http://127.0.0.1:49152/OAuth/callback", "http://127.0.0.1:49152//oauth/callback", "http://127.0.0.1:49152/oauth//callback"),
    *("http://127.0.0.1:49152/oauth/./callback", "http://127.0.0.1:49152/x/../oauth/callback", "http://127.0.0.1:49152/%6fauth/callback"),
    *("http://127.0.0.1:49152/oauth%2fcallback", "http://127.0.0.1:49152/", "http://127.0.0.1:49152", "http://127.0.0.1:49152/*"),
    *("http://127.0.0.1/oauth/callback", "http://127.0.0.1:/oauth/callback", "http://127.0.0.1:0/oauth/callback"),
    *("http://127.0.0.1:65536/oauth/callback", "http://127.0.0.1:049152/oauth/callback", "http://127.0.0.1:٤٩١٥٢/oauth/callback"),
    *("https://127.0.0.1:49152/oauth/callback", "HTTP://127.0.0.1:49152/oauth/callback", "http://localhost:49152/oauth/callback"),
    *("http://[::1]:49152/oauth/callback", "http://127.1:49152/oauth/callback", "http://2130706433:49152/oauth/callback"),
    *("http://0x7f.0.0.1:49152/oauth/callback", "http://127.0.0.2:49152/oauth/callback", "http://0.0.0.0:49152/oauth/callback"),
    *("http://127.0.0.1.evil.example:49152/oauth/callback", "http://127.0.0.1:49152@evil.example/oauth/callback"),
    *("http://evil.example@127.0.0.1:49152/oauth/callback", "http://127.0.0.1:49152\\@evil.example/oauth/callback"),
    *("http://evil.example/oauth/callback", "http://127x0x0x1:49152/oauth/callback", "javascript:alert(1)//127.0.0.1:49152/oauth/callback"),
    *("data:text/html,x", CONFIRMATION, "http://localhost:8000/console/callback"),
]
PAGES = [
    *("", "http://localhost:8000/v1/sessions/confirmation/", "http://localhost:8000/v1/sessions/confirmation?x=1"),
    *(
        "http://localhost:8000/v1/sessions/confirmation#",
        "http://localhost:8000/v1/sessions/Confirmation",
        "http://localhost/v1/sessions/confirmation",
    ),
    *(
        "https://localhost:8000/v1/sessions/confirmation",
        "http://localhost:8001/v1/sessions/confirmation",
        "http://evil.example/v1/sessions/confirmation",
    ),
    *("http://localhost:8000.evil.example/v1/sessions/confirmation", "http://a@localhost:8000/v1/sessions/confirmation", CALLBACK),
]


def refused_by_page(answer: Any) -> None:
    """Hold an answer to what a request of the wrong program or address may do: nothing but a page."""
    assert answer.status_code == 400
    assert "Location" not in answer.headers
    assert "Start" in text_of(answer) or "Nothing was sent there" in text_of(answer) or "malformed" in text_of(answer)
    assert not AuthorizationCode.objects.exists()


@pytest.mark.parametrize("redirect", REDIRECTS)
def test_oa_01_a_program_on_this_computer_is_answered_at_the_exact_loopback_callback_alone(
    visitor: Visitor, iam_user: Person, tool: Tool, redirect: str
) -> None:
    signed_in(visitor, iam_user)
    refused_by_page(visitor.get(address(tool, redirect_uri=redirect)))


@pytest.mark.parametrize("redirect", PAGES)
def test_oa_01_a_program_elsewhere_is_answered_at_the_confirmation_page_alone(visitor: Visitor, redirect: str) -> None:
    refused_by_page(visitor.get(address(Tool(CROSS_DEVICE_ID), redirect_uri=redirect)))


def test_oa_01_forty_variants_and_the_right_ones(visitor: Visitor, tool: Tool) -> None:
    assert len(set(REDIRECTS)) >= 40
    for port in ("1", "1024", "65535"):
        assert visitor.get(address(tool, redirect_uri=f"http://127.0.0.1:{port}/oauth/callback")).headers["Location"].startswith(CONSENT)
    for host in ("localhost", "127.0.0.1"):
        page = f"http://{host}:8000/v1/sessions/confirmation"
        assert visitor.get(address(Tool(CROSS_DEVICE_ID), redirect_uri=page)).headers["Location"].startswith(CONSENT)


@pytest.mark.parametrize("name", ["client_id", "redirect_uri"])
def test_oa_01_who_asks_and_where_to_answer_stand_once(visitor: Visitor, tool: Tool, name: str) -> None:
    given = parameters(tool)
    for pairs in ([*given.items(), (name, given[name])], [(name, "http://evil.example/"), *given.items()], [*given.items(), (name, "")]):
        refused_by_page(visitor.get("/v1/authorize?" + urlencode(pairs)))


@pytest.mark.parametrize("name", ["response_type", "state", "code_challenge", "code_challenge_method", "scope", "resource", "dpop_jkt"])
def test_oa_01_every_other_parameter_stands_once_and_the_program_is_told(visitor: Visitor, tool: Tool, name: str) -> None:
    given = parameters(tool) | {"resource": "https://a.example/", "dpop_jkt": "A" * 43}
    told = sent(visitor.get("/v1/authorize?" + urlencode([*given.items(), (name, given[name])])))
    assert told["error"] == "invalid_request"
    assert name in told["error_description"]
    assert told.get("state") == (None if name == "state" else STATE)


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"response_type": None}, "unsupported_response_type"),
        ({"response_type": "token"}, "unsupported_response_type"),
        ({"response_type": "id_token"}, "unsupported_response_type"),
        ({"response_type": "code token"}, "unsupported_response_type"),
        ({"response_type": "none"}, "unsupported_response_type"),
        ({"response_mode": "fragment"}, "unsupported_response_type"),
        ({"response_mode": "form_post"}, "unsupported_response_type"),
        ({"response_mode": ""}, "unsupported_response_type"),
        ({"scope": None}, "invalid_scope"),
        ({"scope": ""}, "invalid_scope"),
        ({"scope": "openid profile"}, "invalid_scope"),
        ({"scope": "openid "}, "invalid_scope"),
        ({"scope": "OpenID"}, "invalid_scope"),
        ({"scope": "*"}, "invalid_scope"),
        ({"code_challenge": None}, "invalid_request"),
        ({"code_challenge": "x" * 42}, "invalid_request"),
        ({"code_challenge": "x" * 44}, "invalid_request"),
        ({"code_challenge": "x" * 42 + "="}, "invalid_request"),
        ({"code_challenge": "x" * 42 + "+"}, "invalid_request"),
        ({"code_challenge": "é" * 43}, "invalid_request"),
        ({"code_challenge_method": None}, "invalid_request"),
        ({"code_challenge_method": "plain"}, "invalid_request"),
        ({"code_challenge_method": "s256"}, "invalid_request"),
        ({"code_challenge_method": "SHA256"}, "invalid_request"),
        ({"state": None}, "invalid_request"),
        ({"state": ""}, "invalid_request"),
        ({"state": "x" * 513}, "invalid_request"),
        ({"resource": "not a uri"}, "invalid_target"),
        ({"resource": "https://a.example/#x"}, "invalid_target"),
        ({"dpop_jkt": "x"}, "invalid_request"),
    ],
)
def test_oa_02_oa_13_oa_14_any_other_fault_is_told_to_the_program(
    visitor: Visitor, iam_user: Person, tool: Tool, changes: dict[str, str | None], error: str
) -> None:
    signed_in(visitor, iam_user)
    answer = visitor.get(address(tool, **changes))
    assert answer.headers["Location"].startswith(f"{CALLBACK}?error={error}&")
    told = sent(answer)
    assert told.get("state", "") == ("" if "state" in changes else STATE)
    assert "code" not in told
    assert not AuthorizationCode.objects.exists()
    assert not Event.objects.exists()


@pytest.mark.parametrize("method", ["S256", "SHA-256"])
@pytest.mark.parametrize("state", ["x", "x" * 512, "a b&c=d?e#f%00+/\"'<", "ä漢"])
def test_oa_02_both_names_of_the_method_and_any_state_come_back_as_they_were(
    visitor: Visitor, iam_user: Person, tool: Tool, method: str, state: str
) -> None:
    signed_in(visitor, iam_user)
    answer = answers(visitor, asks(visitor, tool, code_challenge_method=method, state=state), "allow")
    assert sent(answer)["state"] == state


@pytest.mark.parametrize(
    "client",
    [
        *(
            "",
            "devtools/same-device",
            "arn:aws:signin:::devtools/Same-Device",
            "arn:aws:signin:::devtools/same-device ",
            "arn:aws:signin:::devtools/*",
        ),
        *(
            "arn:aws:signin:us-east-1::devtools/same-device",
            "arn:aws:signin::111122223333:devtools/same-device",
            "arn:aws-cn:signin:::devtools/same-device",
        ),
        *("arn:aws:signin:::devtools/same-device/", "arn:aws:signin:us-east-1::external-client/dcr/00000000-0000-0000-0000-000000000000", "x" * 4000),
    ],
)
def test_oa_15_a_program_that_is_not_known_gets_a_page(visitor: Visitor, tool: Tool, client: str) -> None:
    refused_by_page(visitor.get(address(tool, client_id=client)))


def test_oa_15_the_consoles_own_client_is_no_program(visitor: Visitor, iam_user: Person, tool: Tool) -> None:
    signed_in(visitor, iam_user)
    refused_by_page(visitor.get(address(tool, client_id=CONSOLE_CLIENT_ID)))
    own = visitor.get(address(tool, client_id=CONSOLE_CLIENT_ID, redirect_uri="http://localhost:8000/console/callback"))
    assert own.headers["Location"] == "/console/", "it needs a session that has just signed in, and never asks"


def test_an_answer_names_who_answers_against_mix_up(visitor: Visitor, iam_user: Person, tool: Tool) -> None:
    """RFC 9207, RFC 9700 §4.4: a client of several servers can tell which one a code is from."""
    signed_in(visitor, iam_user)
    assert sent(visitor.get(address(tool, scope="x")))["iss"] == "http://localhost:8000"
    assert sent(answers(visitor, asks(visitor, tool), "allow"))["iss"] == "http://localhost:8000"


def test_brw_06_brw_08_redirects_are_see_other_without_referrer_store_or_cors(visitor: Visitor, iam_user: Person, tool: Tool) -> None:
    signed_in(visitor, iam_user)
    page = asks(visitor, tool)
    for answer in (visitor.get(address(tool)), visitor.get(address(tool, scope="x")), page, answers(visitor, page, "allow")):
        assert answer.status_code in {200, 303}
        assert answer.headers["Cache-Control"] == "no-store"
        assert answer.headers["Referrer-Policy"] in {"same-origin", "no-referrer"}
        assert answer.headers["X-Frame-Options"] == "DENY"
        assert "frame-ancestors 'none'" in answer.headers["Content-Security-Policy"]
        assert not [name for name in answer.headers if name.startswith("Access-Control")]
    preflight = visitor.client.options(address(tool), headers={"Origin": "https://evil.example", "Access-Control-Request-Method": "GET"})
    assert preflight.status_code == 405
    assert not [name for name in preflight.headers if name.startswith("Access-Control")]


@pytest.mark.parametrize("method", ["post", "put", "delete", "head"])
def test_a_request_is_a_get(visitor: Visitor, tool: Tool, method: str) -> None:
    send = getattr(visitor.client, method)
    assert send(address(tool)).status_code in {403, 405}
    assert not AuthorizationCode.objects.exists()


@pytest.mark.parametrize("path", ["/v1/authorize/", "/v1//authorize", "/V1/authorize", "/v1/authorize/consent/", "/v1/sessions/confirmation/"])
def test_other_spellings_of_the_address_are_none(visitor: Visitor, tool: Tool, path: str) -> None:
    assert visitor.get(path + address(tool).removeprefix("/v1/authorize")).status_code == 404
