"""The trainee's phone: apps with live codes, calls, mails, and the loss of it all."""

import re
from datetime import timedelta
from time import sleep, time
from typing import Any

import pyotp
import pytest
from django.test import Client

from accounts.mail.kinds import MailKind
from accounts.mail.outbox import post
from accounts.mail.tasks import sweep
from accounts.models import Account, Principal
from mfa.models import Authenticator, AuthenticatorApp
from mfa.recovery.telephone import call
from mfa.totp.codes import code_at, step_at
from mfa.totp.flows import begin, verify
from portal.core import clock
from portal.core.tokens import unseal
from portal.models import PhoneApp
from portal.world.flows import reset_world
from portal.world.people import Person, people
from tests.attacks.test_leaks import dump
from tests.console.browsing import Browser
from tests.mfa.codes import principal_of

World = dict[tuple[str, str], Person]

ALLOWED = {"X-Training": "1"}
SECRET = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"
"""The shared secret of RFC 6238's test vectors."""
ADDRESS = f"otpauth://totp/Vestibule:alice%40anycompany?secret={SECRET}&issuer=Vestibule&algorithm=SHA1&digits=6&period=30"


def _phone(principal: Principal) -> str:
    return f"/training/phone/{principal.pk}/"


def _shown(page: Any, name: str) -> list[str]:
    return re.findall(rf'data-testid="{name}">([^<]*)<', page.content.decode())


def _asks(query: str, *, headers: dict[str, str] | None = None) -> Any:
    return Client().get(f"/training/api/phone?{query}", headers=ALLOWED if headers is None else headers)


def _early_in_a_step() -> None:
    """Wait over the last seconds of a time step, so that a code that is read is still the one that is compared."""
    left = 30 - time() % 30
    if left < 3:
        sleep(left + 0.05)


@pytest.fixture
def alice(world: World) -> Principal:
    """Alice, whose app is in the world file."""
    return principal_of(world["111122223333", "alice"])


@pytest.fixture
def carlos(iam_user: Person) -> Principal:
    """Carlos, whose phone is empty."""
    return principal_of(iam_user)


@pytest.fixture
def root(root_user: Person) -> Principal:
    """The root user of the management account."""
    return principal_of(root_user)


def test_every_identity_has_a_phone_that_the_list_leads_to(world: World) -> None:
    later = Principal(kind="iam_user", account_id="111122223333", name="made-later")
    later.save()
    text = Client().get("/training/phone/").content.decode()
    found = {int(number) for number in re.findall(r'href="/training/phone/(\d+)/"', text)}
    assert found == set(Principal.objects.values_list("pk", flat=True))
    assert "made-later" in text
    for number in found:
        assert Client().get(f"/training/phone/{number}/").status_code == 200


def test_the_first_page_and_the_training_page_lead_there(world: World, alice: Principal) -> None:
    number = next(index for index, person in enumerate(people()) if person.username == "alice")
    assert f'href="/training/phone/?person={number}"' in Client().get("/").content.decode()
    assert Client().get(f"/training/phone/?person={number}").headers["Location"] == _phone(alice)
    assert Client().get("/training/phone/?account=anycompany&username=ALICE").headers["Location"] == _phone(alice)
    assert 'href="/training/phone/"' in Client().get("/training/").content.decode()


def test_the_code_that_the_phone_shows_is_the_one_that_the_portal_accepts(alice: Principal) -> None:
    _early_in_a_step()
    page = Client().get(_phone(alice))
    code, after = _shown(page, "live-code")[0], _shown(page, "next-code")[0]
    assert re.fullmatch("[0-9]{6}", code)
    assert 1 <= int(_shown(page, "seconds-left")[0]) <= 30
    secret = unseal(AuthenticatorApp.objects.get(user=alice).sealed_secret) or ""
    assert (code, after) == (pyotp.TOTP(secret).now(), pyotp.TOTP(secret).at(int(time()) + 30))
    assert verify(alice, code)
    assert not verify(alice, code)


def test_codes_follow_real_time_whatever_the_clock_says(alice: Principal) -> None:
    clock.advance(timedelta(days=400))
    _early_in_a_step()
    code = _shown(Client().get(_phone(alice)), "live-code")[0]
    assert verify(alice, code)


def test_a_page_without_script_refreshes_when_the_codes_change(alice: Principal) -> None:
    assert re.search(r'<noscript><meta http-equiv="refresh" content="\d{1,2}"></noscript>', Client().get(_phone(alice)).content.decode())


