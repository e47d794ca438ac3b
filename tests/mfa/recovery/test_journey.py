"""A root user has lost the phone: by mail and by call back into the account, as the pages lead."""

import pytest

from accounts.models import Account, SignInSession
from mfa.models import FactorRecovery
from portal.world.people import Person
from tests.journeys.visitor import Visitor, alerts_of, text_of
from tests.mfa.codes import principal_of
from tests.mfa.recovery.steps import RECOVERY, digits_heard, link_of, posts_step, reaches_challenge, reaches_finish


def test_a_root_user_who_lost_the_device_comes_back_by_mail_and_phone(visitor: Visitor, stranger: Visitor, root_user_with_totp: Person) -> None:
    root = root_user_with_totp
    reaches_challenge(visitor, root)
    page = visitor.opens("/signin/mfa/troubleshoot")
    assert "Troubleshoot your authentication device" in text_of(page)
    assert f'href="{RECOVERY}"' in page.content.decode()

    page = visitor.opens(RECOVERY)
    assert "m***@example.com" in text_of(page)
    page = visitor.goes(visitor.sends(page), RECOVERY)
    mail = visitor.newest_mail(root.email)
    assert mail["from"] == "recover-mfa-no-reply@verify.signin.aws.example"
    assert visitor.address in mail["text"], "the owner can tell a stranger's sign-in"

    assert "Resend the email" in text_of(page)
    assert "not verified yet" in text_of(visitor.opens(f"{RECOVERY}?checked=1"))
    page = stranger.goes(stranger.sends(stranger.opens(link_of(visitor, root))), f"{RECOVERY}verified")
    assert "Go back to the browser in which you are signing in" in text_of(page)

    page = visitor.opens(f"{RECOVERY}?checked=1")
    assert "*** *** **00" in text_of(page)
    assert "206" not in text_of(page)
    page = visitor.goes(visitor.sends(page), RECOVERY)
    digits = digits_heard(root)
    assert digits not in page.content.decode()

    page = visitor.goes(visitor.sends(page, code=f"{digits[:3]} {digits[3:]}"), RECOVERY)
    passed, page = visitor.walks(visitor.sends(page))
    session = SignInSession.objects.get()
    assert passed == ["/v1/authorize", "/console/callback", f"/console/{session.name}/security"]
    assert (session.factor, page.status_code) == ("", 200)
    assert "without your MFA device" in text_of(page)

    records = {record["eventName"]: record for record in visitor.events(root.account)}
    assert list(records) == [
        "CheckMfa",
        "MfaRecoveryRequested",
        "MfaRecoveryEmailVerified",
        "MfaRecoveryCalled",
        "MfaRecoveryCompleted",
        "ConsoleLogin",
    ]
    login = records["ConsoleLogin"]["additionalEventData"]
    assert login["MFAUsed"] == "No", "no device answered"
    assert "MFAIdentifier" not in login
    assert records["MfaRecoveryEmailVerified"]["sourceIPAddress"] == stranger.address
    mail = visitor.newest_mail(root.email)
    assert mail["subject"] == "Your root user signed in without its MFA device"
    assert "change your password" in mail["text"]


def test_the_device_stays_registered_and_the_next_sign_in_asks_for_it(visitor: Visitor, root_user_with_totp: Person) -> None:
    visitor.walks(visitor.sends(reaches_finish(visitor, root_user_with_totp)))
    visitor.sends_sign_out(SignInSession.objects.get().name)
    page = visitor.goes(visitor.names_root(root_user_with_totp), "/signin/password")
    visitor.goes(visitor.sends(page, password=root_user_with_totp.password), "/signin/mfa/")


def test_the_same_browser_goes_straight_on_after_its_link(visitor: Visitor, root_user_with_totp: Person) -> None:
    reaches_challenge(visitor, root_user_with_totp)
    visitor.goes(visitor.sends(visitor.opens(RECOVERY)), RECOVERY)
    page = visitor.goes(visitor.sends(visitor.opens(link_of(visitor, root_user_with_totp))), RECOVERY)
    assert "Call me now" in text_of(page)


