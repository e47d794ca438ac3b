"""The challenge as people meet it: a code, a passkey, a type to choose, several tries, a clock that is off."""

import json

import pytest

from mfa.base.guessing import OF_IDENTITY
from mfa.models import AuthenticatorApp
from portal.world.people import Person
from tests.journeys.visitor import Visitor, alerts_of, text_of
from tests.mfa.base.steps import CHALLENGE, attempt_of, events_named, passkey_options, reaches_challenge, root_reaches_challenge
from tests.mfa.codes import code_now, next_code, principal_of, secret_in, two_codes, wrong_code
from tests.mfa.fido.conftest import Holder


def test_a_code_of_the_app_completes_the_sign_in(visitor: Visitor, iam_user_with_totp: Person, phone: AuthenticatorApp) -> None:
    page = reaches_challenge(visitor, iam_user_with_totp)
    said = text_of(page)
    assert "Multi-factor authentication" in said
    assert "MFA code" in said
    assert "Troubleshoot MFA" in said
    assert "Try another MFA method" not in said
    assert "This is a trusted device" not in said, "an IAM user is asked every time"
    form = page.content.decode()
    assert 'autocomplete="one-time-code"' in form
    assert 'inputmode="numeric"' in form

    visitor.enters_console(visitor.sends(page, code=next_code(phone)))


def test_a_root_user_is_asked_after_the_mailed_code(visitor: Visitor, root_user_with_totp: Person, root_phone: AuthenticatorApp) -> None:
    page = root_reaches_challenge(visitor, root_user_with_totp)
    assert "This is a trusted device" not in text_of(page)
    visitor.enters_console(visitor.sends(page, code=next_code(root_phone)))


def test_a_wrong_code_is_told_and_the_next_one_may_be_right(visitor: Visitor, iam_user_with_totp: Person, phone: AuthenticatorApp) -> None:
    again = visitor.sends(reaches_challenge(visitor, iam_user_with_totp), code=wrong_code(phone))
    assert again.status_code == 403
    assert "not right" in alerts_of(again)
    assert "Resynchronize" not in text_of(again)

    visitor.enters_console(visitor.sends(again, code=next_code(phone)))


@pytest.mark.parametrize("typed", ["", "12345", "1234567", "abcdef", "1" * 17, "1" * 4000, "12 34 5", "½23456"])
def test_mfa_03_what_cannot_be_a_code_is_no_try(visitor: Visitor, iam_user_with_totp: Person, phone: AuthenticatorApp, typed: str) -> None:
    page = reaches_challenge(visitor, iam_user_with_totp)
    for _ in range(6):
        answer = visitor.sends(page, code=typed)
        assert answer.status_code == 400
        assert alerts_of(answer)
    visitor.enters_console(visitor.sends(page, code=next_code(phone)))
    assert not [event for event in events_named(visitor, "ConsoleLogin") if event.get("errorMessage")]


def test_a_passkey_is_the_second_factor(visitor: Visitor, iam_user_with_passkey: Holder) -> None:
    page = reaches_challenge(visitor, iam_user_with_passkey.person)
    assert "Additional verification required" in text_of(page)
    posted = iam_user_with_passkey.authenticator.show(passkey_options(page))

    visitor.enters_console(visitor.sends(page, credential=json.dumps(posted)))


def test_an_empty_answer_of_a_browser_without_passkeys_is_no_try(visitor: Visitor, iam_user_with_passkey: Holder) -> None:
    page = reaches_challenge(visitor, iam_user_with_passkey.person)
    for _ in range(6):
        answer = visitor.sends(page, credential="")
        assert answer.status_code == 400
        assert alerts_of(answer)
    assert attempt_of(visitor)


def test_a_passkey_that_is_not_accepted_is_a_try(visitor: Visitor, iam_user_with_passkey: Holder) -> None:
    page = reaches_challenge(visitor, iam_user_with_passkey.person)
    answer = visitor.sends(page, credential=json.dumps(iam_user_with_passkey.authenticator.show(passkey_options(page), flags=0)))
    assert answer.status_code == 403
    assert "not accepted" in alerts_of(answer)
    posted = iam_user_with_passkey.authenticator.show(passkey_options(answer))
    visitor.enters_console(visitor.sends(answer, credential=json.dumps(posted)))


