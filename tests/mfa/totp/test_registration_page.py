"""Setting up an authenticator app in the console: what the page shows, to whom, and what each mistake is answered with."""

import base64
import logging
import re
from datetime import timedelta
from html import unescape
from typing import Any
from urllib.parse import unquote
from xml.etree import ElementTree as ET

import pytest

from mfa.base.authenticators import DeviceFailure
from mfa.models import Authenticator, AuthenticatorApp
from mfa.totp import codes, qr
from mfa.totp.flows import REGISTRATION_LIFETIME, TotpFailure, address_of, begin, begun, verify
from portal.core import clock
from portal.world.people import Person
from tests.attacks.test_leaks import dump
from tests.journeys.visitor import Visitor, alerts_of, form_of, text_of
from tests.mfa.codes import app_of, code_now, next_code, principal_of, secret_in, secret_on, step_now, two_codes

PAGE = "/console/{}/mfa/register/app"


def alert_of(page: Any) -> str:
    """Return what a page's errors say, as it is read."""
    return unescape(alerts_of(page))


@pytest.fixture
def console(visitor: Visitor, iam_user: Person) -> str:
    """The name of Carlos' session, who has no second factor yet."""
    return visitor.signs_in_as_iam_user(iam_user)


def set_up(visitor: Visitor, console: str, *, name: str = "phone") -> str:
    """Register an app in the console, as its page wants it, and return its secret."""
    page = visitor.opens(PAGE.format(console))
    secret = secret_on(page)
    first, second = two_codes(secret)
    answer = visitor.sends(page, name=name, code=first, code2=second)
    assert (answer.status_code, answer.headers.get("Location")) == (303, f"/console/{console}/security?done=registered"), alert_of(answer)
    return secret


def test_an_app_is_registered_by_two_consecutive_codes(visitor: Visitor, console: str, iam_user: Person) -> None:
    secret = set_up(visitor, console)
    app = AuthenticatorApp.objects.get(user=principal_of(iam_user))
    assert (app.name, app.confirmed, app.type, app.binding, secret_in(app)) == ("phone", True, "totp", "", secret)
    assert app.serial == f"arn:aws:iam::{iam_user.account}:mfa/phone"
    assert visitor.is_in(console)
    event = next(event for event in visitor.events(iam_user.account) if event["eventName"] == "EnableMFADevice")
    assert event["requestParameters"] == {"userName": "Carlos", "serialNumber": app.serial}


def test_the_codes_of_the_registration_sign_nobody_in(visitor: Visitor, console: str, iam_user: Person) -> None:
    page = visitor.opens(PAGE.format(console))
    shown = two_codes(secret_on(page))
    visitor.sends(page, name="phone", code=shown[0], code2=shown[1])
    principal = principal_of(iam_user)
    for code in shown:
        assert verify(principal, code) is None
    assert verify(principal, next_code(AuthenticatorApp.objects.get(user=principal)))


def test_the_page_shows_the_secret_as_picture_and_in_groups_of_four(visitor: Visitor, console: str, iam_user: Person) -> None:
    page = visitor.opens(PAGE.format(console))
    html = page.content.decode()
    secret = secret_on(page)
    assert len(base64.b32decode(secret)) == 20
    assert f">{codes.grouped(secret)}<" in html
    assert f'data-copy="{secret}"' in html
    assert "js/copy" in html
    for words in ("Set up your authenticator app", "Show QR code", "Show secret key", "Authenticator code", "Assign MFA"):
        assert words in text_of(page)
    picture, alt = re.search(r'<img src="([^"]+)" alt="([^"]+)"', html).groups()  # type: ignore[union-attr]  # the page has one
    assert unescape(picture) == qr.image(address_of(principal_of(iam_user), secret))
    assert "Carlos@anycompany" in unescape(alt)
    assert secret not in alt
    drawing = ET.fromstring(unquote(unescape(picture).partition(",")[2]))  # noqa: S314  # the portal's own picture
    assert drawing.tag == "{http://www.w3.org/2000/svg}svg"
    assert "no-store" in page.headers["Cache-Control"]
    assert "img-src 'self' data:" in page.headers["Content-Security-Policy"]


