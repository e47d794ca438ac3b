"""Virtual MFA devices by call: made, enabled, set right, taken away, deleted, and what a sign-in asks for then."""

import json
from typing import Any

import pytest

from accounts.models import Account, Principal
from mfa.base.guessing import TRIES
from mfa.models import AuthenticatorApp, VirtualDevice
from mfa.totp.codes import code_at
from portal.core.tokens import unseal
from portal.trail.models import Event
from portal.world.people import Person
from tests.awsapi.iam.accounts import ACCOUNT, arn, newcomer, policy
from tests.awsapi.iam.test_users import give, user_of
from tests.awsapi.program import Program
from tests.fixtures.people import World
from tests.journeys.visitor import Visitor
from tests.mfa.codes import app_of, secret_in, step_now, two_codes

SPARE = arn("mfa", "spare")


def make(program: Program, name: str = "spare", **more: Any) -> tuple[str, str]:
    """Make a device and return its serial number and its seed."""
    device = program.answered("iam", "CreateVirtualMFADevice", VirtualMFADeviceName=name, **more)["VirtualMFADevice"]
    return device["SerialNumber"], device["Base32StringSeed"].decode()


def codes(secret: str, *, ahead: int = 0) -> dict[str, str]:
    """Return two codes as the calls name them."""
    first, second = two_codes(secret, ahead=ahead)
    return {"AuthenticationCode1": first, "AuthenticationCode2": second}


def serials(program: Program, **parameters: Any) -> list[str]:
    """Return the serial numbers of the account's virtual devices."""
    return [device["SerialNumber"] for device in program.answered("iam", "ListVirtualMFADevices", **parameters)["VirtualMFADevices"]]


def test_a_device_goes_from_hand_to_hand(administrator: Program) -> None:
    made = administrator.answered("iam", "CreateVirtualMFADevice", VirtualMFADeviceName="spare")["VirtualMFADevice"]
    assert made["SerialNumber"] == SPARE
    assert made["QRCodePNG"].startswith(b"\x89PNG\r\n")
    secret = made["Base32StringSeed"].decode()
    assert unseal(VirtualDevice.objects.get().sealed_secret) == secret
    assert serials(administrator, AssignmentStatus="Unassigned") == [SPARE]
    administrator.answered("iam", "EnableMFADevice", UserName="Carlos", SerialNumber=SPARE, **codes(secret))
    assert SPARE in serials(administrator, AssignmentStatus="Assigned")
    assert serials(administrator, AssignmentStatus="Unassigned") == []
    listed = administrator.answered("iam", "ListMFADevices")["MFADevices"]
    assert [(device["UserName"], device["SerialNumber"]) for device in listed] == [("Carlos", SPARE)]
    found = administrator.answered("iam", "GetMFADevice", SerialNumber=SPARE)
    assert (found["UserName"], found["EnableDate"]) == ("Carlos", listed[0]["EnableDate"])
    failed = administrator.refused("iam", "DeleteVirtualMFADevice", SerialNumber=SPARE)
    assert (failed.code, failed.status) == ("DeleteConflict", 409)
    administrator.answered("iam", "DeactivateMFADevice", UserName="Carlos", SerialNumber=SPARE)
    assert administrator.answered("iam", "ListMFADevices")["MFADevices"] == []
    assert serials(administrator, AssignmentStatus="Unassigned") == [SPARE]
    used = administrator.refused("iam", "EnableMFADevice", UserName="EmergencyAdmin", SerialNumber=SPARE, **codes(secret))
    assert (used.code, used.status) == ("InvalidAuthenticationCode", 403)
    VirtualDevice.objects.update(last_step=0)
    administrator.answered("iam", "EnableMFADevice", UserName="EmergencyAdmin", SerialNumber=SPARE, **codes(secret))
    administrator.answered("iam", "DeactivateMFADevice", UserName="EmergencyAdmin", SerialNumber=SPARE)
    administrator.answered("iam", "DeleteVirtualMFADevice", SerialNumber=SPARE)
    for operation, more in (("DeleteVirtualMFADevice", {}), ("GetMFADevice", {}), ("DeactivateMFADevice", {"UserName": "Carlos"})):
        assert administrator.refused("iam", operation, SerialNumber=SPARE, **more).code == "NoSuchEntity"


def test_an_enabled_device_is_asked_for_at_the_sign_in_and_a_taken_one_no_more(administrator: Program, visitor: Visitor, iam_user: Person) -> None:
    serial, secret = make(administrator)
    administrator.answered("iam", "EnableMFADevice", UserName="Carlos", SerialNumber=serial, **codes(secret))
    page = visitor.goes(visitor.gives_iam(iam_user), "/signin/mfa/")
    name = visitor.enters_console(visitor.sends(page, code=code_at(secret, step_now() + 1)))
    administrator.answered("iam", "DeactivateMFADevice", SerialNumber=serial)
    assert not visitor.is_in(name), "SES-05: a factor taken away ends the sessions"
    other = Visitor()
    other.enters_console(other.gives_iam(iam_user))


