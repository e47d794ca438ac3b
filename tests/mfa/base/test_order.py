"""MFA-01, MFA-04, MFA-06, SES-01, SES-11: nothing leads around the second factor, whatever is opened, posted again or kept."""

import json
from collections.abc import Callable

import pytest

from accounts.models import Principal
from accounts.sessions.store import SessionStore
from mfa.models import AuthenticatorApp
from portal.world.people import Person
from tests.attacks.addresses import addresses
from tests.journeys.visitor import HOME, Visitor, form_of, text_of
from tests.mfa.base.steps import CHALLENGE, REGISTER, attempt_of, holds_no_session, operator_reaches_challenge, passkey_options, reaches_challenge
from tests.mfa.codes import app_of, code_now, next_code, principal_of, secret_in, wrong_code
from tests.mfa.fido.conftest import Holder

BEGINNINGS = {"/signin/", "/signin/root", "/signin/iam", "/signin/operator", "/signin/which-user", "/signin/passkey", "/signin/passkey/options"}
SHOWN_AT_CHALLENGE = {CHALLENGE, "/signin/mfa/resynchronise", "/signin/mfa/troubleshoot"}
ANYWHERE = {"/signin/mfa/recovery/verified"}
"""A page that tells people to go back to their other browser, and knows nobody."""
TYPED = {"code": "123456", "code2": "123457", "password": "x", "new_password": "x", "confirm_password": "x", "captcha": "ABCDEF", "name": "x"}


STAGES_ELSEWHERE = {"/recovery/sign-in", "/recovery/over"}
"""Pages of a journey's stages that stand at other addresses than `/signin/`."""


def _signin_paths() -> list[str]:
    return sorted({address.path for address in addresses() if address.path.startswith("/signin/")} - BEGINNINGS - ANYWHERE | STAGES_ELSEWHERE)


def _stands_at(visitor: Visitor, stage: str, shown: set[str]) -> None:
    """Check that of all pages of the sign-in those in `shown` alone answer, and that the others lead there or are refused."""
    for path in _signin_paths():
        answer = visitor.get(path)
        if path in shown:
            assert answer.status_code == 200, path
        elif answer.status_code in {302, 303}:
            assert answer.headers["Location"] in {stage, *shown}, path
        else:
            assert answer.status_code in {404, 405}, path
        if path not in shown:
            answer = visitor.posts_with_token(path, **TYPED)
            assert answer.status_code in {400, 404, 405} or answer.headers["Location"] in {stage, "/signin/mfa/recovery/", *shown}, path
    assert holds_no_session(visitor)


def test_mfa_01_after_the_password_the_pages_of_the_second_factor_alone_answer(visitor: Visitor, iam_user_with_totp: Person) -> None:
    reaches_challenge(visitor, iam_user_with_totp)
    _stands_at(visitor, CHALLENGE, SHOWN_AT_CHALLENGE)


def test_mfa_01_after_the_password_the_pages_of_registration_alone_answer(visitor: Visitor, iam_user_who_needs_mfa: Person) -> None:
    visitor.goes(visitor.gives_iam(iam_user_who_needs_mfa), REGISTER)
    _stands_at(visitor, REGISTER, {REGISTER, f"{REGISTER}/app", f"{REGISTER}/passkey"})


def test_mfa_01_half_a_sign_in_opens_what_is_open_to_nobody_else(visitor: Visitor, stranger: Visitor, iam_user_with_totp: Person) -> None:
    reaches_challenge(visitor, iam_user_with_totp)
    for address in addresses():
        if address.path.startswith(("/signin/", "/training/", "/register/")) or address.path in STAGES_ELSEWHERE:
            continue
        opened, unopened = visitor.get(address.path), stranger.get(address.path)
        assert (opened.status_code, opened.headers.get("Location")) == (unopened.status_code, unopened.headers.get("Location")), address.pattern
    assert holds_no_session(visitor)


