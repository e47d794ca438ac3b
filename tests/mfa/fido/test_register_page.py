"""The page where a passkey is registered: in the console, and within a sign-in that must register one first."""

import json
import re
from html import unescape
from typing import Any

import pytest

from accounts.models import Account, SignInSession
from mfa.models import Authenticator, Passkey
from portal.core import clock
from portal.world.people import Person
from tests.journeys.visitor import Visitor, alerts_of, form_of, text_of
from tests.mfa.codes import principal_of
from tests.mfa.fido.authenticator import SoftwareAuthenticator
from tests.mfa.fido.conftest import Holder

CARLOS = Passkey.objects.filter(user__name="Carlos")
_OPTIONS = re.compile(r'data-options="([^"]*)"')


def options_on(page: Any) -> str:
    """Return the options that a page hands to the browser."""
    found = _OPTIONS.search(page.content.decode())
    assert found, text_of(page)
    return unescape(found[1])


def test_a_passkey_is_registered_in_the_console_and_signs_in_from_then_on(visitor: Visitor, iam_user: Person) -> None:
    name = visitor.signs_in_as_iam_user(iam_user)
    page = visitor.opens(f"/console/{name}/mfa/register/passkey")
    assert form_of(page).fields["name"] == "passkey"
    authenticator = SoftwareAuthenticator()
    posted = json.dumps(authenticator.make(options_on(page)))
    done = visitor.goes(visitor.sends(page, name="blue-key", credential=posted), f"/console/{name}/security?done=registered")
    assert "blue-key" in text_of(done)

    elsewhere = Visitor()
    challenge = elsewhere.goes(elsewhere.gives_iam(iam_user), "/signin/mfa/")
    shown = json.dumps(authenticator.show(options_on(challenge)))
    session = elsewhere.enters_console(elsewhere.sends(challenge, credential=shown))
    assert SignInSession.objects.get(name=session).factor == CARLOS.get().serial


def test_pk_01_a_wrong_passkey_at_the_challenge_is_refused_and_gets_a_new_challenge(visitor: Visitor, iam_user_with_passkey: Holder) -> None:
    page = visitor.goes(visitor.gives_iam(iam_user_with_passkey.person), "/signin/mfa/")
    posted = iam_user_with_passkey.authenticator.show(options_on(page), client={"origin": "http://127.0.0.1:8000"})
    refused = visitor.sends(page, credential=json.dumps(posted))
    assert refused.status_code == 403
    assert options_on(refused) != options_on(page)
    right = json.dumps(iam_user_with_passkey.authenticator.show(options_on(refused)))
    visitor.enters_console(visitor.sends(refused, credential=right))


def test_a_passkey_is_registered_within_a_sign_in_that_must_have_one(visitor: Visitor, iam_user: Person) -> None:
    Account.objects.filter(pk=iam_user.account).update(iam_users_need_mfa=True)
    visitor.goes(visitor.gives_iam(iam_user), "/signin/mfa/register")
    page = visitor.opens("/signin/mfa/register/passkey")
    posted = json.dumps(SoftwareAuthenticator().make(options_on(page)))
    session = visitor.enters_console(visitor.sends(page, name="passkey", credential=posted))
    assert SignInSession.objects.get(name=session).factor == CARLOS.get().serial


def test_pk_11_a_registration_posted_from_another_sign_in_is_refused(visitor: Visitor, stranger: Visitor, iam_user: Person) -> None:
    Account.objects.filter(pk=iam_user.account).update(iam_users_need_mfa=True)
    pages = []
    for browser in (visitor, stranger):
        browser.goes(browser.gives_iam(iam_user), "/signin/mfa/register")
        pages.append(browser.opens("/signin/mfa/register/passkey"))
    posted = json.dumps(SoftwareAuthenticator().make(options_on(pages[0])))
    refused = stranger.sends(pages[1], name="passkey", credential=posted)
    assert refused.status_code == 400
    assert "The passkey was not registered" in alerts_of(refused)
    assert not CARLOS.exists()


