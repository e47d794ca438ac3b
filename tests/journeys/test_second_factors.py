"""Stories of second factors, over HTTP, with nothing mocked: every code comes from a secret that a page has shown."""

from typing import Any

import pytest

from accounts.models import Account, Principal, SignInSession
from mfa.models import Authenticator
from portal.world.people import Person
from tests.fixtures.people import World
from tests.journeys.visitor import Visitor, alerts_of, text_of
from tests.mfa.codes import code_now
from tests.mfa.recovery.steps import RECOVERY, asks_for_mail, is_called

NEW = "Fresh-Harbor-2217"


@pytest.fixture
def administrator(world: World) -> Person:
    """The administrator of an account whose IAM users need a second factor; has an authenticator app."""
    return world["888888888888", "Efua_Owusu"]


@pytest.fixture
def guarded(world: World) -> Person:
    """An IAM user of the same account who has no second factor yet."""
    return world["888888888888", "Diego_Ramirez"]


def names_of_events(visitor: Visitor, account: str) -> list[str]:
    """Return the names of an account's events, oldest first."""
    return [event["eventName"] for event in visitor.events(account)]


def newest_login(visitor: Visitor, account: str) -> dict[str, Any]:
    """Return the newest `ConsoleLogin` of an account."""
    return [event for event in visitor.events(account) if event["eventName"] == "ConsoleLogin"][-1]


def test_a_root_user_protects_itself_loses_the_phone_and_recovers(visitor: Visitor, stranger: Visitor, root_user: Person) -> None:
    root, account = root_user, root_user.account

    # Protect: the offer at the first sign-in leads to the page of authenticator apps.
    page = visitor.reaches_code(root)
    page = visitor.goes(visitor.sends(page, code=visitor.newest_mail(root.email)["codes"][0]), "/signin/mfa/register")
    assert 'href="/signin/mfa/register/app"' in page.content.decode()
    answer, secret = visitor.registers_app(visitor.opens("/signin/mfa/register/app"), name="first-phone")
    first = visitor.enters_console(answer)
    serial = f"arn:aws:iam::{account}:mfa/root-account-mfa-device"
    assert SignInSession.objects.get(name=first).factor == serial
    assert names_of_events(visitor, account) == ["EnableMFADevice", "ConsoleLogin"]
    mail = visitor.newest_mail(root.email)
    assert mail["subject"] == "Your MFA devices have changed"
    assert "first-phone" in mail["text"]

    # Sign in with it, from another browser: the password and the mailbox alone open nothing.
    page = stranger.reaches_code(root)
    page = stranger.goes(stranger.sends(page, code=stranger.newest_mail(root.email)["codes"][0]), "/signin/mfa/")
    assert stranger.sends(page, code="000000").status_code == 403
    second = stranger.enters_console(stranger.sends(page, code=code_now(secret, ahead=1)))
    login = newest_login(visitor, account)
    assert login["additionalEventData"]["MFAUsed"] == "Yes"
    assert login["additionalEventData"]["MFAIdentifier"] == serial
    assert visitor.is_in(first)
    assert stranger.is_in(second)

    # The phone is lost: mail and call lead back in, to the page where a new one is registered.
    laptop = Visitor(address="192.0.2.40")
    page = laptop.reaches_code(root)
    page = laptop.goes(laptop.sends(page, code=laptop.newest_mail(root.email)["codes"][0]), "/signin/mfa/")
    assert 'href="/signin/mfa/troubleshoot"' in page.content.decode()
    assert f'href="{RECOVERY}"' in laptop.opens("/signin/mfa/troubleshoot").content.decode()
    laptop.walks(laptop.sends(laptop.opens(asks_for_mail(laptop, root))))
    digits = is_called(laptop, root)
    page = laptop.goes(laptop.sends(laptop.opens(RECOVERY), code=digits), RECOVERY)
    passed, page = laptop.walks(laptop.sends(page))
    third = passed[-1].split("/")[2]
    assert passed[-1] == f"/console/{third}/security"
    assert laptop.newest_mail(root.email)["subject"] == "Your root user signed in without its MFA device"
    assert newest_login(visitor, account)["additionalEventData"]["MFAUsed"] == "No"

    # Register the new phone first, then remove the lost one: everybody else who held a session is out.
    answer, new_secret = laptop.registers_app(laptop.opens(f"/console/{third}/mfa/register/app"), name="second-phone")
    laptop.walks(answer)
    lost = Authenticator.objects.get(serial=serial)
    page = laptop.opens(f"/console/{third}/mfa/delete?device={lost.pk}")
    assert "first-phone" in text_of(page)
    laptop.goes(laptop.sends(page), f"/console/{third}/security?done=deleted")
    assert not Authenticator.objects.filter(pk=lost.pk).exists()
    assert laptop.is_in(third)
    assert not visitor.is_in(first)
    assert not stranger.is_in(second)
    assert names_of_events(visitor, account)[-2:] == ["EnableMFADevice", "DeactivateMFADevice"]

    # The lost phone opens nothing any more, the new one does.
    page = laptop.sends(laptop.opens("/console/?add=1&user=root"), email=root.email)
    page = laptop.goes(laptop.sends(laptop.goes(page, "/signin/password"), password=root.password), "/signin/mfa/")
    assert laptop.sends(page, code=code_now(secret, ahead=1)).status_code == 403
    laptop.enters_console(laptop.sends(page, code=code_now(new_secret, ahead=1)))