def test_mfa_01_the_end_of_the_journey_cannot_be_posted_directly(visitor: Visitor, iam_user_with_totp: Person) -> None:
    reaches_challenge(visitor, iam_user_with_totp)
    for path in (f"{REGISTER}/skip", "/signin/new-password", "/signin/mfa/recovery/finish", "/signin/mfa/email-code/resend"):
        answer = visitor.posts_with_token(path, **TYPED)
        assert answer.status_code == 400 or answer.headers["Location"] in {CHALLENGE, "/signin/mfa/recovery/"}, path
        assert visitor.get(CHALLENGE).status_code == 200
    assert attempt_of(visitor)["factor_proved"] is False
    assert holds_no_session(visitor)


def test_mfa_01_a_half_sign_in_is_worth_nothing_after_its_time(visitor: Visitor, iam_user_with_totp: Person, phone: AuthenticatorApp) -> None:
    page = reaches_challenge(visitor, iam_user_with_totp)
    visitor.training("clock", advance_seconds=15 * 60 + 1)
    visitor.starts_over(visitor.sends(page, code=next_code(phone)))
    assert visitor.get(CHALLENGE).headers["Location"] == "/console/?timed_out=1"


def test_mfa_01_an_operator_enters_the_admin_site_by_both_factors_alone(visitor: Visitor, operator_with_totp: Person) -> None:
    app = AuthenticatorApp.objects.get(user=principal_of(operator_with_totp), confirmed=True)
    page = operator_reaches_challenge(visitor, operator_with_totp)
    assert visitor.get("/admin/").status_code == 302
    assert visitor.get("/operator/security/").status_code in {302, 303}
    answer = visitor.sends(page, code=next_code(app))
    visitor.goes(answer, "/admin/")


def test_an_earlier_step_posted_again_leads_back_to_the_second_factor(
    visitor: Visitor, root_user_with_totp: Person, root_phone: AuthenticatorApp
) -> None:
    password = visitor.reaches_root_password(root_user_with_totp)
    sent = form_of(password).fields | {"password": root_user_with_totp.password}
    code = visitor.goes(visitor.posts("/signin/password", sent), "/signin/verification-code")
    typed = form_of(code).fields | {"code": visitor.newest_mail(root_user_with_totp.email)["codes"][0]}
    page = visitor.goes(visitor.posts("/signin/verification-code", typed), CHALLENGE)
    for path, fields in (("/signin/password", sent), ("/signin/verification-code", typed)):
        assert visitor.posts(path, fields).headers["Location"] == CHALLENGE
    visitor.enters_console(visitor.sends(page, code=next_code(root_phone)))


def test_the_password_given_again_begins_anew_and_asks_again(visitor: Visitor, iam_user_with_totp: Person) -> None:
    reaches_challenge(visitor, iam_user_with_totp)
    reaches_challenge(visitor, iam_user_with_totp)
    assert holds_no_session(visitor)


def test_a_session_of_one_identity_spares_another_none_of_its_factors(
    visitor: Visitor, other_iam_user: Person, iam_user_with_totp: Person, phone: AuthenticatorApp
) -> None:
    name = visitor.signs_in_as_iam_user(other_iam_user)
    page = visitor.goes(visitor.gives_iam(iam_user_with_totp, address="/console/?user=iam&add=1"), CHALLENGE)
    assert len([cookie for cookie, held in visitor.client.cookies.items() if cookie.startswith("s-") and held.value]) == 1
    assert visitor.is_in(name)
    visitor.enters_console(visitor.sends(page, code=next_code(phone)))


def test_a_second_tab_that_begins_for_somebody_else_takes_the_challenge_with_it(
    visitor: Visitor, iam_user_with_totp: Person, phone: AuthenticatorApp, alice: Person
) -> None:
    first_tab = reaches_challenge(visitor, iam_user_with_totp)
    reaches_challenge(visitor, alice)
    answer = visitor.sends(first_tab, code=next_code(phone))
    assert answer.status_code == 403, "the code of one is held against the other's devices"
    assert holds_no_session(visitor)
    assert attempt_of(visitor)["principal"] == principal_of(alice).pk


def test_a_proof_of_one_sign_in_is_not_carried_into_the_next(
    visitor: Visitor, iam_user_to_change_password: Person, iam_user_with_totp: Person
) -> None:
    answer = visitor.gives_iam(iam_user_to_change_password)
    if iam_user_to_change_password.totp_secret:
        answer = visitor.shows_factor(answer, iam_user_to_change_password)
    visitor.goes(answer, "/signin/new-password")
    reaches_challenge(visitor, iam_user_with_totp)
    assert attempt_of(visitor)["factor_proved"] is False


