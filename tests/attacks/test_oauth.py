"""OA: attacks on the authorization request, the code and its redemption."""

from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest

from accounts.models import AuthorizationCode, SignInSession
from accounts.oauth.clients import CONSOLE_CLIENT_ID
from accounts.oauth.flows import Redeemed, RedeemFailure, find_code, make_code, redeem_for_console
from accounts.sessions.flows import open_session
from portal.conf import conf
from portal.core import clock, pkce
from portal.core.tokens import digest, new_token
from portal.network.origin import Origin
from portal.trail.models import Event
from portal.world.people import Person
from tests.console.browsing import principal_of
from tests.journeys.visitor import Visitor, text_of

ORIGIN = Origin(address="203.0.113.7", region="us-east-1", regional=False, user_agent="test", host="localhost")
CALLBACK = "http://localhost:8000/console/callback"
REDIRECTS = [
    "",
    "http://localhost:8000/console/callback/",
    "http://localhost:8000/console/callback?",
    "http://localhost:8000/console/callback?x=1",
    "http://localhost:8000/console/callback#",
    "http://localhost:8000/console/callback#x",
    "http://localhost:8000/console/Callback",
    "http://localhost:8000/Console/callback",
    "http://LOCALHOST:8000/console/callback",
    "HTTP://localhost:8000/console/callback",
    "https://localhost:8000/console/callback",
    "http://localhost/console/callback",
    "http://localhost:80/console/callback",
    "http://localhost:8001/console/callback",
    "http://localhost:08000/console/callback",
    "http://localhost:8000//console/callback",
    "http://localhost:8000/console//callback",
    "http://localhost:8000/console/./callback",
    "http://localhost:8000/console/x/../callback",
    "http://localhost:8000/x/%2e%2e/console/callback",
    "http://localhost:8000/console/%63allback",
    "http://localhost:8000/console%2fcallback",
    "http://localhost:8000/console/callback%00",
    "http://localhost:8000/console/callback%0d%0aX: y",
    "http://localhost:8000/console/callback ",
    " http://localhost:8000/console/callback",
    "http://localhost:8000/console/callback/../../evil",
    "http://localhost:8000/console/callback.evil.example",
    "http://localhost:8000.evil.example/console/callback",
    "http://localhost.evil.example:8000/console/callback",
    "http://evil.example/console/callback",
    "http://evil.example/?http://localhost:8000/console/callback",
    "http://localhost:8000@evil.example/console/callback",
    "http://evil.example@localhost:8000/console/callback",
    "http://user:pass@localhost:8000/console/callback",
    "http://127.0.0.1:8000/console/callback",
    "http://[::1]:8000/console/callback",
    "http://localhost:8000\\@evil.example/console/callback",
    "//localhost:8000/console/callback",
    "/console/callback",
    "javascript:alert(1)//localhost:8000/console/callback",
    "http://localhost:8000/console/*",
    "http://l\u043ecalhost:8000/console/callback",
]


@pytest.fixture
def asking(visitor: Visitor, iam_user: Person) -> dict[str, str]:
    """The authorization request of a browser that has just signed in, not yet sent."""
    answer = visitor.gives_iam(iam_user)
    return {name: value for name, (value,) in parse_qs(urlsplit(answer.headers["Location"]).query).items()}


def authorize(visitor: Visitor, query: Any) -> Any:
    """Send an authorization request."""
    return visitor.client.get("/v1/authorize?" + urlencode(query))


def code_in(answer: Any) -> str:
    """Return the code that an answer carries to the console."""
    target = urlsplit(answer.headers["Location"])
    assert target.path == "/console/callback"
    return str(parse_qs(target.query).get("code", [""])[0])


@pytest.mark.parametrize("redirect", REDIRECTS)
def test_oa_01_only_the_exact_redirect_uri_is_redirected_to(visitor: Visitor, asking: dict[str, str], redirect: str) -> None:
    answer = authorize(visitor, asking | {"redirect_uri": redirect})
    assert answer.status_code == 400
    assert "Location" not in answer.headers
    assert not AuthorizationCode.objects.exists()