def test_an_open_registration_is_scanned_by_picking_it(carlos: Principal, alice: Principal) -> None:
    browser = Browser()
    assert "Registration begun" not in browser.get(f"{_phone(carlos)}add").content.decode()
    registration = begin(carlos, "a-browser")
    page = f"{_phone(carlos)}add"
    text = browser.get(page).content.decode()
    assert "Registration begun" in text
    assert registration.secret not in text
    answer = browser.send(page, page=page, number=str(registration.app.pk))
    assert answer.headers["Location"] == f"{_phone(carlos)}?done=added"
    _early_in_a_step()
    assert _shown(browser.get(answer.headers["Location"]), "live-code") == [pyotp.TOTP(registration.secret).now()]
    assert browser.send(page, page=page, number=str(registration.app.pk)).status_code == 303
    assert PhoneApp.objects.filter(principal=carlos).count() == 1
    other = f"{_phone(alice)}add"
    assert browser.send(other, page=other, number=str(registration.app.pk)).status_code == 400
    clock.advance(timedelta(minutes=16))
    assert "Registration begun" not in browser.get(page).content.decode()
    assert browser.send(page, page=page, number=str(registration.app.pk)).status_code == 400


def test_a_registered_app_is_never_handed_out_again(alice: Principal) -> None:
    page = f"{_phone(alice)}add"
    registered = AuthenticatorApp.objects.get(user=alice)
    PhoneApp.objects.all().delete()
    assert Browser().send(page, page=page, number=str(registered.pk)).status_code == 400
    assert not PhoneApp.objects.exists()


@pytest.mark.parametrize(
    ("fields", "name"),
    [
        ({"address": ADDRESS}, "Vestibule (alice@anycompany)"),
        ({"address": f"otpauth://totp/alice?secret={SECRET.lower()}"}, "alice"),
        ({"address": f" otpauth://totp/?secret={SECRET}&issuer=Vestibule "}, "Vestibule"),
        ({"secret": "gezd gnbv gy3t qojq gezd-gnbv-gy3t-qojq", "name": "My app"}, "My app"),
        ({"secret": f"{SECRET}===="}, "Authenticator app"),
    ],
)
def test_a_pasted_address_or_a_typed_key_becomes_an_app(carlos: Principal, fields: dict[str, str], name: str) -> None:
    browser, page = Browser(), f"{_phone(carlos)}add"
    assert browser.send(page, page=page, **fields).status_code == 303
    app = PhoneApp.objects.get(principal=carlos)
    assert (app.name, unseal(app.sealed_secret)) == (name, SECRET)


@pytest.mark.parametrize(
    "fields",
    [
        {"address": ""},
        {"address": "https://example.com/"},
        {"address": "otpauth://totp/alice"},
        {"address": "otpauth://totp/alice?secret="},
        {"address": "otpauth://totp/alice?secret=1189"},
        {"address": f"otpauth://totp/alice?secret={SECRET}&secret={SECRET}"},
        {"address": f"otpauth://hotp/alice?secret={SECRET}&counter=1"},
        {"address": f"otpauth://totp/alice?secret={SECRET}&digits=8"},
        {"address": f"otpauth://totp/alice?secret={SECRET}&period=60"},
        {"address": f"otpauth://totp/alice?secret={SECRET}&algorithm=SHA256"},
        {"address": "otpauth://[/totp"},
        {"address": f"otpauth://totp/alice?secret={'A' * 3000}"},
        {"secret": ""},
        {"secret": "not a key!"},
        {"secret": "AAAA"},
        {"secret": "A" * 160},
        {"secret": "１２３"},
        {"number": ""},
        {"number": "0"},
        {"number": "x"},
        {"number": "99999999999999999999"},
        {"number": "1"},
        {},
    ],
)
def test_what_is_no_key_is_refused_in_words(carlos: Principal, fields: dict[str, str]) -> None:
    browser, page = Browser(), f"{_phone(carlos)}add"
    answer = browser.send(page, page=page, **fields)
    assert answer.status_code == 400
    assert 'role="alert"' in answer.content.decode() or "Choose one of the entries" in answer.content.decode()
    assert not PhoneApp.objects.filter(principal=carlos).exists()