def test_wrong_digits_say_so_and_another_call_makes_the_earlier_digits_worthless(visitor: Visitor, root_user_with_totp: Person) -> None:
    root = root_user_with_totp
    reaches_challenge(visitor, root)
    visitor.goes(visitor.sends(visitor.opens(RECOVERY)), RECOVERY)
    page = visitor.goes(visitor.sends(visitor.opens(link_of(visitor, root))), RECOVERY)
    page = visitor.goes(visitor.sends(page), RECOVERY)
    first = digits_heard(root)
    assert "A code has six digits." in alerts_of(visitor.sends(page, code="12345"))
    assert FactorRecovery.objects.get().tries == 0, "what is no code is no try"
    posts_step(visitor, "recovery_call")
    second = digits_heard(root)
    answer = visitor.sends(page, code=first)
    assert answer.status_code == 400
    assert "The number is not right" in alerts_of(answer)
    visitor.goes(visitor.sends(answer, code=second), RECOVERY)


def test_an_account_without_phone_sends_its_root_user_to_support(visitor: Visitor, root_user_with_totp: Person) -> None:
    reaches_challenge(visitor, root_user_with_totp)
    visitor.goes(visitor.sends(visitor.opens(RECOVERY)), RECOVERY)
    Account.objects.filter(pk=root_user_with_totp.account).update(contact_phone="")
    page = visitor.goes(visitor.sends(visitor.opens(link_of(visitor, root_user_with_totp))), RECOVERY)
    assert "contact Support" in text_of(page)
    assert "Call me" not in text_of(page)


def test_the_page_keeps_the_sign_in_alive_while_mail_and_call_are_under_way(
    visitor: Visitor, root_user_with_totp: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PORTAL_FACTOR_RECOVERY_SECONDS", "3600")
    reaches_challenge(visitor, root_user_with_totp)
    visitor.goes(visitor.sends(visitor.opens(RECOVERY)), RECOVERY)
    for _ in range(4):
        visitor.training("clock", advance_seconds=14 * 60)
        page = visitor.opens(RECOVERY)
    assert "Resend the email" in text_of(page)
    visitor.training("clock", advance_seconds=14 * 60)
    assert "This recovery is over" in alerts_of(visitor.opens(RECOVERY)), "an hour, and not more"
    visitor.training("clock", advance_seconds=2 * 60)
    assert visitor.get(RECOVERY).headers["Location"] == "/console/?timed_out=1"


def test_mfa_05_nobody_but_a_root_user_has_alternative_factors(visitor: Visitor, iam_user_with_totp: Person) -> None:
    visitor.goes(visitor.gives_iam(iam_user_with_totp), "/signin/mfa/")
    page = visitor.opens("/signin/mfa/troubleshoot")
    administrator = Account.objects.get(pk=iam_user_with_totp.account).administrator
    assert f"Contact {administrator}." in text_of(page)
    assert RECOVERY not in page.content.decode()
    assert visitor.get(RECOVERY).headers["Location"] == "/signin/mfa/troubleshoot"
    for step in ("recovery", "recovery_mail", "recovery_call", "recovery_finish"):
        assert posts_step(visitor, step, code="123456").status_code in {303, 400}, step
    visitor.goes(visitor.get("/signin/password"), "/signin/mfa/")
    assert not FactorRecovery.objects.exists()


def test_an_operator_asks_another_operator(visitor: Visitor, operator_with_totp: Person) -> None:
    visitor.goes(
        visitor.sends(visitor.opens("/signin/operator"), username=operator_with_totp.username, password=operator_with_totp.password), "/signin/mfa/"
    )
    page = visitor.opens("/signin/mfa/troubleshoot")
    assert "Another operator of this portal can deactivate your device" in text_of(page)
    assert RECOVERY not in page.content.decode()


def test_credentials_removed_on_the_way_end_the_recovery(visitor: Visitor, root_user_with_totp: Person) -> None:
    reaches_challenge(visitor, root_user_with_totp)
    visitor.goes(visitor.sends(visitor.opens(RECOVERY)), RECOVERY)
    link = link_of(visitor, root_user_with_totp)
    Account.objects.filter(pk=principal_of(root_user_with_totp).account_id).update(has_root_credentials=False)
    assert visitor.get(link).status_code == 404
    assert visitor.get(RECOVERY).headers["Location"] == "/signin/mfa/troubleshoot"
