"""Proving again who is there, before anything changes that protects an identity."""

import json
import re
from html import unescape
from typing import Any
from urllib.parse import urlencode

import pytest

from accounts.models import SignInSession
from mfa.models import Authenticator
from portal.core import clock
from portal.trail.models import Event
from portal.trail.names import EventName
from portal.world.people import Person
from tests.console.browsing import Browser, principal_of
from tests.journeys.visitor import alerts_of, text_of
from tests.mfa.codes import app_of, next_code, unused_code, wrong_code
from tests.mfa.fido.authenticator import SoftwareAuthenticator
from tests.mfa.manage.pages import devices, rooms, security, sends, some_time_passes, where

_OPTIONS = re.compile(r'data-options="([^"]+)"')
ROOMS = ["register", "register/app", "register/passkey", "resynchronise", "rename", "delete", "trusted/forget"]


def confirm_page(session: SignInSession, target: str) -> str:
    """Return the address of the page that asks, and leads to `target` then."""
    return f"{rooms(session)}confirm?{urlencode({'next': target})}"


def confirms(browser: Browser, session: SignInSession, *, target: str = "", **fields: str) -> Any:
    """Answer the page that asks who is there."""
    target = target or security(session)
    return browser.send(rooms(session) + "confirm", page=confirm_page(session, target), next=target, **fields)


def events() -> list[tuple[bool, str]]:
    """Return what was recorded of confirmations: whether it was right, and the way."""
    found = Event.objects.filter(event_name=EventName.REAUTHENTICATED).order_by("id")
    return [(event.succeeded, json.loads(event.record)["additionalEventData"]["way"]) for event in found]


@pytest.mark.parametrize("room", ROOMS)
def test_ses_09_after_some_time_every_room_asks_first(laptop: Browser, alice: Person, room: str) -> None:
    here, [device] = laptop.opens(alice), devices(alice)
    address = f"{rooms(here)}{room}?device={device.pk}"
    assert "confirm?" not in laptop.get(address).get("Location", "")
    some_time_passes()
    assert where(laptop.get(address)) == (303, confirm_page(here, address))
    assert where(sends(laptop, here, room, device=str(device.pk), name="other")) == (303, confirm_page(here, address))
    assert [(found.pk, found.name) for found in devices(alice)] == [(device.pk, device.name)]


def test_mfa_07_no_device_is_added_without_a_recent_proof(laptop: Browser, carlos: Person) -> None:
    here = laptop.opens(carlos)
    some_time_passes()
    assert laptop.get(rooms(here) + "register/app").status_code == 303
    assert not Authenticator.objects.filter(user=principal_of(carlos)).exists(), "none is even begun"
    assert sends(laptop, here, "register/app", name="phone", code="123456", code2="234567").status_code == 303
    assert devices(carlos) == []


def test_ses_09_the_password_confirms_and_leads_back(laptop: Browser, alice: Person) -> None:
    here, [device] = laptop.opens(alice), devices(alice)
    some_time_passes()
    target = f"{rooms(here)}rename?device={device.pk}"
    page = laptop.get(confirm_page(here, target))
    assert "Confirm that it is you" in text_of(page)
    answer = confirms(laptop, here, target=target, type="password", password=alice.password)
    assert where(answer) == (303, target)
    assert "MFA device name" in text_of(laptop.get(target))
    assert events() == [(True, "password")]


def test_ses_01_confirming_gives_the_session_a_new_secret(laptop: Browser, alice: Person) -> None:
    here = laptop.opens(alice)
    some_time_passes()
    before = laptop.secret_of(here)
    confirms(laptop, here, type="password", password=alice.password)
    assert laptop.secret_of(here) != before
    assert laptop.is_in(here)
    laptop.client.cookies[f"s-{here.name[-8:]}"] = before
    assert not laptop.is_in(here)


def test_ses_09_a_code_of_ones_own_app_confirms(laptop: Browser, alice: Person) -> None:
    here = laptop.opens(alice)
    some_time_passes()
    code = unused_code(alice)
    assert where(confirms(laptop, here, type="totp", code=f"{code[:3]} {code[3:]}")) == (303, security(here))
    assert events() == [(True, "totp")]
    some_time_passes()
    again = confirms(laptop, here, type="totp", code=code)
    assert again.status_code == 403, "a code counts once"


def test_ses_09_a_passkey_of_ones_own_confirms(laptop: Browser, carlos: Person) -> None:
    here = laptop.opens(carlos)
    key = registers_passkey(laptop, here)
    some_time_passes()
    shown = key.show(options_on(laptop, confirm_page(here, security(here))))
    answer = confirms(laptop, here, type="fido", credential=json.dumps(shown))
    assert where(answer) == (303, security(here))
    assert events() == [(True, "fido")]


