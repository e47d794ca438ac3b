"""Registration within a sign-in: offered to a root user for 35 days, then asked for before anything else."""

import json
import re
from html import unescape

import pytest

from mfa.models import Authenticator, AuthenticatorApp
from portal.conf import conf
from portal.world.people import Person
from tests.journeys.visitor import Visitor, text_of
from tests.mfa.base.steps import REGISTER, attempt_of, events_named, holds_no_session
from tests.mfa.codes import next_code, principal_of
from tests.mfa.fido.authenticator import SoftwareAuthenticator

DAY = 24 * 3600
_OPTIONS = re.compile(r'data-options="([^"]+)"')


def _root_comes_to(visitor: Visitor, person: Person) -> str:
    page = visitor.reaches_code(person)
    answer = visitor.sends(page, code=visitor.newest_mail(person.email)["codes"][0])
    return str(answer.headers["Location"])


def test_a_root_user_without_a_device_may_put_the_registration_off(visitor: Visitor, standalone_root_user: Person) -> None:
    assert _root_comes_to(visitor, standalone_root_user) == REGISTER
    offer = visitor.opens(REGISTER)
    said = text_of(offer)
    assert "You have 35 days left" in said
    assert "phishing-resistant" in said
    visitor.enters_console(visitor.sends(offer))

    stranger = Visitor()
    visitor.training("clock", advance_seconds=20 * DAY)
    assert _root_comes_to(stranger, standalone_root_user) == REGISTER, "what was put off is offered again at the next sign-in"
    assert "You have 15 days left" in text_of(stranger.opens(REGISTER))


def test_the_last_day_is_told(visitor: Visitor, standalone_root_user: Person) -> None:
    _root_comes_to(visitor, standalone_root_user)
    visitor.training("clock", advance_seconds=35 * DAY - 3600)
    stranger = Visitor()
    _root_comes_to(stranger, standalone_root_user)
    assert "You have 1 day left" in text_of(stranger.opens(REGISTER))


def test_after_35_days_a_root_user_registers_before_anything_else(visitor: Visitor, standalone_root_user: Person) -> None:
    assert conf.root_mfa_grace.days == 35
    visitor.signs_in_as_root(standalone_root_user)
    visitor.training("clock", advance_seconds=35 * DAY)
    late = Visitor()
    assert _root_comes_to(late, standalone_root_user) == REGISTER
    page = late.opens(REGISTER)
    assert "the time to put it off is over" in text_of(page)
    assert "Not now" not in text_of(page)
    assert late.posts_with_token(f"{REGISTER}/skip").headers["Location"] == REGISTER
    assert attempt_of(late)["registration_skipped"] is False
    assert holds_no_session(late)

    answer, _secret = late.registers_app(late.opens(f"{REGISTER}/app"), name="root-phone")
    late.enters_console(answer)
    login = events_named(late, "ConsoleLogin", standalone_root_user.account)[-1]
    assert login["additionalEventData"]["MFAUsed"] == "Yes"
    assert login["additionalEventData"]["MFAIdentifier"] == f"arn:aws:iam::{standalone_root_user.account}:mfa/root-account-mfa-device"


def test_a_grace_that_ends_while_the_offer_is_open_is_over(visitor: Visitor, standalone_root_user: Person) -> None:
    _root_comes_to(visitor, standalone_root_user)
    principal = principal_of(standalone_root_user)
    assert principal.first_sign_in_at
    principal.first_sign_in_at -= conf.root_mfa_grace
    principal.save()
    assert visitor.posts_with_token(f"{REGISTER}/skip").headers["Location"] == REGISTER
    assert attempt_of(visitor)["second_factor"] == "register"


def test_an_app_registered_within_the_sign_in_is_asked_for_at_the_next(visitor: Visitor, iam_user_who_needs_mfa: Person) -> None:
    page = visitor.goes(visitor.gives_iam(iam_user_who_needs_mfa), REGISTER)
    assert f'href="{REGISTER}/app"' in page.content.decode()
    answer, _secret = visitor.registers_app(visitor.opens(f"{REGISTER}/app"))
    visitor.enters_console(answer)
    app = AuthenticatorApp.objects.get(user=principal_of(iam_user_who_needs_mfa), confirmed=True)
    assert len(events_named(visitor, "EnableMFADevice")) == 1

    page = visitor.goes(visitor.gives_iam(iam_user_who_needs_mfa), "/signin/mfa/")
    visitor.enters_console(visitor.sends(page, code=next_code(app)))