def test_inp_a_short_secret_of_another_service_breaks_no_phone(carlos: Principal) -> None:
    browser, page = Browser(), f"{_phone(carlos)}add"
    for fields in ({"secret": "JBSW Y3DP EHPK 3PXP"}, {"address": "otpauth://totp/Other?secret=base32secret3232"}):
        assert browser.send(page, page=page, **fields).status_code == 303
    _early_in_a_step()
    wanted = [code_at(secret, step_at(time())) for secret in ("BASE32SECRET3232", "JBSWY3DPEHPK3PXP")]
    assert _shown(browser.get(_phone(carlos)), "live-code") == wanted
    assert browser.get(f"{_phone(carlos)}lose").status_code == 200


def test_a_phone_holds_several_apps_but_not_any_number(carlos: Principal) -> None:
    browser, page = Browser(), f"{_phone(carlos)}add"
    secrets = [pyotp.random_base32() for _ in range(20)]
    for secret in secrets:
        assert browser.send(page, page=page, secret=secret).status_code == 303
    _early_in_a_step()
    assert set(_shown(browser.get(_phone(carlos)), "live-code")) == {pyotp.TOTP(secret).now() for secret in secrets}
    full = browser.send(page, page=page, secret=pyotp.random_base32())
    assert full.status_code == 400
    assert "Remove one first" in full.content.decode()
    first = PhoneApp.objects.filter(principal=carlos).earliest("pk")
    removed = browser.send(f"{_phone(carlos)}remove", page=_phone(carlos), number=str(first.pk))
    assert removed.status_code == 303
    assert PhoneApp.objects.filter(principal=carlos).count() == 19


def test_nobody_elses_app_is_removed(alice: Principal, carlos: Principal) -> None:
    theirs = PhoneApp.objects.get(principal=alice)
    page = f"{_phone(carlos)}lose"
    Browser().send(f"{_phone(carlos)}remove", page=page, number=str(theirs.pk))
    Browser().send(page, page=page)
    assert PhoneApp.objects.filter(pk=theirs.pk).exists()


def test_a_lost_phone_takes_its_apps_but_not_what_the_portal_asks_for(alice: Principal) -> None:
    browser, page = Browser(), f"{_phone(alice)}lose"
    assert "goes with the phone" in browser.get(page).content.decode()
    assert PhoneApp.objects.filter(principal=alice).exists()
    answer = browser.send(page, page=page)
    assert answer.headers["Location"] == f"{_phone(alice)}?done=lost"
    text = browser.get(answer.headers["Location"]).content.decode()
    assert "The phone is lost" in text
    assert "No app on this phone" in text
    assert Authenticator.objects.filter(user=alice, confirmed=True).exists()
    reset_world()
    assert PhoneApp.objects.filter(principal__name="alice", principal__account="111122223333").exists()


def test_calls_to_the_accounts_number_are_heard_by_its_root_user_alone(root: Principal, carlos: Principal) -> None:
    number = Account.objects.get(pk="111122223333").contact_phone
    call(number, "111111")
    call(number, "246810")
    call("+1 206 555 0199", "999999")
    text = Client().get(_phone(root))
    assert _shown(text, "digits") == ["246810", "111111"]
    assert "too old" not in text.content.decode()
    assert _shown(Client().get(_phone(carlos)), "digits") == []
    clock.advance(timedelta(hours=1))
    assert text.content.decode().count("A voice reads") == Client().get(_phone(root)).content.decode().count("too old to be used") == 2


def test_mails_to_the_holder_are_listed(root: Principal, carlos: Principal) -> None:
    post(MailKind.RESET_REQUIRED, recipient=root.email, language="en", context={"reason": "x"})
    sweep()
    assert 'data-testid="mail"' in Client().get(_phone(root)).content.decode()
    assert 'data-testid="mail"' not in Client().get(_phone(carlos)).content.decode()


def test_scripts_read_codes_and_calls_as_json(world: World, alice: Principal, root: Principal) -> None:
    number = next(index for index, person in enumerate(people()) if person.username == "alice")
    _early_in_a_step()
    answers = [_asks(f"person={number}"), _asks("account=1111-2222-3333&username=alice"), _asks("account=anycompany&username=Alice")]
    secret = unseal(AuthenticatorApp.objects.get(user=alice).sealed_secret) or ""
    for answer in answers:
        found = answer.json()
        assert found["holder"] == {"kind": "iam_user", "account": "111122223333", "username": "alice", "email": ""}
        assert [(code["name"], code["code"], code["next_code"]) for code in found["codes"]] == [
            ("alice-phone", pyotp.TOTP(secret).now(), pyotp.TOTP(secret).at(int(time()) + 30))
        ]
        assert found["calls"] == []
        assert answer.headers["Cache-Control"] == "no-store"
        assert secret not in answer.content.decode()
    call(Account.objects.get(pk="111122223333").contact_phone, "135790")
    found = _asks("account=111122223333").json()
    assert (found["holder"]["kind"], found["holder"]["email"]) == ("root", root.email)
    assert [(heard["digits"], heard["over"]) for heard in found["calls"]] == [("135790", False)]
    assert _asks("username=operator").json()["codes"]


