"""The training controls: who may call them, what they take, what they do."""

import json
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.test import Client

from accounts.models import CaptchaChallenge, Principal, SignInSession
from mfa.models import Passkey
from portal.core import clock
from portal.core.tokens import unseal
from portal.training.time_travel import FURTHEST
from portal.world.people import Person
from tests.admin.operators import OperatorBrowser
from tests.console.browsing import Browser

CALLS = (("GET", "world"), ("POST", "reset"), ("GET", "clock"), ("POST", "clock"), ("GET", "network"), ("POST", "network"), ("GET", "captcha"))
ALLOWED = {"X-Training": "1"}


def _call(method: str, name: str, *, headers: dict[str, str] | None = None, body: Any = None, client: Client | None = None) -> Any:
    client = client or Client(enforce_csrf_checks=True)
    allowed = ALLOWED if headers is None else headers
    if body is None:
        return client.generic(method, f"/training/api/{name}", headers=allowed)
    text = body if isinstance(body, str) else json.dumps(body)
    return client.generic(method, f"/training/api/{name}", text, "application/json", headers=allowed)


@pytest.mark.parametrize(("method", "name"), CALLS)
def test_without_the_header_every_call_is_refused(db: None, method: str, name: str) -> None:
    for headers in ({}, {"X-Training": "0"}, {"X-Training": "true"}):
        answer = _call(method, name, headers=headers)
        assert answer.status_code == 403
        assert answer.json()["error"] == "access_denied"


@pytest.mark.parametrize(("method", "name"), CALLS)
def test_while_training_is_off_there_is_nothing(db: None, monkeypatch: pytest.MonkeyPatch, method: str, name: str) -> None:
    monkeypatch.setenv("PORTAL_TRAINING", "0")
    answer = _call(method, name)
    assert answer.status_code == 404
    assert answer.json()["error"] == "not_found"


@pytest.mark.parametrize(("method", "name"), CALLS)
def test_where_training_is_for_operators_others_are_refused(
    world: dict[str, Person], monkeypatch: pytest.MonkeyPatch, method: str, name: str
) -> None:
    monkeypatch.setenv("PORTAL_TRAINING_OPERATORS", "1")
    assert _call(method, name).status_code == 403