def test_leak_01_the_secret_is_in_no_table_no_log_and_no_event(
    visitor: Visitor, console: str, iam_user: Person, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    secret = set_up(visitor, console)
    app = AuthenticatorApp.objects.get(user=principal_of(iam_user))
    for table, rows in dump().items():
        assert secret not in rows, table
        assert (app.sealed_secret in rows) == (table == AuthenticatorApp._meta.db_table)
    assert secret not in caplog.text
    assert secret not in str(visitor.events())
    assert secret not in repr(app) + str(app)
    assert app.sealed_secret not in repr(app) + str(app)


def test_the_same_browser_is_shown_the_same_secret_until_the_app_is_registered(visitor: Visitor, console: str) -> None:
    first = secret_on(visitor.opens(PAGE.format(console)))
    again = visitor.opens(PAGE.format(console))
    assert secret_on(again) == first
    wrong = visitor.sends(again, name="phone", code="000000", code2="000000")
    assert wrong.status_code == 400
    assert secret_on(wrong) == first
    assert AuthenticatorApp.objects.filter(confirmed=False).count() == 1


def test_mfa_07_the_secret_is_not_shown_again_once_the_app_is_registered(visitor: Visitor, console: str) -> None:
    secret = set_up(visitor, console)
    for path in ("security", "home", "mfa/register", "mfa/register/app", "mfa/resynchronise"):
        page = visitor.opens(f"/console/{console}/{path}")
        assert secret not in page.content.decode()
        assert codes.grouped(secret) not in page.content.decode()
    assert secret_on(visitor.opens(PAGE.format(console))) != secret


def test_pk_11_another_browser_neither_sees_nor_completes_a_registration(visitor: Visitor, stranger: Visitor, console: str, iam_user: Person) -> None:
    page = visitor.opens(PAGE.format(console))
    secret = secret_on(page)
    elsewhere = stranger.signs_in_as_iam_user(iam_user)
    token = form_of(stranger.opens(PAGE.format(elsewhere))).fields
    first, second = two_codes(secret)
    answer = stranger.posts(PAGE.format(elsewhere), token | {"name": "phone", "code": first, "code2": second})
    assert answer.status_code == 400
    assert secret_on(answer) != secret
    assert not Authenticator.objects.filter(user=principal_of(iam_user), confirmed=True).exists()


def test_pk_11_the_form_of_one_session_is_refused_in_another(visitor: Visitor, stranger: Visitor, console: str, iam_user: Person) -> None:
    page = visitor.opens(PAGE.format(console))
    elsewhere = stranger.signs_in_as_iam_user(iam_user)
    first, second = two_codes(secret_on(page))
    fields = form_of(page).fields | {"name": "phone", "code": first, "code2": second}
    assert stranger.posts(PAGE.format(console), fields).status_code in {303, 403}
    assert stranger.posts(PAGE.format(elsewhere), fields).status_code == 403
    assert not Authenticator.objects.filter(user=principal_of(iam_user), confirmed=True).exists()
    assert visitor.posts(PAGE.format(console), fields).status_code == 303


def test_a_registration_is_completed_once(visitor: Visitor, console: str, iam_user: Person) -> None:
    page = visitor.opens(PAGE.format(console))
    first, second = two_codes(secret_on(page))
    assert visitor.sends(page, name="phone", code=first, code2=second).status_code == 303
    again = visitor.sends(page, name="tablet", code=first, code2=second)
    assert again.status_code == 400
    assert TotpFailure.EXPIRED.words in alert_of(again)
    assert Authenticator.objects.filter(user=principal_of(iam_user), confirmed=True).count() == 1


def test_a_new_registration_drops_the_one_that_was_not_completed(visitor: Visitor, stranger: Visitor, console: str, iam_user: Person) -> None:
    page = visitor.opens(PAGE.format(console))
    stranger.opens(PAGE.format(stranger.signs_in_as_iam_user(iam_user)))
    assert AuthenticatorApp.objects.filter(user=principal_of(iam_user), confirmed=False).count() == 1
    first, second = two_codes(secret_on(page))
    answer = visitor.sends(page, name="phone", code=first, code2=second)
    assert TotpFailure.EXPIRED.words in alert_of(answer)


def test_a_registration_expires(visitor: Visitor, console: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PORTAL_REAUTHENTICATION_SECONDS", "3600")
    page = visitor.opens(PAGE.format(console))
    secret = secret_on(page)
    clock.advance(REGISTRATION_LIFETIME + timedelta(seconds=5))
    first, second = two_codes(secret)
    answer = visitor.sends(page, name="phone", code=first, code2=second)
    assert answer.status_code == 400
    assert TotpFailure.EXPIRED.words in alert_of(answer)
    assert secret_on(answer) != secret


def test_a_registration_from_a_time_to_come_counts_for_nothing(iam_user: Person) -> None:
    principal = principal_of(iam_user)
    begin(principal, "browser")
    assert begun(principal, "browser")
    clock.advance(timedelta(minutes=-5))
    assert begun(principal, "browser") is None


def test_a_device_whose_clock_is_off_is_told_to_sync_its_time(visitor: Visitor, console: str) -> None:
    page = visitor.opens(PAGE.format(console))
    for ahead in (-12, -4, 5, 19):
        first, second = two_codes(secret_on(page), ahead=ahead)
        answer = visitor.sends(page, name="phone", code=first, code2=second)
        assert answer.status_code == 400
        assert "An unexpected error has occurred" in alert_of(answer)
        assert "date and time automatically" in alert_of(answer)


@pytest.mark.parametrize(("first", "second"), [(0, 0), (1, 0), (-1, 1), (-2, 0)])
def test_codes_that_do_not_follow_each_other_are_told_so(visitor: Visitor, console: str, first: int, second: int) -> None:
    page = visitor.opens(PAGE.format(console))
    secret = secret_on(page)
    step = step_now()
    answer = visitor.sends(page, name="phone", code=codes.code_at(secret, step + first), code2=codes.code_at(secret, step + second))
    assert alert_of(answer) == TotpFailure.NOT_CONSECUTIVE.words


def test_wrong_codes_are_told_so_and_counted_against_nothing(visitor: Visitor, console: str) -> None:
    page = visitor.opens(PAGE.format(console))
    for _ in range(7):
        answer = visitor.sends(page, name="phone", code="000000", code2="111111")
        assert alert_of(answer) == TotpFailure.WRONG.words
        assert 'value="000000"' not in answer.content.decode()
    first, second = two_codes(secret_on(page))
    assert visitor.sends(page, name="phone", code=first, code2=second).status_code == 303


@pytest.mark.parametrize("typed", ["", "12345", "1234567", "1 2 3 4 5 6", "abcdef", "1" * 4000])
def test_mfa_03_what_is_no_code_is_a_400(visitor: Visitor, console: str, typed: str) -> None:
    page = visitor.opens(PAGE.format(console))
    answer = visitor.sends(page, name="phone", code=typed, code2=typed)
    assert answer.status_code == 400
    assert alert_of(answer)


@pytest.mark.parametrize("typed", ["123456\x00", "1" * 10_000])
def test_mfa_03_what_no_form_can_hold_is_a_400(visitor: Visitor, console: str, typed: str) -> None:
    page = visitor.opens(PAGE.format(console))
    assert visitor.sends(page, name="phone", code=typed, code2=typed).status_code == 400


def test_mfa_03_codes_are_taken_in_every_script(visitor: Visitor, console: str) -> None:
    page = visitor.opens(PAGE.format(console))
    first, second = two_codes(secret_on(page))
    wide = "".join(chr(ord("０") + int(digit)) for digit in first)
    arabic = "".join(chr(ord("٠") + int(digit)) for digit in second)
    assert visitor.sends(page, name="phone", code=f"{wide[:3]} {wide[3:]}", code2=arabic).status_code == 303


@pytest.mark.parametrize("name", ["", "my phone", "x" * 65, "téléphone", "a/b", "phone;"])
def test_a_name_has_the_characters_that_iam_allows(visitor: Visitor, console: str, name: str) -> None:
    page = visitor.opens(PAGE.format(console))
    first, second = two_codes(secret_on(page))
    answer = visitor.sends(page, name=name, code=first, code2=second)
    assert answer.status_code == 400
    assert alert_of(answer)
    assert not Authenticator.objects.filter(name=name, confirmed=True).exists()


def test_a_name_is_taken_once_in_an_account(visitor: Visitor, console: str, iam_user_named_by_email: Person) -> None:
    app_of(principal_of(iam_user_named_by_email), name="shared")
    page = visitor.opens(PAGE.format(console))
    secret = secret_on(page)
    first, second = two_codes(secret)
    answer = visitor.sends(page, name="shared", code=first, code2=second)
    assert answer.status_code == 400
    assert alert_of(answer) == DeviceFailure.NAME_TAKEN.words
    assert secret_on(answer) == secret
    assert visitor.sends(answer, name="own", code=first, code2=second).status_code == 303


def test_beyond_the_limit_there_is_no_secret_to_scan(visitor: Visitor, console: str, iam_user: Person) -> None:
    page = visitor.opens(PAGE.format(console))
    first, second = two_codes(secret_on(page))
    for number in range(8):
        app_of(principal_of(iam_user), name=f"device-{number}")
    refused = visitor.sends(page, name="ninth", code=first, code2=second)
    assert refused.status_code == 400
    for full in (refused, visitor.opens(PAGE.format(console))):
        assert alert_of(full) == DeviceFailure.FULL.words
        assert 'data-testid="secret"' not in full.content.decode()
    assert Authenticator.objects.filter(user=principal_of(iam_user), confirmed=True).count() == 8


def test_an_address_names_whom_the_app_is_for(root_user: Person, iam_user: Person, iam_user_with_expired_password: Person, operator: Person) -> None:
    assert "Simulated%20AWS:Carlos%40anycompany?" in begin(principal_of(iam_user), "browser").address
    assert "Simulated%20AWS:management%40example.com?" in begin(principal_of(root_user), "browser").address
    assert "Simulated%20AWS:operator?" in begin(principal_of(operator), "browser").address
    nobody = principal_of(iam_user)
    assert nobody.account is not None
    nobody.account.alias = None
    assert "Simulated%20AWS:Carlos%40111122223333?" in begin(nobody, "browser").address


def test_who_registers_again_later_needs_a_recent_proof(visitor: Visitor, console: str) -> None:
    page = visitor.opens(PAGE.format(console))
    first, second = two_codes(secret_on(page))
    clock.advance(timedelta(minutes=11))
    for answer in (visitor.get(PAGE.format(console)), visitor.sends(page, name="phone", code=first, code2=second)):
        assert answer.status_code == 303
        assert answer.headers["Location"].startswith(f"/console/{console}/mfa/confirm?next=")
    assert not Authenticator.objects.filter(confirmed=True, name="phone").exists()


def test_the_registered_app_signs_in(visitor: Visitor, stranger: Visitor, console: str, iam_user: Person) -> None:
    secret = set_up(visitor, console)
    page = stranger.goes(stranger.gives_iam(iam_user), "/signin/mfa/")
    name = stranger.enters_console(stranger.sends(page, code=code_now(secret, ahead=1)))
    assert stranger.is_in(name)