def test_of_several_types_one_is_chosen_first(visitor: Visitor, iam_user_with_both: Holder) -> None:
    choice = reaches_challenge(visitor, iam_user_with_both.person)
    said = text_of(choice)
    assert "Additional verification required" in said
    assert "Passkey or security key (1 registered)" in said
    assert "Authenticator app (2 registered)" in said

    page = visitor.goes(visitor.sends(choice, type="totp"), CHALLENGE)
    assert "MFA code" in text_of(page)
    assert "Try another MFA method" in text_of(page)
    page = visitor.goes(visitor.sends(visitor.opens(f"{CHALLENGE}?type=choose"), type="fido"), CHALLENGE)
    assert passkey_options(page)
    page = visitor.opens(f"{CHALLENGE}?type=totp")
    app = AuthenticatorApp.objects.get(user=iam_user_with_both.principal, name="tablet")
    visitor.enters_console(visitor.sends(page, code=next_code(app)))


def test_a_type_that_is_not_registered_cannot_be_chosen(visitor: Visitor, iam_user_with_totp: Person) -> None:
    page = reaches_challenge(visitor, iam_user_with_totp)
    assert "MFA code" in text_of(visitor.opens(f"{CHALLENGE}?type=fido"))
    answer = visitor.posts_with_token(CHALLENGE, credential="{}")
    assert (answer.status_code, answer.headers["Location"]) == (303, CHALLENGE)
    assert "MFA code" in text_of(page)


def test_after_three_wrong_codes_the_page_offers_to_resynchronise(visitor: Visitor, iam_user_with_totp: Person, phone: AuthenticatorApp) -> None:
    page = reaches_challenge(visitor, iam_user_with_totp)
    secret = secret_in(phone)
    for _ in range(2):
        page = visitor.sends(page, code=code_now(secret, ahead=7))
    assert "Resynchronize" not in text_of(page)
    page = visitor.sends(page, code=code_now(secret, ahead=7))
    assert "An unexpected error has occurred" in text_of(page)
    assert "Sync the time of the device" in text_of(page)

    first, second = two_codes(secret, ahead=7)
    answer = visitor.sends(visitor.opens("/signin/mfa/resynchronise"), code=first, code2=second)
    visitor.enters_console(answer)
    login = events_named(visitor, "ConsoleLogin")[-1]
    assert login["additionalEventData"]["MFAUsed"] == "Yes"
    assert login["additionalEventData"]["MFAIdentifier"] == phone.serial
    phone.refresh_from_db()
    assert phone.drift in {6, 7}
    assert len(events_named(visitor, "ResyncMFADevice")) == 1


def test_mfa_09_two_codes_are_tries_like_one(visitor: Visitor, iam_user_with_totp: Person, phone: AuthenticatorApp) -> None:
    page = reaches_challenge(visitor, iam_user_with_totp)
    wrong = wrong_code(phone)
    visitor.sends(page, code=wrong)
    page = visitor.opens("/signin/mfa/resynchronise")
    for number in range(2, 5):
        answer = visitor.sends(page, code=wrong, code2=wrong)
        assert answer.status_code == 403, number
        assert alerts_of(answer)
    answer = visitor.sends(page, code=wrong, code2=wrong)
    assert answer.headers["Location"] == "/console/?too_many_codes=1"


def test_only_who_has_an_app_resynchronises(visitor: Visitor, iam_user_with_passkey: Holder) -> None:
    reaches_challenge(visitor, iam_user_with_passkey.person)
    assert visitor.get("/signin/mfa/resynchronise").headers["Location"] == CHALLENGE


def test_after_five_tries_the_sign_in_is_over(visitor: Visitor, iam_user_with_totp: Person, phone: AuthenticatorApp) -> None:
    page = reaches_challenge(visitor, iam_user_with_totp)
    wrong = wrong_code(phone)
    for _ in range(4):
        assert visitor.sends(page, code=wrong).status_code == 403
    start = visitor.goes(visitor.sends(page, code=wrong), "/console/?too_many_codes=1")
    assert "Too many wrong codes. Start again." in text_of(start)
    visitor.starts_over(visitor.sends(page, code=next_code(phone)))
    assert len([event for event in events_named(visitor, "ConsoleLogin") if event["responseElements"] == {"ConsoleLogin": "Failure"}]) == 5

    visitor.enters_console(visitor.sends(reaches_challenge(visitor, iam_user_with_totp), code=next_code(phone)))


def test_who_has_to_wait_is_told_how_long(visitor: Visitor, iam_user_with_totp: Person, phone: AuthenticatorApp) -> None:
    page = reaches_challenge(visitor, iam_user_with_totp)
    for _ in range(11):
        OF_IDENTITY.climb(str(principal_of(iam_user_with_totp).pk))
    answer = visitor.sends(page, code=next_code(phone))
    assert answer.status_code == 429
    assert 1 <= int(answer.headers["Retry-After"]) <= 30
    assert "Too many attempts" in alerts_of(answer)
    for _ in range(6):
        assert visitor.sends(page, code=next_code(phone)).status_code == 429, "what is not looked at is no try of the sign-in"
