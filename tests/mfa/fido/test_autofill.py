"""Signing in with a passkey that the browser offers: both factors at once, whoever it belongs to, and one answer to whatever does not do."""

import json
from typing import Any

import pytest

from accounts.models import Account, Organization, PasswordPolicy, Principal, SignInSession
from accounts.sessions.flows import end_all
from mfa.fido.autofill import OPTIONS_BY_ADDRESS, TRIES_BY_ADDRESS
from mfa.models import Ceremony, Passkey
from portal.world.people import Person
from tests.journeys.visitor import Visitor, alerts_of, text_of
from tests.mfa.fido.authenticator import PRESENT, SoftwareAuthenticator
from tests.mfa.fido.conftest import Holder, holder_of

REFUSED = "You could not be signed in with this passkey."


def options_for(visitor: Visitor) -> str:
    """Return the options that a sign-in page fetches."""
    answer = visitor.posts_with_token("/signin/passkey/options")
    assert answer.status_code == 200, text_of(answer)
    assert answer.headers["Cache-Control"] == "no-store"
    return str(answer.content.decode())


def shows(
    visitor: Visitor, holder: Holder, *, address: str = "/signin/passkey", options: str = "", fields: dict[str, str] | None = None, **broken: Any
) -> Any:
    """Let the browser offer the holder's passkey, and send it."""
    posted = holder.authenticator.show(options or options_for(visitor), **broken)
    return visitor.posts_with_token(address, credential=json.dumps(posted), **(fields or {}))


def is_refused(answer: Any) -> bool:
    """Tell whether an answer is the one page of everything that does not do."""
    return bool(answer.status_code == 403 and REFUSED in alerts_of(answer))


def last_login(visitor: Visitor, account: str) -> dict[str, Any]:
    """Return the newest `ConsoleLogin` of an account."""
    return [event for event in visitor.events(account) if event["eventName"] == "ConsoleLogin"][-1]


@pytest.mark.parametrize("page", ["/signin/root", "/signin/iam", "/signin/operator", "/console/?user=root", "/console/?user=iam"])
def test_sign_in_pages_let_the_browser_offer_passkeys(visitor: Visitor, page: str) -> None:
    for _first_and_kept in range(2):
        html = visitor.opens(page).content.decode()
        assert 'autocomplete="username webauthn"' in html
        assert 'data-passkey="autofill"' in html
        assert "js/passkey-autofill" in html
        assert "challenge" not in html


@pytest.mark.parametrize("page", ["/signin/", "/password/forgot", "/register/"])
def test_other_pages_do_not_load_the_script(visitor: Visitor, page: str) -> None:
    assert "passkey-autofill" not in visitor.opens(page).content.decode()


def test_an_iam_user_signs_in_with_a_passkey_alone(visitor: Visitor, iam_user_with_passkey: Holder) -> None:
    name = visitor.enters_console(shows(visitor, iam_user_with_passkey))
    session = SignInSession.objects.get(name=name)
    assert session.principal_id == iam_user_with_passkey.principal.pk
    assert session.factor == iam_user_with_passkey.passkey.serial
    event = last_login(visitor, "111122223333")
    assert event["responseElements"] == {"ConsoleLogin": "Success"}
    assert event["additionalEventData"]["MFAUsed"] == "Yes"
    assert event["additionalEventData"]["MFAIdentifier"] == iam_user_with_passkey.passkey.serial


def test_a_root_user_signs_in_with_a_passkey_alone_from_a_new_browser(visitor: Visitor, root_user_with_passkey: Holder) -> None:
    name = visitor.enters_console(shows(visitor, root_user_with_passkey))
    assert SignInSession.objects.get(name=name).principal_id == root_user_with_passkey.principal.pk
    assert visitor.is_in(name)


def test_an_operator_signs_in_with_a_passkey_alone(visitor: Visitor, operator_with_passkey: Holder) -> None:
    answer = shows(visitor, operator_with_passkey, address="/signin/passkey?next=/admin/")
    assert visitor.goes(answer, "/admin/").status_code == 200