def test_the_page_is_told_when_it_is_out_of_date(alice: Principal, root: Principal) -> None:
    before = _asks("account=111122223333&username=alice").json()["shown"]
    assert f'data-shown="{before}"' in Client().get(_phone(alice)).content.decode()
    PhoneApp.objects.filter(principal=alice).delete()
    assert _asks("account=111122223333&username=alice").json()["shown"] != before
    earlier = _asks("account=111122223333").json()["shown"]
    call(Account.objects.get(pk="111122223333").contact_phone, "135790")
    assert _asks("account=111122223333").json()["shown"] != earlier


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ("", 400),
        ("person=x", 400),
        ("person=-1", 400),
        ("person=9999", 400),
        ("person=0&username=alice", 400),
        ("person=0&person=1", 400),
        ("name=alice", 400),
        ("account=111122223333&username=" + "a" * 300, 400),
        ("account=999999999999", 404),
        ("account=111122223333&username=nobody", 404),
        ("username=nobody", 404),
    ],
)
def test_who_is_not_named_right_is_not_found(world: World, query: str, status: int) -> None:
    assert _asks(query).status_code == status
    if query and "name=alice" not in query.split("&"):
        assert Client().get(f"/training/phone/?{query}").status_code == status


@pytest.mark.parametrize("path", ["999999/", "999999/add", "999999/lose", f"{10**30}/"])
def test_a_phone_that_does_not_exist_is_not_found(world: World, path: str) -> None:
    assert Client().get(f"/training/phone/{path}").status_code == 404


PAGES = ("", "{holder}/", "{holder}/add", "{holder}/lose", "{holder}/remove")


def test_while_training_is_off_there_is_no_phone(alice: Principal, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PORTAL_TRAINING", "0")
    for page in PAGES:
        path = f"/training/phone/{page.format(holder=alice.pk)}"
        assert Client().get(path).status_code == 404
        assert Client().post(path, {"number": "1"}).status_code == 404
    assert _asks("username=operator").status_code == 404
    assert "/training/phone/" not in Client().get("/").content.decode()
    assert PhoneApp.objects.filter(principal=alice).exists()


def test_where_training_is_for_operators_the_phone_is_too(alice: Principal, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PORTAL_TRAINING_OPERATORS", "1")
    for page in PAGES:
        answer = Client().get(f"/training/phone/{page.format(holder=alice.pk)}")
        assert (answer.status_code, answer.headers["Location"].partition("?")[0]) == (303, "/signin/operator")
    assert _asks("username=operator").status_code == 403
    assert _asks("username=operator", headers={}).status_code == 403


def test_operators_of_a_portal_that_others_reach_have_phones_of_their_own(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    operator = Principal.objects.get(kind="operator")
    monkeypatch.setenv("PORTAL_PUBLIC", "1")
    begin(operator, "a-browser")
    assert Client().get(_phone(operator)).status_code == 404
    assert Client().get(f"{_phone(operator)}add").status_code == 404
    assert _asks("username=operator").status_code == 404
    assert _phone(operator) not in Client().get("/training/phone/").content.decode()


def test_csrf_the_phone_takes_only_its_own_forms(alice: Principal) -> None:
    client = Client(enforce_csrf_checks=True)
    for page in ("add", "lose", "remove"):
        assert client.post(f"{_phone(alice)}{page}", {"secret": SECRET, "number": "1"}).status_code == 403
    assert PhoneApp.objects.filter(principal=alice).count() == 1


def test_leak_01_no_secret_of_the_phone_is_stored_or_shown_in_clear(carlos: Principal, caplog: pytest.LogCaptureFixture) -> None:
    browser, page = Browser(), f"{_phone(carlos)}add"
    browser.send(page, page=page, address=ADDRESS)
    for table, rows in dump().items():
        assert SECRET not in rows, table
    app = PhoneApp.objects.get(principal=carlos)
    shown = browser.get(_phone(carlos)).content.decode() + browser.get(page).content.decode() + f"{app!r} {app}"
    assert SECRET not in shown
    assert app.sealed_secret not in shown
    assert SECRET not in caplog.text
