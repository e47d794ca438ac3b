"""MFA devices: virtual ones made and deleted, and those of users enabled, set right, taken away, listed."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from accounts.iam.errors import NoSuchEntityException
from accounts.models import Account, Principal
from mfa.models import Authenticator, AuthenticatorApp, VirtualDevice
from mfa.totp import qr, virtual
from portal.awsapi.errors import CallRefused, Fault
from portal.awsapi.registry import Answer, Call, operation
from portal.awsapi.services.iam import shapes
from portal.awsapi.services.iam.asking import arn_of, ask, asked_user, without
from portal.awsapi.services.iam.callers_own import named_or_own
from portal.awsapi.services.iam.listing import after, limit_of, page

_WAITING, _ASSIGNED = "waiting", "assigned"


@operation("iam", authorized=False)
def create_virtual_mfa_device(call: Call) -> Answer:
    """Make a virtual device that nobody has yet, and answer its seed, as text and as QR code, this once."""
    given = call.parameters
    name, path = given["VirtualMFADeviceName"], given.get("Path", "/")
    serial = arn_of(call, "mfa", name, path)
    ask(call, "CreateVirtualMFADevice", serial)
    without(given, "Tags")
    if len(name) > virtual.LONGEST_NAME or len(serial) > virtual.LONGEST_SERIAL:
        raise CallRefused(Fault.INVALID, f"A device's name has at most {virtual.LONGEST_NAME} characters here, and its ARN {virtual.LONGEST_SERIAL}.")
    made = virtual.create(Account.objects.get(pk=call.signer.account), serial, name)
    device = {"SerialNumber": serial, "Base32StringSeed": made.secret.encode(), "QRCodePNG": qr.png(made.address)}
    return Answer({"VirtualMFADevice": device}, recorded={"VirtualMFADevice": {"SerialNumber": serial}})


@operation("iam", authorized=False)
def delete_virtual_mfa_device(call: Call) -> Answer:
    """Delete a virtual device that nobody has."""
    serial = call.parameters["SerialNumber"]
    ask(call, "DeleteVirtualMFADevice", serial)
    virtual.delete(call.signer.account, serial)
    return Answer()


@operation("iam", authorized=False)
def enable_mfa_device(call: Call) -> Answer:
    """Assign a virtual device to a user, by two codes that it shows one after the other."""
    user, given = asked_user(call, "EnableMFADevice"), call.parameters
    virtual.enable(user, given["SerialNumber"], given["AuthenticationCode1"], given["AuthenticationCode2"], origin=call.origin)
    return Answer()


@operation("iam", authorized=False, in_two_parts=True)
def resync_mfa_device(call: Call) -> Callable[[], Answer]:
    """Set right how far a device's clock is off, by two codes; a wrong one is counted against the device."""
    user, given = asked_user(call, "ResyncMFADevice"), call.parameters
    codes = (given["AuthenticationCode1"], given["AuthenticationCode2"])
    found = virtual.fits(user, given["SerialNumber"], *codes, binding=f"iam {call.signer.key_id}", caller=call.origin.caller)

    def write() -> Answer:
        virtual.resynchronise(user, found, origin=call.origin)
        return Answer()

    return write


@operation("iam", authorized=False)
def deactivate_mfa_device(call: Call) -> Answer:
    """Take a device from its user, whose sessions end; a virtual device can be enabled again."""
    user = named_or_own(call, "DeactivateMFADevice")
    own = isinstance(call.signer.holder, Principal) and call.signer.holder.pk == user.pk
    virtual.take_away(user, call.parameters["SerialNumber"], own=own, origin=call.origin)
    return Answer()


@operation("iam", reads=True, authorized=False)
def list_mfa_devices(call: Call) -> Answer:
    """List a user's devices by serial number."""
    user = named_or_own(call, "ListMFADevices")
    listing = f"ListMFADevices {user.unique_id}"
    rows = Authenticator.objects.filter(user=user, confirmed=True, serial__gt=after(call, listing)).order_by("serial")
    found, more = page(call, listing, rows[: limit_of(call) + 1], lambda row: row.serial)
    devices = [{"UserName": user.label, "SerialNumber": row.serial, "EnableDate": row.created_at} for row in found]
    return Answer({"MFADevices": devices, **more})


@operation("iam", reads=True, authorized=False)
def get_mfa_device(call: Call) -> Answer:
    """Tell since when a user has a device."""
    user, serial = named_or_own(call, "GetMFADevice"), call.parameters["SerialNumber"]
    device = Authenticator.objects.filter(user=user, confirmed=True, serial=serial).first()
    if device is None:
        raise NoSuchEntityException(f"MFADevice with serial number {serial} doesn't exist for {user.label}.")
    return Answer({"UserName": user.name or None, "SerialNumber": serial, "EnableDate": device.created_at})


@operation("iam", reads=True)
def list_virtual_mfa_devices(call: Call) -> Answer:
    """List the account's virtual devices, those of nobody, those of users, or both in this order. Nobody is shown a seed again."""
    wanted = call.parameters.get("AssignmentStatus", "Any")
    listing = f"ListVirtualMFADevices {wanted}"
    found, more = page(call, listing, _virtual_devices(call, wanted, after(call, listing)), _place)
    return Answer({"VirtualMFADevices": [_described(row) for row in found], **more})


def _virtual_devices(call: Call, wanted: str, start: str) -> Iterator[AuthenticatorApp | VirtualDevice]:
    kind, _space, serial = start.partition(" ")
    if wanted != "Assigned" and kind != _ASSIGNED:
        yield from VirtualDevice.objects.filter(account_id=call.signer.account, serial__gt=serial).order_by("serial")[: limit_of(call) + 1]
        serial = ""
    if wanted != "Unassigned":
        apps = AuthenticatorApp.objects.select_related("user").filter(user__account_id=call.signer.account, confirmed=True, serial__gt=serial)
        yield from apps.order_by("serial")[: limit_of(call) + 1]


def _place(row: AuthenticatorApp | VirtualDevice) -> str:
    """Return where a device stands in the list of both kinds."""
    return f"{_WAITING if isinstance(row, VirtualDevice) else _ASSIGNED} {row.serial}"


def _described(row: AuthenticatorApp | VirtualDevice) -> Mapping[str, Any]:
    if isinstance(row, VirtualDevice):
        return {"SerialNumber": row.serial}
    owner: Principal = row.user
    user = dict(shapes.user(owner))
    if owner.kind == Principal.Kind.ROOT:
        user |= {"UserName": None, "Path": None}
    return {"SerialNumber": row.serial, "EnableDate": row.created_at, "User": user}