def test_region_destination_and_remembered_account_go_along(visitor: Visitor, iam_user_with_passkey: Holder) -> None:
    address = "/signin/passkey?region=eu-west-1&next=/console/sessions"
    answer = shows(visitor, iam_user_with_passkey, address=address, fields={"remember": "on"})
    passed, _page = visitor.walks(answer)
    assert passed[-1] == "/console/sessions"
    assert SignInSession.objects.get().region == "eu-west-1"
    visitor.client.cookies.pop("attempt", None)
    assert 'value="Carlos"' in visitor.opens("/signin/iam").content.decode()


def test_a_destination_outside_is_not_followed(visitor: Visitor, iam_user_with_passkey: Holder) -> None:
    visitor.enters_console(shows(visitor, iam_user_with_passkey, address="/signin/passkey?next=https://evil.example/"))


def test_pk_04_without_verification_a_passkey_is_not_both_factors(visitor: Visitor, iam_user_with_passkey: Holder) -> None:
    edited = json.dumps(json.loads(options_for(visitor)) | {"userVerification": "discouraged"})
    assert is_refused(shows(visitor, iam_user_with_passkey, options=edited, flags=PRESENT))
    assert not SignInSession.objects.exists()


def test_pk_05_a_passkey_that_names_nobody_or_somebody_else_is_refused(visitor: Visitor, iam_user_with_passkey: Holder) -> None:
    assert is_refused(shows(visitor, iam_user_with_passkey, user_handle=None))
    assert is_refused(shows(visitor, iam_user_with_passkey, user_handle=b"x" * 64))
    assert not SignInSession.objects.exists()


def test_pk_01_options_are_good_once_and_in_their_own_browser(visitor: Visitor, stranger: Visitor, iam_user_with_passkey: Holder) -> None:
    options = options_for(visitor)
    assert is_refused(shows(stranger, iam_user_with_passkey, options=options))
    options_for(stranger)
    assert is_refused(shows(stranger, iam_user_with_passkey, options=options))
    assert shows(visitor, iam_user_with_passkey, options=options).status_code == 303
    assert is_refused(shows(visitor, iam_user_with_passkey, options=options))


def test_pk_01_an_answer_to_the_second_factor_is_none_to_autofill(visitor: Visitor, iam_user_with_passkey: Holder) -> None:
    options_for(visitor)
    binding = Ceremony.objects.latest("id").binding
    for purpose in ("second_factor", "registration"):
        Ceremony.objects.filter(binding=binding).update(purpose=purpose, used_at=None)
        challenge = Ceremony.objects.latest("id").challenge
        options = json.dumps({"rpId": "localhost", "challenge": challenge})
        assert is_refused(shows(visitor, iam_user_with_passkey, options=options))


def test_two_tabs_of_one_browser_can_both_be_used(visitor: Visitor, iam_user_with_passkey: Holder) -> None:
    first = options_for(visitor)
    options_for(visitor)
    visitor.enters_console(shows(visitor, iam_user_with_passkey, options=first))


def unknown(visitor: Visitor, holder: Holder) -> Any:
    stranger = Holder(holder.person, holder.principal, SoftwareAuthenticator(user_handle=b"u" * 64), holder.passkey)
    return shows(visitor, stranger)


def bad_signature(visitor: Visitor, holder: Holder) -> Any:
    return shows(visitor, holder, signature=lambda raw: raw[:-1] + bytes([raw[-1] ^ 1]))


def disabled(visitor: Visitor, holder: Holder) -> Any:
    Principal.objects.filter(pk=holder.principal.pk).update(is_active=False)
    return shows(visitor, holder)


def without_password(visitor: Visitor, holder: Holder) -> Any:
    holder.principal.set_unusable_password()
    holder.principal.save()
    return shows(visitor, holder)


def removed(visitor: Visitor, holder: Holder) -> Any:
    Passkey.objects.filter(pk=holder.passkey.pk).delete()
    return shows(visitor, holder)


def cloned(visitor: Visitor, holder: Holder) -> Any:
    Passkey.objects.filter(pk=holder.passkey.pk).update(sign_count=100)
    return shows(visitor, holder)


def elsewhere(visitor: Visitor, holder: Holder) -> Any:
    return shows(visitor, holder, client={"origin": "http://127.0.0.1:8000"})