def test_oa_01_forty_variants_and_the_right_one(visitor: Visitor, asking: dict[str, str]) -> None:
    assert len(REDIRECTS) >= 40
    assert code_in(authorize(visitor, asking))


@pytest.mark.parametrize("name", ["redirect_uri", "client_id", "state", "code_challenge", "scope", "response_type", "login_hint"])
def test_oa_01_a_parameter_stands_once(visitor: Visitor, asking: dict[str, str], name: str) -> None:
    for pairs in ([*asking.items(), (name, asking[name])], [(name, "http://evil.example/"), *asking.items()]):
        answer = authorize(visitor, pairs)
        assert answer.status_code == 400
        assert "Location" not in answer.headers
    assert not AuthorizationCode.objects.exists()


@pytest.mark.parametrize(
    "change",
    [
        {"code_challenge": ""},
        {"code_challenge": "x" * 42},
        {"code_challenge": "x" * 44},
        {"code_challenge": "x" * 42 + "="},
        {"code_challenge": "x" * 42 + "+"},
        {"code_challenge_method": "plain"},
        {"code_challenge_method": "s256"},
        {"code_challenge_method": "S512"},
        {"code_challenge_method": ""},
        {"state": ""},
        {"state": "x" * 513},
        {"scope": "openid admin"},
        {"scope": ""},
    ],
)
def test_oa_02_what_is_missing_or_weak_is_an_error_for_the_client(visitor: Visitor, asking: dict[str, str], change: dict[str, str]) -> None:
    answer = authorize(visitor, asking | change)
    target = urlsplit(answer.headers["Location"])
    assert answer.status_code == 303
    assert f"{target.scheme}://{target.netloc}{target.path}" == CALLBACK
    assert parse_qs(target.query)["error"][0] in {"invalid_request", "invalid_scope"}
    assert not AuthorizationCode.objects.exists()


@pytest.mark.parametrize("method", ["S256", "SHA-256"])
def test_oa_02_both_names_of_the_method_are_taken(visitor: Visitor, asking: dict[str, str], method: str) -> None:
    passed, _ = visitor.walks(authorize(visitor, asking | {"code_challenge_method": method}))
    assert passed[0] == "/console/callback"
    assert passed[1].endswith("/home")


def made(person: Person) -> tuple[SignInSession, str, str, str]:
    """Make a code below the pages: its session, the browser's secret, the code and the verifier."""
    session, secret = open_session(principal_of(person), origin=ORIGIN)
    verifier = new_token()
    challenge = pkce.challenge_of(verifier=verifier)
    return (
        session,
        secret,
        make_code(session, client_id=CONSOLE_CLIENT_ID, redirect_uri=CALLBACK, code_challenge=challenge, scope="openid"),
        verifier,
    )


def redeem(code: str, **change: str) -> Redeemed | RedeemFailure:
    """Redeem a code with everything right but `change`."""
    row = find_code(code)
    assert row is not None
    asked = {"client_id": CONSOLE_CLIENT_ID, "redirect_uri": CALLBACK, "verifier": "", "browser_digest": ""} | change
    return redeem_for_console(row, origin=ORIGIN, **asked)


WRONG_VERIFIERS = ["", "x" * 42, "x" * 43, "x" * 128, "x" * 129, "x" * 42 + "!", "\u00e9" * 43, "{challenge}", "{right} ", "{right}x"]


@pytest.mark.parametrize("verifier", WRONG_VERIFIERS)
def test_oa_02_only_the_right_verifier_redeems_and_a_wrong_one_burns_nothing(iam_user: Person, verifier: str) -> None:
    session, secret, code, right = made(iam_user)
    wrong = verifier.format(challenge=pkce.challenge_of(verifier=right), right=right)
    assert redeem(code, verifier=wrong, browser_digest=digest(secret)) is RedeemFailure.MISMATCH
    assert isinstance(redeem(code, verifier=right, browser_digest=digest(secret)), Redeemed)
    session.refresh_from_db()
    assert session.ended_at is None