def test_a_root_user_whose_grace_is_over_must_register(visitor: Visitor, world: World) -> None:
    root = world["888888888888", "guarded@example.com"]
    page = visitor.reaches_code(root)
    page = visitor.goes(visitor.sends(page, code=visitor.newest_mail(root.email)["codes"][0]), "/signin/mfa/register")
    assert "/signin/mfa/register/skip" not in page.content.decode()
    visitor.goes(visitor.posts_with_token("/signin/mfa/register/skip"), "/signin/mfa/register")
    answer, _secret = visitor.registers_app(visitor.opens("/signin/mfa/register/app"))
    assert visitor.is_in(visitor.enters_console(answer))


def test_the_grace_of_a_root_user_runs_out_after_35_days(visitor: Visitor, stranger: Visitor, root_user: Person) -> None:
    visitor.signs_in_as_root(root_user)
    visitor.training("clock", advance_seconds=34 * 86400)
    page = stranger.reaches_code(root_user)
    page = stranger.goes(stranger.sends(page, code=stranger.newest_mail(root_user.email)["codes"][0]), "/signin/mfa/register")
    assert "You have 1 day left" in text_of(page)
    visitor.training("clock", advance_seconds=86400)
    later = Visitor(address="192.0.2.41")
    page = later.reaches_code(root_user)
    page = later.goes(later.sends(page, code=later.newest_mail(root_user.email)["codes"][0]), "/signin/mfa/register")
    later.goes(later.posts_with_token("/signin/mfa/register/skip"), "/signin/mfa/register")
    assert SignInSession.objects.count() == 1


def test_an_iam_user_who_needs_mfa_registers_at_sign_in_and_then_changes_a_forced_password(visitor: Visitor, guarded: Person) -> None:
    Principal.objects.filter(account_id=guarded.account, name=guarded.username).update(must_change_password=True)
    page = visitor.goes(visitor.gives_iam(guarded), "/signin/mfa/register")
    assert "/signin/mfa/register/skip" not in page.content.decode()
    visitor.goes(visitor.get("/signin/new-password"), "/signin/mfa/register")
    page = visitor.opens("/signin/mfa/register/app")
    wrong = visitor.sends(page, name="phone", code="000000", code2="000001")
    assert wrong.status_code == 400
    assert alerts_of(wrong)
    answer, secret = visitor.registers_app(wrong, name="diegos-phone")
    page = visitor.goes(answer, "/signin/new-password")
    name = visitor.enters_console(visitor.sends(page, new_password=NEW, confirm_password=NEW))

    assert SignInSession.objects.get(name=name).factor == f"arn:aws:iam::{guarded.account}:mfa/diegos-phone"
    assert names_of_events(visitor, guarded.account)[:1] == ["EnableMFADevice"]
    assert newest_login(visitor, guarded.account)["additionalEventData"]["MFAUsed"] == "Yes"
    visitor.walks(visitor.sends_sign_out(name))
    page = visitor.goes(visitor.gives_iam(guarded, password=NEW), "/signin/mfa/")
    visitor.enters_console(visitor.sends(page, code=code_now(secret, ahead=1)))