def test_pk_05_the_passkey_of_somebody_else_confirms_nothing(laptop: Browser, carlos: Person, alice: Person) -> None:
    theirs = registers_passkey(laptop, laptop.opens(carlos))
    here = laptop.opens(alice)
    registers_passkey(laptop, here)
    some_time_passes()
    shown = theirs.show(options_on(laptop, confirm_page(here, security(here))))
    assert confirms(laptop, here, type="fido", credential=json.dumps(shown)).status_code == 403
    assert events() == [(False, "fido")]


def test_the_code_of_somebody_else_confirms_nothing(laptop: Browser, alice: Person, jorge: Person) -> None:
    here = laptop.opens(alice)
    some_time_passes()
    code = unused_code(jorge)
    if code == unused_code(alice):
        pytest.skip("two apps show the same code, once in a million")
    assert confirms(laptop, here, type="totp", code=code).status_code == 403
    assert events() == [(False, "totp")]


def test_only_ways_that_one_has_are_offered(laptop: Browser, carlos: Person, alice: Person, jorge: Person) -> None:
    offered = {}
    for person in (carlos, alice, jorge):
        here = laptop.opens(person)
        some_time_passes()
        page = laptop.get(confirm_page(here, security(here))).content.decode()
        offered[person.username] = re.findall(r'data-testid="confirm-([a-z]+)"', page)
    assert offered == {"Carlos": ["password"], "alice": ["password", "code"], "Jorge_Souza": ["password", "code", "passkey"]}


def test_a_wrong_password_is_recorded_and_changes_nothing(laptop: Browser, alice: Person) -> None:
    here = laptop.opens(alice)
    some_time_passes()
    before = laptop.secret_of(here)
    answer = confirms(laptop, here, type="password", password="Wrong-Harbor-1")
    assert answer.status_code == 403
    assert "The password is not right." in alerts_of(answer)
    assert "Wrong-Harbor-1" not in answer.content.decode()
    assert events() == [(False, "password")]
    assert laptop.secret_of(here) == before
    assert laptop.get(rooms(here) + "register").status_code == 303


def test_guesses_of_the_password_share_one_count_with_its_change(laptop: Browser, alice: Person) -> None:
    here = laptop.opens(alice)
    for turn in range(5):
        fields = {"password": f"Wrong-Harbor-{turn}", "new_password": "Fresh-Harbor-2217", "confirm_password": "Fresh-Harbor-2217"}
        assert laptop.send(f"/console/{here.name}/password", page=security(here), **fields).status_code == 400
    some_time_passes()
    assert confirms(laptop, here, type="password", password="Wrong-Harbor-6").status_code == 403
    answer = confirms(laptop, here, type="password", password=alice.password)
    assert answer.status_code == 429
    assert int(answer["Retry-After"]) > 0
    assert alerts_of(answer)


def test_mfa_08_codes_and_passkeys_share_one_count(laptop: Browser, jorge: Person) -> None:
    here, app = laptop.opens(jorge), app_of(principal_of(jorge), name="second")
    some_time_passes()
    statuses = [confirms(laptop, here, type="totp", code=wrong_code(app)).status_code for _ in range(3)]
    statuses += [confirms(laptop, here, type="fido", credential="{}").status_code for _ in range(2)]
    assert statuses == [403] * 5
    assert confirms(laptop, here, type="totp", code=next_code(app)).status_code == 429
    assert where(confirms(laptop, here, type="password", password=jorge.password)) == (303, security(here))


@pytest.mark.parametrize(
    "fields",
    [
        {},
        {"type": "password"},
        {"type": "password", "password": ""},
        {"type": "password", "password": "x" * 129},
        {"type": "nonsense", "password": ""},
        {"type": "totp"},
        {"type": "totp", "code": "12345"},
        {"type": "totp", "code": "1" * 4000},
        {"type": "totp", "code": "abcdef"},
        {"type": "fido"},
        {"type": "fido", "credential": ""},
    ],
)
def test_what_cannot_be_an_answer_is_no_try(laptop: Browser, jorge: Person, fields: dict[str, str]) -> None:
    here = laptop.opens(jorge)
    some_time_passes()
    for _ in range(6):
        answer = confirms(laptop, here, **fields)
        assert answer.status_code == 400
    assert alerts_of(answer)
    assert events() == []
    assert where(confirms(laptop, here, type="totp", code=unused_code(jorge))) == (303, security(here))


