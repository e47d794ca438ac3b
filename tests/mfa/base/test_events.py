"""What the trail and the mailbox say of a second factor (facts, section 1.3), and who is told when it is guessed at (MFA-10)."""

import json
from datetime import timedelta
from typing import Any

import pytest

from accounts.models import Principal
from mfa.models import AuthenticatorApp
from portal.trail.models import Event
from portal.world.people import Person
from tests.journeys.visitor import Visitor
from tests.mfa.base.steps import events_named, half_way, operator_reaches_challenge, passkey_options, reaches_challenge, root_reaches_challenge
from tests.mfa.codes import app_of, next_code, principal_of, wrong_code
from tests.mfa.fido.conftest import Holder


def _only(events: list[dict[str, Any]]) -> dict[str, Any]:
    assert len(events) == 1, events
    return events[0]


def test_check_mfa_follows_the_right_password(visitor: Visitor, iam_user_with_totp: Person) -> None:
    page = reaches_challenge(visitor, iam_user_with_totp)
    check = _only(events_named(visitor, "CheckMfa"))
    assert check["responseElements"] == {"CheckMfa": "Success"}
    assert check["additionalEventData"] == {"MfaType": "Virtual MFA"}
    assert (check["eventSource"], check["eventType"], check["eventVersion"]) == ("signin.amazonaws.com", "AwsConsoleSignIn", "1.08")
    user = principal_of(iam_user_with_totp)
    assert check["userIdentity"] == {
        "type": "IAMUser",
        "principalId": user.unique_id,
        "accountId": "111122223333",
        "accessKeyId": "",
        "userName": user.name,
    }
    visitor.sends(page, code="000000")
    visitor.opens("/signin/mfa/")
    assert len(events_named(visitor, "CheckMfa")) == 1, "once a sign-in"


def test_a_password_that_is_wrong_checks_no_mfa(visitor: Visitor, iam_user_with_totp: Person) -> None:
    visitor.gives_iam(iam_user_with_totp, password="Wrong-Password-1")
    assert events_named(visitor, "CheckMfa") == []


def test_who_has_no_device_is_checked_for_none(visitor: Visitor, iam_user: Person) -> None:
    visitor.signs_in_as_iam_user(iam_user)
    assert events_named(visitor, "CheckMfa") == []
    login = _only(events_named(visitor, "ConsoleLogin"))
    assert login["additionalEventData"]["MFAUsed"] == "No"
    assert "MFAIdentifier" not in login["additionalEventData"]


def test_a_passkey_is_u2f_mfa(visitor: Visitor, iam_user_with_passkey: Holder) -> None:
    page = reaches_challenge(visitor, iam_user_with_passkey.person)
    assert _only(events_named(visitor, "CheckMfa"))["additionalEventData"] == {"MfaType": "U2F MFA"}
    posted = iam_user_with_passkey.authenticator.show(passkey_options(page))
    visitor.enters_console(visitor.sends(page, credential=json.dumps(posted)))
    login = _only(events_named(visitor, "ConsoleLogin"))["additionalEventData"]
    assert login["MFAUsed"] == "Yes"
    assert login["MFAIdentifier"].startswith("arn:aws:iam::111122223333:u2f/user/Carlos/passkey-")


def test_devices_of_several_types_are_multiple(visitor: Visitor, iam_user_with_both: Holder) -> None:
    reaches_challenge(visitor, iam_user_with_both.person)
    assert _only(events_named(visitor, "CheckMfa"))["additionalEventData"] == {"MfaType": "Multiple MFA Devices"}


def test_several_devices_of_one_type_are_not_multiple(visitor: Visitor, iam_user_with_totp: Person) -> None:
    app_of(principal_of(iam_user_with_totp), name="tablet")
    reaches_challenge(visitor, iam_user_with_totp)
    assert _only(events_named(visitor, "CheckMfa"))["additionalEventData"] == {"MfaType": "Virtual MFA"}


def test_console_login_names_the_device_that_answered(visitor: Visitor, iam_user_with_totp: Person, phone: AuthenticatorApp) -> None:
    tablet = app_of(principal_of(iam_user_with_totp), name="tablet")
    visitor.enters_console(visitor.sends(reaches_challenge(visitor, iam_user_with_totp), code=next_code(tablet)))
    login = _only(events_named(visitor, "ConsoleLogin"))
    assert login["additionalEventData"]["MFAIdentifier"] == tablet.serial != phone.serial
    assert login["responseElements"] == {"ConsoleLogin": "Success"}


def test_a_root_user_is_checked_and_signed_in_as_root(visitor: Visitor, root_user_with_totp: Person, root_phone: AuthenticatorApp) -> None:
    page = root_reaches_challenge(visitor, root_user_with_totp)
    check = _only(events_named(visitor, "CheckMfa"))
    assert check["userIdentity"]["type"] == "Root"
    assert check["userIdentity"]["accessKeyId"] == ""
    assert check["awsRegion"] == "us-east-1"
    visitor.enters_console(visitor.sends(page, code=next_code(root_phone)))
    assert _only(events_named(visitor, "ConsoleLogin"))["additionalEventData"]["MFAIdentifier"] == root_phone.serial