def unreadable(visitor: Visitor, holder: Holder) -> Any:
    options_for(visitor)
    return visitor.posts_with_token("/signin/passkey", credential='{"id": 5}')


def without_options(visitor: Visitor, holder: Holder) -> Any:
    return shows(visitor, holder, options=json.dumps({"rpId": "localhost", "challenge": "AAAA"}))


FAILURES = [unknown, bad_signature, disabled, without_password, removed, cloned, elsewhere, unreadable, without_options]


@pytest.mark.parametrize("fails", FAILURES, ids=lambda fails: fails.__name__)
def test_whatever_does_not_do_gets_the_same_answer_and_an_event(visitor: Visitor, iam_user_with_passkey: Holder, fails: Any) -> None:
    answer = fails(visitor, iam_user_with_passkey)
    assert is_refused(answer), text_of(answer)
    assert not SignInSession.objects.exists()
    event = [found for found in visitor.events() if found["eventName"] == "ConsoleLogin"][-1]
    assert event["responseElements"] == {"ConsoleLogin": "Failure"}
    assert event["additionalEventData"]["MFAUsed"] == "Yes"
    assert event["errorMessage"] == "Failed authentication"


def test_enu_09_the_answers_to_all_failures_are_alike_to_the_letter(iam_user_with_passkey: Holder) -> None:
    pages = set()
    for fails in (unknown, bad_signature, unreadable, without_options, elsewhere, disabled):
        page = fails(Visitor(), iam_user_with_passkey).content.decode()
        pages.add("\n".join(line for line in page.splitlines() if "csrfmiddlewaretoken" not in line))
    assert len(pages) == 1


def test_enu_09_options_are_the_same_whoever_asks(visitor: Visitor, stranger: Visitor, iam_user_with_passkey: Holder) -> None:
    """Nobody is named when options are given out, so there is no name whose passkeys they could tell of."""
    found = [json.loads(options_for(browser)) for browser in (visitor, visitor, stranger)]
    assert len({options.pop("challenge") for options in found}) == 3
    assert found[0] == found[1] == found[2]
    assert found[0]["allowCredentials"] == []
    assert found[0]["userVerification"] == "required"


def test_a_member_accounts_root_user_without_credentials_is_refused(visitor: Visitor, root_user_without_credentials: Person) -> None:
    account = Account.objects.get(pk=root_user_without_credentials.account)
    Account.objects.filter(pk=account.pk).update(has_root_credentials=True)
    holder = holder_of(root_user_without_credentials)
    Account.objects.filter(pk=account.pk).update(has_root_credentials=False)
    assert Organization.objects.filter(accounts=account).exists()
    assert is_refused(shows(visitor, holder))


def test_a_suspended_account_says_so_to_who_has_proved_it(visitor: Visitor, suspended_iam_user: Person) -> None:
    answer = shows(visitor, holder_of(suspended_iam_user))
    assert answer.status_code == 403
    assert "Your account is suspended" in text_of(answer)
    assert not SignInSession.objects.exists()


def test_a_root_user_whose_password_must_be_reset_is_told(visitor: Visitor, root_user_to_reset: Person) -> None:
    answer = shows(visitor, holder_of(root_user_to_reset))
    assert answer.status_code == 403
    assert "Password reset is required" in text_of(answer)


def test_an_expired_password_is_replaced_first_and_a_hard_expired_one_by_the_administrator(
    visitor: Visitor, stranger: Visitor, iam_user_with_expired_password: Person, iam_user_with_hard_expired_password: Person
) -> None:
    page = visitor.goes(shows(visitor, holder_of(iam_user_with_expired_password)), "/signin/new-password")
    assert not SignInSession.objects.exists()
    new = "Fresh-Password-9915!"
    visitor.enters_console(visitor.sends(page, new_password=new, confirm_password=new))
    answer = shows(stranger, holder_of(iam_user_with_hard_expired_password))
    assert answer.status_code == 403
    assert "Your password has expired" in text_of(answer)
    assert PasswordPolicy.objects.filter(hard_expiry=True).exists()