def test_where_training_is_for_operators_an_operator_may(operator_browser: OperatorBrowser, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PORTAL_TRAINING_OPERATORS", "1")
    assert _call("GET", "clock", client=operator_browser.client).status_code == 200
    Principal.objects.filter(kind="operator").update(is_active=False)
    assert _call("GET", "clock", client=operator_browser.client).status_code == 403


def test_no_foreign_page_is_granted_the_header(db: None) -> None:
    preflight = {"Origin": "https://evil.example", "Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "x-training"}
    answer = _call("OPTIONS", "reset", headers=preflight)
    assert answer.status_code == 403
    assert not [name for name in answer.headers if name.lower().startswith("access-control-")]
    assert _call("POST", "reset", headers=ALLOWED | {"Sec-Fetch-Site": "cross-site"}).status_code == 403


@pytest.mark.parametrize(("method", "name"), [("POST", "world"), ("GET", "reset"), ("DELETE", "clock"), ("POST", "captcha"), ("PUT", "reset")])
def test_other_methods_are_refused(db: None, method: str, name: str) -> None:
    assert _call(method, name).status_code == 405


def test_the_world_names_people_and_accounts(world: dict[str, Person]) -> None:
    found = _call("GET", "world").json()
    assert set(found) == {"people", "networks", "accounts"}
    carlos = next(person for person in found["people"] if person["username"] == "Carlos")
    assert set(carlos) == {"kind", "account", "alias", "username", "email", "directory", "password", "totp_secret", "passkey", "note"}
    assert (carlos["kind"], carlos["account"], carlos["alias"]) == ("iam_user", "111122223333", "anycompany")
    assert {account["id"] for account in found["accounts"]} >= {"111122223333", "444455556666", "777788889999", "123456789012"}
    assert {person["kind"] for person in found["people"]} == {"root", "iam_user", "operator"}


def test_the_world_hands_out_what_a_second_factor_is_played_with(world: dict[str, Person]) -> None:
    listed = {person["username"]: person for person in _call("GET", "world").json()["people"] if person["account"] in {"111122223333", ""}}
    assert listed["alice"]["totp_secret"] == "UCWOHJDOFZLOVEAUD2LVE3Z2SHT6MINX"
    assert listed["operator"]["totp_secret"]
    assert listed["Carlos"]["passkey"] is None
    passkey = listed["Jorge_Souza"]["passkey"]
    assert set(passkey) == {"credential_id", "user_handle", "private_key", "rp_id", "sign_count"}
    assert (passkey["rp_id"], passkey["sign_count"]) == ("localhost", 0)
    Passkey.objects.update(sign_count=12)
    later = _call("GET", "world").json()["people"]
    assert [person["passkey"]["sign_count"] for person in later if person["passkey"]] == [12]


def test_the_clock_is_moved_read_and_put_back(db: None) -> None:
    assert _call("GET", "clock").json()["offset_seconds"] == 0
    moved = _call("POST", "clock", body={"advance_seconds": 3600}).json()
    assert moved["offset_seconds"] == 3600
    shown = datetime.fromisoformat(moved["now"])
    assert abs(shown - clock.now()) < timedelta(seconds=5)
    assert _call("POST", "clock", body={"advance_seconds": -600}).json()["offset_seconds"] == 3000
    assert _call("POST", "clock", body={"reset": True}).json()["offset_seconds"] == 0


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"advance_seconds": "3600"},
        {"advance_seconds": 1.5},
        {"advance_seconds": True},
        {"advance_seconds": None},
        {"advance_seconds": [1]},
        {"advance_seconds": 10**9},
        {"advance_seconds": -(10**30)},
        {"advance_seconds": int(FURTHEST.total_seconds()) + 1},
        {"advance_seconds": 1, "reset": True},
        {"advance_seconds": 1, "is_staff": True},
        {"reset": False},
        {"reset": 1},
        {"reset": "true"},
        "[1]",
        "1",
        "nonsense",
        '{"advance_seconds": 1, "advance_seconds": 2}',
        '{"advance_seconds": NaN}',
        '{"advance_seconds": Infinity}',
        '{"advance_seconds": ' + "9" * 5000 + "}",
        '{"advance_seconds": "\\ud800"}',
        "[" * 50000,
    ],
)
def test_pol_05_the_clock_takes_one_known_value_of_its_type(db: None, body: Any) -> None:
    answer = _call("POST", "clock", body=body)
    assert answer.status_code == 400
    assert answer.json()["error"] == "invalid_request"
    assert clock.offset() == timedelta(0)


def test_the_clock_cannot_be_walked_out_of_range(db: None) -> None:
    step = int(FURTHEST.total_seconds())
    assert _call("POST", "clock", body={"advance_seconds": step}).status_code == 200
    assert _call("POST", "clock", body={"advance_seconds": 2}).status_code == 400
    assert _call("POST", "clock", body={"advance_seconds": -2 * step + 10}).status_code == 200


def test_a_body_of_another_type_is_refused(db: None) -> None:
    answer = Client().post("/training/api/clock", {"advance_seconds": "1"}, headers=ALLOWED)
    assert answer.status_code in {400, 415}
    assert clock.offset() == timedelta(0)


def test_reset_signs_everyone_out(world: dict[str, Person], iam_user: Person) -> None:
    browser = Browser()
    session = browser.opens(iam_user)
    clock.advance(timedelta(hours=1))
    answer = _call("POST", "reset")
    assert answer.status_code == 200
    assert answer.json()["offset_seconds"] == 0
    assert not SignInSession.objects.exists()
    assert not browser.is_in(session)


def test_reset_takes_no_values(world: dict[str, Person]) -> None:
    assert _call("POST", "reset", body={}).status_code == 200
    assert _call("POST", "reset", body={"world": "/etc/passwd.yaml"}).status_code == 400


def test_cap_07_the_answer_is_for_the_browser_that_looks_at_the_check(world: dict[str, Person], root_user: Person) -> None:
    looker, other = Browser(), Browser()
    assert _call("GET", "captcha", client=looker.client).status_code == 404
    answer = looker.send("/signin/root", page="/signin/root", email=root_user.email)
    assert answer.status_code == 303
    page = looker.get(answer.headers["Location"])
    assert page.status_code == 200
    found = _call("GET", "captcha", client=looker.client)
    assert found.status_code == 200
    assert found.json() == {"answer": unseal(CaptchaChallenge.objects.get().sealed_answer)}
    assert _call("GET", "captcha", client=other.client).status_code == 404


def test_answers_are_never_stored_by_a_cache(db: None) -> None:
    assert _call("GET", "world").headers["Cache-Control"] == "no-store"