def test_a_code_that_signed_in_signs_nobody_in_again(visitor: Visitor, stranger: Visitor, world: World) -> None:
    alice = world["111122223333", "alice"]
    code = code_now(alice.totp_secret)
    name = visitor.enters_console(visitor.sends(visitor.goes(visitor.gives_iam(alice), "/signin/mfa/"), code=code))
    page = stranger.goes(stranger.gives_iam(alice), "/signin/mfa/")
    for spelling in (code, f"{code[:3]} {code[3:]}", "".join(chr(0xFF10 + int(digit)) for digit in code)):
        assert stranger.sends(page, code=spelling).status_code == 403, spelling
    assert SignInSession.objects.count() == 1
    assert visitor.is_in(name)


def test_an_operator_signs_in_with_a_code(visitor: Visitor, operator: Person) -> None:
    page = visitor.opens("/signin/operator?next=/admin/mfa/authenticator/")
    page = visitor.goes(visitor.sends(page, username=operator.username, password=operator.password), "/signin/mfa/")
    refused = visitor.sends(page, code="000000")
    assert refused.status_code == 403
    assert visitor.get("/admin/").status_code == 302
    page = visitor.goes(visitor.sends(refused, code=code_now(operator.totp_secret)), "/admin/mfa/authenticator/")
    assert "operator-phone" in text_of(page)


def test_an_administrator_deactivates_the_device_of_an_iam_user(visitor: Visitor, stranger: Visitor, administrator: Person, guarded: Person) -> None:
    stranger.goes(stranger.gives_iam(guarded), "/signin/mfa/register")
    answer, secret = stranger.registers_app(stranger.opens("/signin/mfa/register/app"), name="diegos-phone")
    open_one = stranger.enters_console(answer)

    boss = visitor.signs_in_as_iam_user(administrator)
    page = visitor.opens(f"/console/{boss}/users")
    assert "diegos-phone" in text_of(page)
    device = Authenticator.objects.get(user__name=guarded.username)
    page = visitor.opens(f"/console/{boss}/users/deactivate?device={device.pk}")
    assert "the user Diego_Ramirez" in text_of(page)
    visitor.goes(visitor.sends(page), f"/console/{boss}/users?done=deactivated")
    assert not Authenticator.objects.filter(pk=device.pk).exists()
    assert not stranger.is_in(open_one), "whoever had the device's session is signed out"
    assert visitor.is_in(boss)
    event = visitor.events(guarded.account)[-1]
    assert event["eventName"] == "DeactivateMFADevice"
    assert event["userIdentity"]["userName"] == administrator.username
    assert event["requestParameters"] == {"userName": guarded.username, "serialNumber": device.serial}

    stranger.goes(stranger.gives_iam(guarded), "/signin/mfa/register")
    stranger.goes(stranger.posts_with_token("/signin/mfa/", code=code_now(secret, ahead=1)), "/signin/mfa/register")


def test_an_account_that_needs_mfa_asks_all_its_iam_users_from_the_next_sign_in_on(
    visitor: Visitor, stranger: Visitor, iam_user: Person, world: World
) -> None:
    signed_in = stranger.signs_in_as_iam_user(iam_user)
    Account.objects.filter(pk=iam_user.account).update(iam_users_need_mfa=True)
    assert stranger.is_in(signed_in)
    visitor.goes(visitor.gives_iam(iam_user), "/signin/mfa/register")
    visitor.goes(visitor.gives_iam(world["111122223333", "alice"]), "/signin/mfa/")