@pytest.mark.parametrize(
    "credential", ["{", "[]", "null", "1", '"x"', '{"id":1}', "x" * 4000, '{"id":"a","rawId":"a","type":"public-key","response":[]}']
)
def test_a_broken_credential_confirms_nothing(laptop: Browser, jorge: Person, credential: str) -> None:
    here = laptop.opens(jorge)
    some_time_passes()
    assert confirms(laptop, here, type="fido", credential=credential).status_code == 403
    assert laptop.get(rooms(here) + "register").status_code == 303


BELOW = ["{place}home", "{place}security?done=x", "{rooms}register/app", "{place}users?after=a%20b"]
ELSEWHERE = [
    "https://evil.example/",
    "//evil.example/",
    "/\\evil.example",
    "/",
    "/admin/",
    "/console/sessions",
    "/console/999999999999-aaaaaaaa/home",
    "{place}../999999999999-aaaaaaaa/home",
    "{place}%2e%2e/x",
    "{place}/evil",
    "security",
    "javascript:alert(1)",
    "{place}home\n",
    "x" * 3000,
    "",
]


@pytest.mark.parametrize("target", BELOW)
def test_confirming_leads_back_within_the_sessions_own_place(laptop: Browser, alice: Person, target: str) -> None:
    here = laptop.opens(alice)
    some_time_passes()
    wanted = target.format(place=f"/console/{here.name}/", rooms=rooms(here))
    assert where(confirms(laptop, here, target=wanted, type="password", password=alice.password)) == (303, wanted)


@pytest.mark.parametrize("target", ELSEWHERE)
def test_confirming_leads_nowhere_else(laptop: Browser, alice: Person, target: str) -> None:
    here = laptop.opens(alice)
    some_time_passes()
    wanted = target.format(place=f"/console/{here.name}/")
    token = laptop.token_of(confirm_page(here, security(here)))
    fields = {"csrfmiddlewaretoken": token, "next": wanted, "type": "password", "password": alice.password}
    assert where(laptop.client.post(rooms(here) + "confirm", fields)) == (303, security(here))


def test_who_proved_it_recently_is_not_asked(laptop: Browser, alice: Person) -> None:
    here = laptop.opens(alice)
    assert where(laptop.get(confirm_page(here, rooms(here) + "register"))) == (303, rooms(here) + "register")


def test_a_proof_from_the_future_does_not_count(laptop: Browser, alice: Person) -> None:
    here = laptop.opens(alice)
    some_time_passes()
    confirms(laptop, here, type="password", password=alice.password)
    clock.reset()
    assert laptop.get(rooms(here) + "register").status_code == 303


def test_a_session_that_ends_meanwhile_is_not_brought_back(laptop: Browser, alice: Person) -> None:
    here = laptop.opens(alice)
    some_time_passes()
    token = laptop.token_of(confirm_page(here, security(here)))
    SignInSession.objects.filter(pk=here.pk).update(ended_at=clock.now())
    answer = laptop.client.post(rooms(here) + "confirm", {"csrfmiddlewaretoken": token, "type": "password", "password": alice.password})
    assert where(answer) == (303, "/console/?ended=1")
    assert not laptop.is_in(here)
    assert events() == []


def test_a_root_user_whose_credentials_were_removed_confirms_by_no_password(laptop: Browser, root_user: Person) -> None:
    here, principal = laptop.opens(root_user), principal_of(root_user)
    some_time_passes()
    assert principal.account
    principal.account.has_root_credentials = False
    principal.account.save()
    assert laptop.client.post(rooms(here) + "confirm", {"type": "password", "password": root_user.password}).status_code == 403
    assert 'name="password"' not in laptop.get(confirm_page(here, security(here))).content.decode()


def options_on(browser: Browser, address: str) -> str:
    """Return the WebAuthn options that a page carries, as JSON."""
    found = _OPTIONS.search(browser.get(address).content.decode())
    assert found, f"{address} has no options"
    return unescape(found[1])


def registers_passkey(browser: Browser, session: SignInSession) -> SoftwareAuthenticator:
    """Register a passkey in a session and return the authenticator that holds it."""
    key, page = SoftwareAuthenticator(), rooms(session) + "register/passkey"
    made = key.make(options_on(browser, page))
    fields = {"csrfmiddlewaretoken": browser.token_of(security(session)), "name": f"key-{session.name[-4:]}", "credential": json.dumps(made)}
    assert browser.client.post(page, fields).status_code == 303
    return key
