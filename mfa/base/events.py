"""How second factors are named in events and told of in mails (facts, section 1.3; CloudTrail user guide, "console sign-in events")."""

import secrets
from collections.abc import Iterable
from datetime import datetime
from enum import StrEnum

from django.utils.translation import get_language

from accounts.administration.acts import Actor
from accounts.mail.kinds import MailKind
from accounts.mail.outbox import post
from accounts.models import Principal, SignInSession
from accounts.trail import identity_of, identity_of_failed
from mfa.models import Authenticator, VirtualDevice
from portal.conf import conf
from portal.core import clock
from portal.core.devices import describe
from portal.network.origin import Origin
from portal.trail.names import PORTAL_SOURCE, ErrorMessage, EventName
from portal.trail.record import console_login, delivery_region, record

ROOT_USER_NAME = "AWS ROOT USER"
"""What CloudTrail's `EnableMFADevice` calls the root user."""


class Change(StrEnum):
    """What happened to the set of an identity's devices; templates of the mail choose their words by it."""

    REGISTERED = "registered"
    RENAMED = "renamed"
    REMOVED = "removed"
    DEACTIVATED = "deactivated"
    RESYNCHRONISED = "resynchronised"


_NAMES = {
    Change.REGISTERED: EventName.ENABLE_MFA_DEVICE,
    Change.RENAMED: EventName.MFA_DEVICE_RENAMED,
    Change.REMOVED: EventName.DEACTIVATE_MFA_DEVICE,
    Change.DEACTIVATED: EventName.DEACTIVATE_MFA_DEVICE,
    Change.RESYNCHRONISED: EventName.RESYNC_MFA_DEVICE,
}


def serial(principal: Principal, device_type: str, name: str, *, mark: str = "") -> str:
    """Return the serial number of a new device: its ARN where the identity has an account (facts, section 1.3, `MFAIdentifier`).

    `mark` tells devices of one name apart, where the type's serial number has such a part; drawn at random when it is not given.
    """
    account, mark = principal.account_id, mark or secrets.token_hex(8).upper()
    if not account:
        return f"{principal.kind}/{principal.unique_id}/{name}-{mark}"
    root = principal.kind == Principal.Kind.ROOT
    if device_type == Authenticator.Type.FIDO:
        owner = "root-account" if root else f"user/{principal.name}"
        return f"arn:aws:iam::{account}:u2f/{owner}/{name}-{mark}"
    first = f"arn:aws:iam::{account}:mfa/root-account-mfa-device"
    if root and not serial_is_taken(first):
        return first
    plain = f"arn:aws:iam::{account}:mfa/{name}"
    return f"{plain}-{mark}" if serial_is_taken(plain) else plain


def serial_is_taken(wanted: str) -> bool:
    """Tell whether a device has this serial number, somebody's or nobody's."""
    return Authenticator.objects.filter(serial=wanted).exists() or VirtualDevice.objects.filter(serial=wanted).exists()


def mfa_type(devices: Iterable[Authenticator]) -> str:
    """Return `MfaType` of a `CheckMfa` event; several devices of one type are not "multiple"."""
    types = {device.type for device in devices}
    if len(types) > 1:
        return "Multiple MFA Devices"
    return "U2F MFA" if Authenticator.Type.FIDO in types else "Virtual MFA"


def check_mfa(principal: Principal, devices: Iterable[Authenticator], *, origin: Origin, remembers_account: bool = False) -> None:
    """Record that the password was right and a second factor is asked for; delivered where the sign-in's `ConsoleLogin` is."""
    identity = identity_of_failed(principal)
    record(
        EventName.CHECK_MFA,
        identity=identity,
        origin=origin,
        succeeded=True,
        extra={"MfaType": mfa_type(devices)},
        region=delivery_region(identity.kind, origin, remembers_account=remembers_account),
        account=principal.account_id or "",
        principal_key=principal.unique_id,
    )


def challenge_failed(principal: Principal, *, origin: Origin, remembers_account: bool = False) -> None:
    """Record a sign-in that failed at the second factor, an operator's too, as those that fail at the password are."""
    console_login(
        identity_of_failed(principal),
        origin=origin,
        succeeded=False,
        error=ErrorMessage.FAILED_AUTHENTICATION,
        login_to=f"{conf.base_url}/console/",
        mfa_used=True,
        remembers_account=remembers_account,
        principal_key=principal.unique_id,
    )


def noted(name: EventName, principal: Principal, *, origin: Origin, succeeded: bool = True, error: str = "", **extra: str) -> None:
    """Record one of the simulator's own events about an identity's second factors."""
    record(
        name,
        identity=identity_of(principal),
        origin=origin,
        succeeded=succeeded,
        error=error,
        extra=extra or None,
        account=principal.account_id or "",
        principal_key=principal.unique_id,
    )


def changed(
    change: Change,
    device: Authenticator,
    *,
    origin: Origin,
    session: SignInSession | None,
    former_name: str = "",
    by: Actor | None = None,
    administrator: SignInSession | None = None,
    by_call: bool = False,
) -> None:
    """Record a change of an identity's devices and mail its owner, in the caller's transaction.

    `session` is the one that the owner acts in, if any; `by` the operator, `administrator` the session of the account's administrator.
    A program that changes it `by_call` leaves the event of its call, and no other.
    """
    owner: Principal = device.user
    if not by_call:
        _record_change(change, device, origin=origin, session=session, former_name=former_name, by=by, administrator=administrator)
    tell(MailKind.FACTOR_CHANGED, owner, origin=origin, change=change.value, name=device.name)


def _record_change(
    change: Change,
    device: Authenticator,
    *,
    origin: Origin,
    session: SignInSession | None,
    former_name: str,
    by: Actor | None,
    administrator: SignInSession | None,
) -> None:
    owner: Principal = device.user
    doer = by.operator if by else administrator.principal if administrator else owner
    identity = identity_of(doer)
    acting = administrator or session
    if acting is not None and doer.kind == Principal.Kind.IAM_USER:
        identity = identity.in_session(acting.created_at, mfa_authenticated=bool(acting.factor))
    parameters = {"userName": ROOT_USER_NAME if owner.kind == Principal.Kind.ROOT else owner.name, "serialNumber": device.serial}
    if former_name:
        parameters |= {"name": device.name, "formerName": former_name}
    record(
        _NAMES[change],
        identity=identity,
        origin=by.origin if by else origin,
        succeeded=True,
        account=owner.account_id or "",
        principal_key=owner.unique_id,
        source="" if owner.account_id else PORTAL_SOURCE,
        request_parameters=parameters,
    )


def tell(kind: MailKind, owner: Principal, *, origin: Origin, worthless_after: datetime | None = None, **context: str) -> None:
    """Mail the owner, if there is an address, what happened, when, from where and in which browser."""
    if not owner.email:
        return
    device = describe(origin.user_agent)
    seen = {
        "when": clock.now().isoformat(),
        "address": origin.address,
        "device": " · ".join(part for part in (device.browser, device.system) if part),
    }
    post(kind, recipient=owner.email, language=get_language() or "en", context=seen | context, worthless_after=worthless_after)