@pytest.mark.parametrize(
    ("pair", "words"),
    [
        (lambda secret: codes(secret) | {"AuthenticationCode1": "000000"}, "not valid"),
        (lambda secret: dict(zip(("AuthenticationCode1", "AuthenticationCode2"), reversed(two_codes(secret)), strict=True)), "do not follow"),
        (lambda secret: codes(secret, ahead=10), "clock"),
    ],
)
def test_wrong_codes_enable_nothing(administrator: Program, pair: Any, words: str) -> None:
    serial, secret = make(administrator)
    failed = administrator.refused("iam", "EnableMFADevice", UserName="Carlos", SerialNumber=serial, **pair(secret))
    assert (failed.code, failed.status, words in failed.message) == ("InvalidAuthenticationCode", 403, True)
    assert VirtualDevice.objects.count() == 1
    assert administrator.answered("iam", "ListMFADevices")["MFADevices"] == []


def test_names_and_numbers_are_bounded(administrator: Program) -> None:
    make(administrator)
    failed = administrator.refused("iam", "CreateVirtualMFADevice", VirtualMFADeviceName="spare")
    assert (failed.code, failed.status) == ("EntityAlreadyExists", 409)
    make(administrator, Path="/team/")
    for parameters in ({"VirtualMFADeviceName": "n" * 65}, {"VirtualMFADeviceName": "a", "Path": f"/{'p' * 300}/"}, {"VirtualMFADeviceName": "a b"}):
        assert administrator.refused("iam", "CreateVirtualMFADevice", **parameters).code == "ValidationError"
    assert administrator.refused("iam", "CreateVirtualMFADevice", VirtualMFADeviceName="t", Tags=[{"Key": "a", "Value": "b"}]).code == "InvalidInput"


def test_a_user_has_eight_devices_at_most(administrator: Program) -> None:
    for number in range(8):
        app_of(user_of("Carlos"), name=f"phone {number}")
    serial, secret = make(administrator)
    failed = administrator.refused("iam", "EnableMFADevice", UserName="Carlos", SerialNumber=serial, **codes(secret))
    assert (failed.code, failed.status) == ("LimitExceeded", 409)


def test_a_device_is_assigned_once(administrator: Program) -> None:
    serial, secret = make(administrator)
    administrator.answered("iam", "EnableMFADevice", UserName="Carlos", SerialNumber=serial, **codes(secret))
    for name in ("Carlos", "EmergencyAdmin"):
        failed = administrator.refused("iam", "EnableMFADevice", UserName=name, SerialNumber=serial, **codes(secret, ahead=1))
        assert (failed.code, failed.status) == ("EntityAlreadyExists", 409)
    assert administrator.refused("iam", "CreateVirtualMFADevice", VirtualMFADeviceName="spare").code == "EntityAlreadyExists"


def test_pages_go_on_through_both_kinds(administrator: Program) -> None:
    for name in ("a", "b", "c"):
        make(administrator, name)
    whole = serials(administrator)
    assert whole[:3] == [arn("mfa", name) for name in ("a", "b", "c")]
    assert len(whole) > 3, "alice and Jorge have apps"
    found: list[str] = []
    more: dict[str, Any] = {}
    while True:
        answer = administrator.answered("iam", "ListVirtualMFADevices", MaxItems=2, **more)
        found += [device["SerialNumber"] for device in answer["VirtualMFADevices"]]
        if not answer["IsTruncated"]:
            break
        more = {"Marker": answer["Marker"]}
    assert found == whole
    assert all("Base32StringSeed" not in device for device in administrator.answered("iam", "ListVirtualMFADevices")["VirtualMFADevices"])


class TestResync:
    def test_two_codes_set_the_clock_right(self, administrator: Program) -> None:
        app = app_of(user_of("Carlos"))
        named = {"UserName": "Carlos", "SerialNumber": app.serial}
        administrator.answered("iam", "ResyncMFADevice", **named, **codes(secret_in(app), ahead=5))
        app.refresh_from_db()
        assert app.drift in {4, 5}
        again = administrator.refused("iam", "ResyncMFADevice", **named, **codes(secret_in(app), ahead=5))
        assert again.code == "InvalidAuthenticationCode"
        assert Event.objects.filter(event_name="ResyncMFADevice").count() == 2

    def test_mfa_09_wrong_tries_are_counted_and_stay_counted(self, administrator: Program) -> None:
        app = app_of(user_of("Carlos"))
        wrong = {"UserName": "Carlos", "SerialNumber": app.serial, "AuthenticationCode1": "000000", "AuthenticationCode2": "000000"}
        for _ in range(TRIES):
            assert administrator.refused("iam", "ResyncMFADevice", **wrong).code == "InvalidAuthenticationCode"
        app.refresh_from_db()
        assert app.failures == TRIES
        failed = administrator.refused("iam", "ResyncMFADevice", **wrong)
        assert (failed.code, failed.status) == ("LimitExceeded", 409)

    def test_a_device_of_somebody_else_is_not_found(self, administrator: Program) -> None:
        app = app_of(user_of("alice"), name="second")
        named = {"UserName": "Carlos", "SerialNumber": app.serial}
        for operation, more in (("ResyncMFADevice", codes(secret_in(app))), ("DeactivateMFADevice", {}), ("EnableMFADevice", codes(secret_in(app)))):
            assert administrator.refused("iam", operation, **named, **more).code in {"NoSuchEntity", "EntityAlreadyExists"}
        assert AuthenticatorApp.objects.filter(pk=app.pk, user__name="alice").exists()