def test_a_wrong_code_is_a_failed_sign_in_that_used_mfa(visitor: Visitor, iam_user_with_totp: Person, phone: AuthenticatorApp) -> None:
    visitor.sends(reaches_challenge(visitor, iam_user_with_totp), code=wrong_code(phone))
    failure = _only(events_named(visitor, "ConsoleLogin"))
    assert failure["errorMessage"] == "Failed authentication"
    assert failure["responseElements"] == {"ConsoleLogin": "Failure"}
    assert failure["additionalEventData"]["MFAUsed"] == "Yes"
    assert "MFAIdentifier" not in failure["additionalEventData"]
    assert "arn" not in failure["userIdentity"]
    assert failure["userIdentity"]["userName"] == "Carlos"


def test_an_operators_wrong_code_is_recorded_like_a_wrong_password(visitor: Visitor, operator_with_totp: Person) -> None:
    app = AuthenticatorApp.objects.get(user=principal_of(operator_with_totp), confirmed=True)
    visitor.sends(operator_reaches_challenge(visitor, operator_with_totp), code=wrong_code(app))
    failure = json.loads(Event.objects.get(event_name="ConsoleLogin").record)
    assert failure["userIdentity"] == {"type": "Operator", "userName": operator_with_totp.username}
    assert (failure["errorMessage"], failure["additionalEventData"]["MFAUsed"]) == ("Failed authentication", "Yes")


def test_the_events_of_a_browser_that_remembers_the_account_are_delivered_where_its_sign_in_is(
    visitor: Visitor, iam_user_with_totp: Person, phone: AuthenticatorApp
) -> None:
    page = visitor.opens("/console/?user=iam")
    person = iam_user_with_totp
    answer = visitor.sends(page, account=person.account, username=person.username, password=person.password, remember="on")
    visitor.enters_console(visitor.sends(visitor.goes(answer, "/signin/mfa/"), code=next_code(phone)))
    page = reaches_challenge(visitor, person)
    visitor.sends(page, code=wrong_code(phone))
    visitor.enters_console(visitor.sends(page, code=next_code(phone)))
    first, *_later = events_named(visitor, "ConsoleLogin")
    assert first["awsRegion"] == "us-east-1"
    later = [event["awsRegion"] for name in ("CheckMfa", "ConsoleLogin") for event in events_named(visitor, name)[1:]]
    assert len(later) == 3
    assert len(set(later)) == 1
    assert later[0] in {"us-east-2", "eu-north-1", "ap-southeast-2"}


def test_mfa_10_the_owner_is_told_after_three_wrong_answers(visitor: Visitor, root_user_with_totp: Person, root_phone: AuthenticatorApp) -> None:
    page = root_reaches_challenge(visitor, root_user_with_totp)
    before = len(visitor.mails_to(root_user_with_totp.email))
    wrong = wrong_code(root_phone)
    for _ in range(2):
        visitor.sends(page, code=wrong)
    assert len(visitor.mails_to(root_user_with_totp.email)) == before
    visitor.sends(page, code=wrong)
    assert visitor.newest_mail(root_user_with_totp.email)["subject"] == "Someone knows your password"
    told = _only(events_named(visitor, "MfaFailedRepeatedly"))
    assert told["additionalEventData"] == {"inARow": "3", "mfaType": "totp"}
    assert told["userIdentity"]["type"] == "Root"
    visitor.sends(page, code=wrong)
    assert len(visitor.mails_to(root_user_with_totp.email)) == before + 1


def test_mfa_10_who_stops_before_the_third_try_and_begins_anew_is_told_of_as_well(
    visitor: Visitor, iam_user_with_totp: Person, phone: AuthenticatorApp
) -> None:
    Principal.objects.filter(pk=principal_of(iam_user_with_totp).pk).update(email="carlos@example.com")
    wrong = wrong_code(phone)
    for tries in (2, 1):
        page = reaches_challenge(visitor, iam_user_with_totp)
        for _ in range(tries):
            visitor.sends(page, code=wrong)
    assert len(events_named(visitor, "MfaFailedRepeatedly")) == 1
    assert visitor.newest_mail("carlos@example.com")["subject"] == "Someone knows your password"


def test_mfa_10_who_does_not_wait_is_told_of_as_well(visitor: Visitor, root_user_with_totp: Person, root_phone: AuthenticatorApp) -> None:
    wrong, owner = wrong_code(root_phone), principal_of(root_user_with_totp)
    for number in range(20):
        if number in {0, 5, 10}:
            half_way(visitor, owner, "root")
            page = visitor.opens("/signin/mfa/")
        visitor.sends(page, code=wrong)
    told = [event["additionalEventData"]["inARow"] for event in events_named(visitor, "MfaFailedRepeatedly")]
    assert told == ["3", "10", "20"]


def test_the_first_sign_in_of_a_root_user_is_noted_once(visitor: Visitor, standalone_root_user: Person) -> None:
    assert principal_of(standalone_root_user).first_sign_in_at is None
    visitor.signs_in_as_root(standalone_root_user)
    first = principal_of(standalone_root_user).first_sign_in_at
    assert first is not None
    visitor.training("clock", advance_seconds=int(timedelta(days=2).total_seconds()))
    Visitor().signs_in_as_root(standalone_root_user)
    assert principal_of(standalone_root_user).first_sign_in_at == first


@pytest.mark.parametrize("password", ["Wrong-Password-1", ""])
def test_a_wrong_password_begins_no_grace(visitor: Visitor, standalone_root_user: Person, password: str) -> None:
    visitor.sends(visitor.reaches_root_password(standalone_root_user), password=password)
    assert principal_of(standalone_root_user).first_sign_in_at is None