def test_pk_12_a_name_that_will_not_do_costs_no_passkey(visitor: Visitor, iam_user_with_passkey: Holder) -> None:
    page = visitor.goes(visitor.gives_iam(iam_user_with_passkey.person), "/signin/mfa/")
    shown = json.dumps(iam_user_with_passkey.authenticator.show(options_on(page)))
    name = visitor.enters_console(visitor.sends(page, credential=shown))
    page = visitor.opens(f"/console/{name}/mfa/register/passkey")
    assert form_of(page).fields["name"] == "passkey-2"
    posted = json.dumps(SoftwareAuthenticator().make(options_on(page)))
    for wrong, words in (("passkey", "There is a device of this name already."), ("two words", "A device name has letters"), ("", "Enter a name")):
        page = visitor.sends(page, name=wrong, credential=posted)
        assert page.status_code == 400
        assert words in alerts_of(page), wrong
        assert form_of(page).fields["credential"] == posted
        assert "It only needs another name." in text_of(page)
    answer = visitor.sends(page, name="second", credential=posted)
    visitor.goes(answer, f"/console/{name}/security?done=registered")
    assert set(CARLOS.values_list("name", flat=True)) == {"passkey", "second"}


def test_pk_12_the_page_wants_a_recent_proof(visitor: Visitor, iam_user: Person) -> None:
    name = visitor.signs_in_as_iam_user(iam_user)
    SignInSession.objects.update(authenticated_at=clock.now().replace(year=2020))
    for answer in (
        visitor.get(f"/console/{name}/mfa/register/passkey"),
        visitor.posts_with_token(f"/console/{name}/mfa/register/passkey", name="x", credential="{}"),
    ):
        assert answer.status_code in {303, 403}
    assert not CARLOS.exists()


def test_pk_12_who_has_eight_is_told_so_before_a_passkey_is_made(visitor: Visitor, iam_user: Person) -> None:
    name = visitor.signs_in_as_iam_user(iam_user)
    principal = principal_of(iam_user)
    for number in range(8):
        Authenticator.objects.create(user=principal, name=f"device-{number}", type="fido", serial=f"serial-{number}", confirmed=True)
    page = visitor.opens(f"/console/{name}/mfa/register/passkey")
    assert "No more devices of this kind can be registered." in alerts_of(page)
    assert "data-options" not in page.content.decode()


def test_a_browser_without_javascript_is_told_what_to_do(visitor: Visitor, iam_user: Person) -> None:
    name = visitor.signs_in_as_iam_user(iam_user)
    page = visitor.opens(f"/console/{name}/mfa/register/passkey")
    assert "Passkeys need JavaScript" in text_of(page)
    answer = visitor.sends(page, name="passkey")
    assert answer.status_code == 400
    assert "Your browser sent no passkey." in alerts_of(answer)


def test_every_refusal_of_the_browser_has_words_in_the_page(visitor: Visitor, iam_user: Person) -> None:
    name = visitor.signs_in_as_iam_user(iam_user)
    html = visitor.opens(f"/console/{name}/mfa/register/passkey").content.decode()
    for kind in ("unsupported", "insecure", "cancelled", "registered", "unusable", "wrong-site", "failed"):
        words = re.search(f'data-{kind}="([^"]+)"', html)
        assert words, kind
        assert len(words[1]) > 20


@pytest.mark.parametrize("credential", ['{"id": "', "[]", "x" * 16_384])
def test_what_is_no_passkey_registers_nothing(visitor: Visitor, iam_user: Person, credential: str) -> None:
    name = visitor.signs_in_as_iam_user(iam_user)
    page = visitor.opens(f"/console/{name}/mfa/register/passkey")
    refused = visitor.sends(page, credential=credential)
    assert refused.status_code == 400
    assert "The passkey was not registered" in alerts_of(refused)