def test_oa_03_a_code_lives_a_minute(visitor: Visitor, iam_user: Person) -> None:
    _, secret, code, verifier = made(iam_user)
    clock.advance(conf.authorization_code_lifetime)
    assert redeem(code, verifier=verifier, browser_digest=digest(secret)) is RedeemFailure.EXPIRED
    clock.reset()
    answer = visitor.get(visitor.gives_iam(iam_user).headers["Location"])
    visitor.training("clock", advance_seconds=61)
    passed, page = visitor.walks(answer)
    assert passed == ["/console/callback", "/console/"]
    assert "Your sign-in took too long or was interrupted." in text_of(page)


@pytest.mark.parametrize("later", [0, 1, 30, 600])
def test_oa_04_a_second_use_ends_what_the_first_opened_and_is_recorded(iam_user: Person, later: int) -> None:
    session, secret, code, verifier = made(iam_user)
    first = redeem(code, verifier=verifier, browser_digest=digest(secret))
    assert isinstance(first, Redeemed)
    clock.advance(later * (conf.authorization_code_lifetime / 60))
    assert redeem(code, verifier=verifier, browser_digest=digest(secret)) is RedeemFailure.USED
    session.refresh_from_db()
    assert session.end_reason == SignInSession.End.CODE_REPLAYED
    event = Event.objects.get(event_name="SessionEnded")
    assert '"reason":"code_replayed"' in event.record
    assert redeem(code, verifier=verifier, browser_digest=digest(first.secret)) is RedeemFailure.USED
    assert Event.objects.filter(event_name="SessionEnded").count() == 1


def test_oa_04_who_cannot_redeem_a_code_cannot_end_its_session_with_it(iam_user: Person) -> None:
    session, secret, code, verifier = made(iam_user)
    redeem(code, verifier=verifier, browser_digest=digest(secret))
    for change in ({"verifier": new_token(), "browser_digest": digest(secret)}, {"verifier": verifier, "browser_digest": digest(new_token())}):
        assert redeem(code, **change) is RedeemFailure.MISMATCH
    session.refresh_from_db()
    assert session.ended_at is None


def test_oa_05_a_code_is_for_its_client_redirect_uri_and_browser(iam_user: Person, other_iam_user: Person) -> None:
    _, secret, code, verifier = made(iam_user)
    _, other_secret, _, other_verifier = made(other_iam_user)
    right = {"verifier": verifier, "browser_digest": digest(secret)}
    for change in (
        {"client_id": "arn:aws:signin:::devtools/same-device"},
        {"redirect_uri": CALLBACK + "/"},
        {"browser_digest": digest(other_secret)},
        {"browser_digest": ""},
        {"verifier": other_verifier},
    ):
        assert redeem(code, **right | change) is RedeemFailure.MISMATCH
    assert isinstance(redeem(code, **right), Redeemed)


def test_oa_05_a_code_of_one_browser_opens_no_console_in_another(visitor: Visitor, stranger: Visitor, iam_user: Person, root_user: Person) -> None:
    """Code injection: the victim's browser has an authorization of its own pending, and is given the attacker's code."""
    attackers = visitor.get(visitor.gives_iam(iam_user).headers["Location"])
    victims = stranger.get(stranger.gives_iam(iam_user).headers["Location"])
    stolen = code_in(attackers)
    state = parse_qs(urlsplit(victims.headers["Location"]).query)["state"][0]
    for query in ({"code": stolen, "state": state}, {"code": stolen, "state": parse_qs(urlsplit(attackers.headers["Location"]).query)["state"][0]}):
        passed, _ = stranger.walks(stranger.client.get("/console/callback", query))
        assert not any(path.endswith("/home") for path in passed)
    assert SignInSession.objects.filter(console_since__isnull=False).count() == 0
    passed, _ = visitor.walks(attackers)
    assert passed[-1].endswith("/home"), "and the code is not burnt by it"