def test_mfa_04_a_code_of_another_person_is_worth_nothing(visitor: Visitor, iam_user_with_totp: Person, root_phone: AuthenticatorApp) -> None:
    assert visitor.sends(reaches_challenge(visitor, iam_user_with_totp), code=next_code(root_phone)).status_code == 403


def test_mfa_04_a_code_that_one_sign_in_has_used_is_worth_nothing_in_another(
    visitor: Visitor, stranger: Visitor, iam_user_with_totp: Person, phone: AuthenticatorApp
) -> None:
    page, other = reaches_challenge(visitor, iam_user_with_totp), reaches_challenge(stranger, iam_user_with_totp)
    code = next_code(phone)
    visitor.enters_console(visitor.sends(page, code=code))
    assert stranger.sends(other, code=code).status_code == 403
    assert stranger.sends(other, code=f"{code[:3]} {code[3:]}").status_code == 403
    assert holds_no_session(stranger)


def test_mfa_04_a_passkey_shown_to_one_sign_in_is_worth_nothing_in_another(
    visitor: Visitor, stranger: Visitor, iam_user_with_passkey: Holder
) -> None:
    page, other = reaches_challenge(visitor, iam_user_with_passkey.person), reaches_challenge(stranger, iam_user_with_passkey.person)
    shown = json.dumps(iam_user_with_passkey.authenticator.show(passkey_options(page)))
    assert stranger.sends(other, credential=shown).status_code == 403
    assert holds_no_session(stranger)
    visitor.enters_console(visitor.sends(page, credential=shown))
    assert stranger.sends(other, credential=shown).status_code == 403


def _lower(person: Person) -> tuple[str, str]:
    return person.account, person.username.lower()


def _upper(person: Person) -> tuple[str, str]:
    return person.account, person.username.upper()


def _by_alias(person: Person) -> tuple[str, str]:
    return "anycompany", person.username


def _with_dashes(person: Person) -> tuple[str, str]:
    return f"{person.account[:4]}-{person.account[4:8]}-{person.account[8:]}", person.username


def _full_width(person: Person) -> tuple[str, str]:
    return "".join(chr(0xFF10 + int(digit)) for digit in person.account), person.username


@pytest.mark.parametrize("spell", [_lower, _upper, _by_alias, _with_dashes, _full_width])
def test_mfa_06_another_spelling_of_the_name_is_asked_as_well(
    visitor: Visitor, iam_user_with_totp: Person, phone: AuthenticatorApp, spell: Callable[[Person], tuple[str, str]]
) -> None:
    account, username = spell(iam_user_with_totp)
    page = visitor.goes(visitor.gives_iam(iam_user_with_totp, account=account, username=username), CHALLENGE)
    visitor.enters_console(visitor.sends(page, code=next_code(phone)))


def test_mfa_06_another_spelling_of_the_address_is_asked_as_well(visitor: Visitor, root_user_with_totp: Person, root_phone: AuthenticatorApp) -> None:
    check = visitor.goes(visitor.sends(visitor.opens("/console/?user=root"), email=root_user_with_totp.email.upper()), "/signin/security-check")
    page = visitor.goes(visitor.passes_check(check), "/signin/password")
    page = visitor.goes(visitor.sends(page, password=root_user_with_totp.password), "/signin/verification-code")
    answer = visitor.sends(page, code=visitor.newest_mail(root_user_with_totp.email)["codes"][0])
    visitor.enters_console(visitor.sends(visitor.goes(answer, CHALLENGE), code=next_code(root_phone)))


def test_ses_01_the_second_factor_gives_the_browser_a_new_session(visitor: Visitor, iam_user_to_change_password: Person) -> None:
    person = principal_of(iam_user_to_change_password)
    app = AuthenticatorApp.objects.filter(user=person, confirmed=True).first() or app_of(person)
    visitor.opens("/console/?user=iam")
    page = visitor.goes(visitor.gives_iam(iam_user_to_change_password), CHALLENGE)
    before = visitor.client.cookies["attempt"].value
    visitor.goes(visitor.sends(page, code=next_code(app)), "/signin/new-password")
    after = visitor.client.cookies["attempt"].value
    assert before != after
    assert SessionStore(before).is_empty() or not SessionStore(before).get("signin.attempt")
    thief = Visitor()
    thief.client.cookies["attempt"] = before
    assert thief.get("/signin/new-password").headers["Location"] == "/console/?timed_out=1"