def test_the_last_device_that_must_be_is_kept_by_its_owner_and_not_from_an_administrator(administrator: Program, world: World) -> None:
    nikki = newcomer()
    give("Nikki", policy("iam:*MFADevice*", resource=[f"arn:aws:iam::{ACCOUNT}:user/${{aws:username}}", f"arn:aws:iam::{ACCOUNT}:mfa/*"]))
    Account.objects.filter(pk=ACCOUNT).update(iam_users_need_mfa=True)
    serial, secret = make(nikki)
    nikki.answered("iam", "EnableMFADevice", UserName="Nikki", SerialNumber=serial, **codes(secret))
    failed = nikki.refused("iam", "DeactivateMFADevice", SerialNumber=serial)
    assert (failed.code, failed.status) == ("EntityTemporarilyUnmodifiable", 409)
    administrator.answered("iam", "DeactivateMFADevice", UserName="Nikki", SerialNumber=serial)


def test_a_root_user_takes_no_last_device_away_and_sees_its_own(root_program: Program) -> None:
    root = Principal.objects.get(kind=Principal.Kind.ROOT, account_id="123456789012")
    app = app_of(root)
    assert [device["SerialNumber"] for device in root_program.answered("iam", "ListMFADevices")["MFADevices"]] == [app.serial]
    assert root_program.refused("iam", "DeactivateMFADevice", SerialNumber=app.serial).code == "EntityTemporarilyUnmodifiable"
    other = app_of(root, name="other")
    root_program.answered("iam", "DeactivateMFADevice", SerialNumber=other.serial)


def test_self_service_by_the_users_own_name(world: World) -> None:
    nikki = newcomer()
    give("Nikki", policy(["iam:EnableMFADevice", "iam:ResyncMFADevice"], resource=f"arn:aws:iam::{ACCOUNT}:user/${{aws:username}}"))
    assert nikki.refused("iam", "CreateVirtualMFADevice", VirtualMFADeviceName="Nikki").code == "AccessDenied"
    give_devices = policy("iam:CreateVirtualMFADevice", resource=f"arn:aws:iam::{ACCOUNT}:mfa/${{aws:username}}")
    user_of("Nikki").inline_policies.create(name="devices", text=give_devices)
    serial, secret = make(nikki, "Nikki")
    assert nikki.refused("iam", "CreateVirtualMFADevice", VirtualMFADeviceName="alice").code == "AccessDenied"
    assert nikki.refused("iam", "EnableMFADevice", UserName="alice", SerialNumber=serial, **codes(secret)).code == "AccessDenied"
    nikki.answered("iam", "EnableMFADevice", UserName="Nikki", SerialNumber=serial, **codes(secret))
    assert nikki.refused("iam", "DeactivateMFADevice", SerialNumber=serial).code == "AccessDenied"


def test_leak_neither_seed_nor_code_is_recorded(administrator: Program) -> None:
    serial, secret = make(administrator)
    pair = codes(secret)
    administrator.answered("iam", "EnableMFADevice", UserName="Carlos", SerialNumber=serial, **pair)
    everything = " ".join(event.record + event.note for event in Event.objects.all())
    assert secret not in everything
    assert all(f'"{code}"' not in everything for code in pair.values())
    made = json.loads(Event.objects.get(event_name="CreateVirtualMFADevice").record)
    assert made["responseElements"] == {"virtualMFADevice": {"serialNumber": SPARE}}
    enabled = Event.objects.filter(event_name="EnableMFADevice")
    assert enabled.count() == 1, "the call's event, and no other"
    hidden = "HIDDEN_DUE_TO_SECURITY_REASONS"
    expected = {"userName": "Carlos", "serialNumber": SPARE, "authenticationCode1": hidden, "authenticationCode2": hidden}
    assert json.loads(enabled.get().record)["requestParameters"] == expected


def test_the_owner_is_told_by_mail(administrator: Program, visitor: Visitor) -> None:
    Principal.objects.filter(pk=user_of("EmergencyAdmin").pk).update(email="spare@example.com")
    serial, secret = make(administrator)
    administrator.answered("iam", "EnableMFADevice", UserName="EmergencyAdmin", SerialNumber=serial, **codes(secret))
    administrator.answered("iam", "DeactivateMFADevice", UserName="EmergencyAdmin", SerialNumber=serial)
    assert len(visitor.mails_to("spare@example.com")) == 2