def test_oa_05_a_code_without_this_browsers_pending_request_is_not_looked_at(visitor: Visitor, iam_user: Person) -> None:
    answer = visitor.get(visitor.gives_iam(iam_user).headers["Location"])
    pending = visitor.client.cookies.pop("authorization")
    passed, _ = visitor.walks(answer)
    assert passed == ["/console/callback", "/console/"]
    visitor.client.cookies["authorization"] = pending.value
    for query in ({}, {"code": code_in(answer)}, {"state": "x"}, {"code": code_in(answer), "state": "x"}, {"error": "access_denied", "state": "x"}):
        assert visitor.client.get("/console/callback", query).headers["Location"] == "/console/"
    passed, _ = visitor.walks(answer)
    assert passed[-1].endswith("/home")


@pytest.mark.parametrize(
    "change",
    [
        {"response_type": "token"},
        {"response_type": "id_token"},
        {"response_type": "code token"},
        {"response_type": ""},
        {"response_mode": "fragment"},
        {"response_mode": "form_post"},
        {"response_mode": "query"},
    ],
)
def test_oa_14_only_the_code_response_exists(visitor: Visitor, asking: dict[str, str], change: dict[str, str]) -> None:
    answer = authorize(visitor, asking | change)
    assert parse_qs(urlsplit(answer.headers["Location"]).query)["error"] == ["unsupported_response_type"]
    assert not AuthorizationCode.objects.exists()


@pytest.mark.parametrize(
    "client",
    [
        "",
        "arn:aws:signin:::console/Vestibule",
        "arn:aws:signin:::console/vestibule ",
        "arn:aws:signin:::console/vestibule/",
        "arn:aws:signin:::console/*",
        "arn:aws:signin:us-east-1::console/vestibule",
        "arn:aws-cn:signin:::console/vestibule",
        "arn:aws:signin:::devtools/same-device",
        "arn:aws:iam::111122223333:user/Carlos",
        "../console/vestibule",
        "x" * 4000,
    ],
)
def test_oa_15_a_client_that_is_not_known_is_told_so_and_nobody_else(visitor: Visitor, asking: dict[str, str], client: str) -> None:
    answer = authorize(visitor, asking | {"client_id": client})
    assert answer.status_code == 400
    assert "Location" not in answer.headers
    assert not AuthorizationCode.objects.exists()


def test_oa_15_a_session_is_authorized_in_its_own_browser_alone(visitor: Visitor, stranger: Visitor, asking: dict[str, str]) -> None:
    for hint in (asking["login_hint"], "", "111122223333-aaaaaaaa", "operator-aaaaaaaa", "x" * 500, "%00"):
        answer = authorize(stranger, asking | {"login_hint": hint})
        assert answer.status_code == 400 or answer.headers["Location"] == "/console/"
    assert not AuthorizationCode.objects.exists()


def test_a_session_is_authorized_once(visitor: Visitor, asking: dict[str, str]) -> None:
    visitor.walks(authorize(visitor, asking))
    answer = authorize(visitor, asking)
    assert (answer.status_code, answer.headers["Location"]) == (303, "/console/")


def test_the_answer_is_a_see_other_without_referrer_or_cors(visitor: Visitor, asking: dict[str, str]) -> None:
    answer = visitor.client.get("/v1/authorize?" + urlencode(asking), headers={"Origin": "https://evil.example"})
    assert answer.status_code == 303
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.headers["Referrer-Policy"] in {"same-origin", "no-referrer"}
    assert not [name for name in answer.headers if name.startswith("Access-Control")]


def test_a_code_is_stored_as_its_digest(visitor: Visitor, asking: dict[str, str]) -> None:
    code = code_in(authorize(visitor, asking))
    row = AuthorizationCode.objects.get()
    assert row.code_digest == digest(code)
    assert code not in str(vars(row))
    assert code not in repr(row) + str(row)