def test_a_changed_password_does_not_end_a_passkey_but_an_ended_identity_finishes_no_sign_in(
    visitor: Visitor, iam_user_to_change_password: Person
) -> None:
    holder = holder_of(iam_user_to_change_password)
    page = visitor.goes(shows(visitor, holder), "/signin/new-password")
    end_all(holder.principal, SignInSession.End.PASSWORD_CHANGED)
    new = "Fresh-Password-9915!"
    assert visitor.sends(page, new_password=new, confirm_password=new).headers["Location"] == "/console/?timed_out=1"


def test_a_policy_is_asked_about_the_owner_before_anything_is_looked_at(
    visitor: Visitor, iam_user_with_passkey: Holder, monkeypatch: pytest.MonkeyPatch, settings: Any
) -> None:
    settings.POLICY_LAYERS = ("tests.mfa.fido.layers.deny_carlos",)
    answer = shows(visitor, iam_user_with_passkey)
    assert answer.status_code == 403
    assert "Your authentication information is incorrect" in text_of(answer)
    assert not SignInSession.objects.exists()
    assert iam_user_with_passkey.reloaded().sign_count == 0


def test_tries_and_options_are_bounded_by_address(visitor: Visitor, iam_user_with_passkey: Holder) -> None:
    for _try in range(TRIES_BY_ADDRESS.allowed):
        TRIES_BY_ADDRESS.hit(visitor.address)
    answer = shows(visitor, iam_user_with_passkey)
    assert (answer.status_code, answer.headers["Retry-After"]) == (429, str(TRIES_BY_ADDRESS.seconds))
    for _request in range(OPTIONS_BY_ADDRESS.allowed):
        OPTIONS_BY_ADDRESS.hit(visitor.address)
    assert visitor.posts_with_token("/signin/passkey/options").status_code == 429


def test_both_addresses_want_the_token_of_a_page(visitor: Visitor) -> None:
    for address in ("/signin/passkey", "/signin/passkey/options"):
        visitor.opens("/signin/root")
        assert visitor.posts(address, {}).status_code == 403


def test_the_cookie_of_the_challenge_is_short_lived_and_guarded(visitor: Visitor, iam_user_with_passkey: Holder) -> None:
    options_for(visitor)
    cookie = visitor.client.cookies["passkey"]
    assert (cookie["httponly"], cookie["samesite"], cookie["path"], cookie["domain"], cookie["max-age"]) == (True, "Strict", "/", "", 300)
    assert cookie.value not in set(Ceremony.objects.values_list("binding", flat=True))
    shows(visitor, iam_user_with_passkey)
    assert visitor.client.cookies["passkey"].value == ""


def test_ses_01_the_session_of_the_sign_in_page_is_not_carried_over(visitor: Visitor, iam_user_to_change_password: Person) -> None:
    visitor.sends(visitor.opens("/signin/root"), email="nobody@example.com")
    before = visitor.client.cookies["attempt"].value
    visitor.goes(shows(visitor, holder_of(iam_user_to_change_password)), "/signin/new-password")
    assert visitor.client.cookies["attempt"].value != before


def test_a_credential_may_be_long_but_not_longer_than_16_kb(visitor: Visitor) -> None:
    assert visitor.posts_with_token("/signin/passkey", credential="x" * 16_384).status_code == 403
    assert visitor.posts_with_token("/signin/passkey", credential="x" * 16_385).status_code == 400
    assert visitor.posts_with_token("/signin/passkey", credential="x", remember="x" * 4_097).status_code == 400
    answer = visitor.posts_with_token("/signin/passkey")
    assert answer.status_code == 400
    assert REFUSED in alerts_of(answer)


def test_no_second_factor_is_asked_for_after_a_passkey(visitor: Visitor, iam_user_with_passkey: Holder) -> None:
    Account.objects.filter(pk="111122223333").update(iam_users_need_mfa=True)
    visitor.enters_console(shows(visitor, iam_user_with_passkey))


def test_the_address_leads_to_sign_in_where_nothing_is_sent(visitor: Visitor) -> None:
    visitor.goes(visitor.get("/signin/passkey"), "/signin/")