def test_a_passkey_registered_within_the_sign_in_completes_it(visitor: Visitor, iam_user_who_needs_mfa: Person) -> None:
    visitor.goes(visitor.gives_iam(iam_user_who_needs_mfa), REGISTER)
    page = visitor.opens(f"{REGISTER}/passkey")
    found = _OPTIONS.search(page.content.decode())
    assert found
    made = SoftwareAuthenticator().make(unescape(found[1]))
    visitor.enters_console(visitor.sends(page, name="key", credential=json.dumps(made)))
    assert Authenticator.objects.get(user=principal_of(iam_user_who_needs_mfa), confirmed=True).name == "key"
    assert events_named(visitor, "ConsoleLogin")[-1]["additionalEventData"]["MFAUsed"] == "Yes"


def test_an_operator_registers_and_enters_the_admin_site(visitor: Visitor, operator_without_device: Person) -> None:
    page = visitor.opens("/signin/operator?next=/admin/")
    person = operator_without_device
    visitor.goes(visitor.sends(page, username=person.username, password=person.password), REGISTER)
    answer, _secret = visitor.registers_app(visitor.opens(f"{REGISTER}/app"))
    visitor.goes(answer, "/admin/")


def test_ses_01_a_registration_gives_the_browser_a_new_session(visitor: Visitor, iam_user_who_needs_mfa: Person) -> None:
    principal = principal_of(iam_user_who_needs_mfa)
    principal.must_change_password = True
    principal.save()
    visitor.goes(visitor.gives_iam(iam_user_who_needs_mfa), REGISTER)
    before = visitor.client.cookies["attempt"].value
    answer, _secret = visitor.registers_app(visitor.opens(f"{REGISTER}/app"))
    visitor.goes(answer, "/signin/new-password")
    assert visitor.client.cookies["attempt"].value != before


def test_pk_11_a_registration_belongs_to_the_sign_in_that_began_it(visitor: Visitor, stranger: Visitor, iam_user_who_needs_mfa: Person) -> None:
    visitor.goes(visitor.gives_iam(iam_user_who_needs_mfa), REGISTER)
    stranger.goes(stranger.gives_iam(iam_user_who_needs_mfa), REGISTER)
    mine = visitor.opens(f"{REGISTER}/app")
    stranger.opens(f"{REGISTER}/app")
    answer, _secret = visitor.registers_app(mine)
    assert answer.status_code == 400, "the other browser has begun anew since"
    assert not Authenticator.objects.filter(user=principal_of(iam_user_who_needs_mfa), confirmed=True).exists()
    answer, _secret = visitor.registers_app(answer)
    visitor.enters_console(answer)
    assert stranger.get(f"{REGISTER}/app").headers["Location"] == "/signin/mfa/", "a device is registered now and is asked for"


@pytest.mark.parametrize("path", [REGISTER, f"{REGISTER}/app", f"{REGISTER}/passkey"])
def test_who_has_a_device_registers_none_within_a_sign_in(visitor: Visitor, iam_user_with_totp: Person, path: str) -> None:
    visitor.goes(visitor.gives_iam(iam_user_with_totp), "/signin/mfa/")
    assert visitor.get(path).headers["Location"] == "/signin/mfa/"
    answer = visitor.posts_with_token(path, name="mine", code="123456", code2="123456", credential="{}")
    assert answer.status_code == 405 if path == REGISTER else answer.headers["Location"] == "/signin/mfa/"


def test_who_need_not_register_never_sees_the_page(visitor: Visitor, iam_user: Person) -> None:
    visitor.signs_in_as_iam_user(iam_user)
    assert visitor.get(REGISTER).headers["Location"] == "/console/?timed_out=1"