def test_ses_01_nothing_is_left_of_the_pre_sign_in_session(visitor: Visitor, iam_user_with_totp: Person, phone: AuthenticatorApp) -> None:
    page = reaches_challenge(visitor, iam_user_with_totp)
    before = visitor.client.cookies["attempt"].value
    visitor.enters_console(visitor.sends(page, code=next_code(phone)))
    assert not SessionStore(before).get("signin.attempt")
    assert visitor.get(CHALLENGE).headers["Location"] == "/console/?timed_out=1"


def test_ses_11_back_and_reload_after_the_sign_in_sign_nobody_in_again(visitor: Visitor, iam_user_with_totp: Person, phone: AuthenticatorApp) -> None:
    page = reaches_challenge(visitor, iam_user_with_totp)
    name = visitor.enters_console(visitor.sends(page, code=next_code(phone)))
    visitor.starts_over(visitor.sends(page, code=code_now(secret_in(phone))))
    assert visitor.is_in(name)


def test_ses_11_start_over_and_a_new_beginning_wipe_what_was_half_done(
    visitor: Visitor, iam_user_with_totp: Person, standalone_root_user: Person
) -> None:
    reaches_challenge(visitor, iam_user_with_totp)
    visitor.names_root(standalone_root_user)
    assert visitor.get(CHALLENGE).headers["Location"] == "/signin/security-check"
    attempt = attempt_of(visitor)
    assert (attempt["journey"], attempt["password_proved"], attempt["second_factor"]) == ("root", False, "")


def test_ses_11_signing_out_of_everything_wipes_a_sign_in_that_waits(visitor: Visitor, other_iam_user: Person, iam_user_with_totp: Person) -> None:
    visitor.signs_in_as_iam_user(other_iam_user)
    visitor.goes(visitor.gives_iam(iam_user_with_totp, address="/console/?user=iam&add=1"), CHALLENGE)
    visitor.posts_with_token("/console/sign-out-all")
    assert visitor.get(CHALLENGE).headers["Location"] == "/console/?timed_out=1"


def test_a_password_changed_meanwhile_ends_the_sign_in(visitor: Visitor, iam_user_with_totp: Person, phone: AuthenticatorApp) -> None:
    page = reaches_challenge(visitor, iam_user_with_totp)
    Principal.objects.filter(pk=principal_of(iam_user_with_totp).pk).update(credential_epoch=77)
    visitor.starts_over(visitor.sends(page, code=next_code(phone)))
    assert holds_no_session(visitor)


def test_a_device_registered_meanwhile_is_asked_for(visitor: Visitor, iam_user_who_needs_mfa: Person) -> None:
    visitor.goes(visitor.gives_iam(iam_user_who_needs_mfa), REGISTER)
    app_of(principal_of(iam_user_who_needs_mfa))
    assert visitor.get(REGISTER).headers["Location"] == CHALLENGE
    assert visitor.get(f"{REGISTER}/app").headers["Location"] == CHALLENGE


def test_enu_08_nothing_about_the_second_factor_shows_before_the_password(visitor: Visitor, iam_user_with_totp: Person, alice: Person) -> None:
    for person in (iam_user_with_totp, alice):
        wrong = visitor.gives_iam(person, password="Wrong-Password-1")
        assert wrong.status_code == 403
        assert "MFA" not in text_of(wrong)
        assert visitor.get(CHALLENGE).status_code == 303


def test_enu_08_the_page_of_the_second_factor_names_neither_device_nor_identity(
    visitor: Visitor, iam_user_with_totp: Person, phone: AuthenticatorApp
) -> None:
    page = reaches_challenge(visitor, iam_user_with_totp)
    shown = page.content.decode() + visitor.sends(page, code=wrong_code(phone)).content.decode()
    for hidden in (phone.name + "<", phone.serial, iam_user_with_totp.username, iam_user_with_totp.account, secret_in(phone)):
        assert hidden not in shown
    assert not HOME.search(shown)
