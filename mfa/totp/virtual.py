"""Virtual MFA devices as the IAM API has them: made for nobody, enabled for a user, taken away again, deleted (IAM user guide, "Assign MFA devices").

A device that is enabled is an `AuthenticatorApp` like any other, under the same limits; one that is taken from its user waits with its
seed for the next. The events of these acts are those of the calls; mails, and sessions that end, are as in the console.
"""

from dataclasses import dataclass, field
from time import time

from django.db import IntegrityError, transaction

from accounts.iam.credential_errors import EntityTemporarilyUnmodifiableException, InvalidAuthenticationCodeException
from accounts.iam.errors import DeleteConflictException, EntityAlreadyExistsException, LimitExceededException, NoSuchEntityException
from accounts.iam.finding import locked
from accounts.models import Account, Principal
from accounts.outcomes import Failure
from mfa.base import events
from mfa.base.authenticators import DeviceFailure, deactivate, devices_of, hold, name_is_free, room_for
from mfa.base.events import Change, serial_is_taken
from mfa.base.guessing import MOST_FAILURES, count_try, forgive
from mfa.base.rules import rule_of
from mfa.models import Authenticator, AuthenticatorApp, VirtualDevice
from mfa.totp import codes as totp
from mfa.totp.flows import SEARCH, WINDOW, TotpFailure, count_failure, secret_of, set_right, step_of_two
from portal.conf import conf
from portal.core import clock
from portal.core.tokens import seal, unseal
from portal.network.origin import Origin

LONGEST_NAME = 64
LONGEST_SERIAL = 256
"""Characters that later calls may name the device by (IAM API, `serialNumberType`)."""
MOST_WAITING = 1000
"""Devices of an account that wait for a user (simulator's own: the cloud bounds them by its users)."""
_WRONG = "Authentication code for device is not valid."


@dataclass(frozen=True, slots=True)
class NewDevice:
    """A device just made. Its secret is answered to whoever made it, and to nobody after that."""

    serial: str
    secret: str = field(repr=False)
    address: str = field(repr=False)


def missing(serial: str) -> NoSuchEntityException:
    """Return the error for a device that is not there, in IAM's words."""
    return NoSuchEntityException(f"VirtualMFADevice with serial number {serial} doesn't exist.")


def create(account: Account, serial: str, name: str) -> NewDevice:
    """Make a device that waits in `account`; raises `EntityAlreadyExistsException`, `LimitExceededException`."""
    secret = totp.new_secret()
    with locked(account.pk):
        if VirtualDevice.objects.filter(account=account).count() >= MOST_WAITING:
            raise LimitExceededException(f"Cannot exceed quota for unassigned virtual MFA devices: {MOST_WAITING}.")
        if serial_is_taken(serial):
            raise EntityAlreadyExistsException("MFADevice entity at the same path and name already exists.")
        VirtualDevice.objects.create(account=account, name=name, serial=serial, sealed_secret=seal(secret), created_at=clock.now())
    holder = f"{name}@{account.alias or account.pk}"
    return NewDevice(serial, secret, totp.address(secret, issuer=conf.brand, label=holder))


def delete(account: str, serial: str) -> None:
    """Delete a device that waits; raises `DeleteConflictException` for somebody's, `NoSuchEntityException`."""
    if VirtualDevice.objects.filter(account_id=account, serial=serial).delete()[0]:
        return
    if AuthenticatorApp.objects.filter(user__account_id=account, serial=serial, confirmed=True).exists():
        raise DeleteConflictException("MFA VirtualDevice in use. Must deactivate first.")
    raise missing(serial)


def enable(user: Principal, serial: str, first: str, second: str, *, origin: Origin) -> None:
    """Assign a waiting device to a user by two consecutive codes, which count as used then.

    Raises `InvalidAuthenticationCodeException`, `NoSuchEntityException`, `EntityAlreadyExistsException` where it is somebody's or the user
    has one of its name, `LimitExceededException` where the user has as many as its rule bears.
    """
    with transaction.atomic():
        if not hold(user):
            raise EntityTemporarilyUnmodifiableException(f"The credentials of {user.name} were changed at this moment. Try again.")
        device = VirtualDevice.objects.select_for_update().filter(account_id=user.account_id, serial=serial).first()
        secret = unseal(device.sealed_secret) if device else None
        if device is None or secret is None:
            raise _not_waiting(str(user.account_id), serial)
        step = step_of_two(secret, first, second, window=WINDOW)
        if isinstance(step, TotpFailure) or step - 1 <= device.last_step:
            raise InvalidAuthenticationCodeException(_words(step))
        if not room_for(user, Authenticator.Type.TOTP):
            raise LimitExceededException(f"Cannot exceed quota for MFADevicesPerUser: {rule_of(user).limit(Authenticator.Type.TOTP)}.")
        if not name_is_free(user, device.name):
            raise EntityAlreadyExistsException(DeviceFailure.NAME_TAKEN.words)
        if VirtualDevice.objects.filter(pk=device.pk).delete()[0] != 1:
            raise missing(serial)
        app = AuthenticatorApp.objects.create(
            user=user,
            type=Authenticator.Type.TOTP,
            name=device.name,
            confirmed=True,
            serial=serial,
            sealed_secret=device.sealed_secret,
            last_step=step,
            created_at=clock.now(),
        )
        events.changed(Change.REGISTERED, app, origin=origin, session=None, by_call=True)


def _not_waiting(account: str, serial: str) -> NoSuchEntityException | EntityAlreadyExistsException:
    if AuthenticatorApp.objects.filter(user__account_id=account, serial=serial, confirmed=True).exists():
        return EntityAlreadyExistsException(f"MFADevice {serial} is already assigned to a user.")
    return missing(serial)


def _words(found: int | TotpFailure) -> str:
    return f"{_WRONG} {(TotpFailure.USED if isinstance(found, int) else found).words}"


@dataclass(frozen=True, slots=True)
class Resync:
    """Two codes that fit a device: the second one's time step, and how many steps the device's clock is ahead."""

    app: AuthenticatorApp
    step: int
    drift: int


def fits(user: Principal, serial: str, first: str, second: str, *, binding: str, caller: str) -> Resync:
    """Find by two consecutive codes how far the clock of a user's device is off. A wrong try is counted, and stays counted.

    `binding` stands for who asks, `caller` for the address. Raises `InvalidAuthenticationCodeException`, `NoSuchEntityException`,
    `LimitExceededException` while the next try has to wait.
    """
    app = AuthenticatorApp.objects.filter(user=user, serial=serial, confirmed=True).first()
    secret = secret_of(app) if app else None
    if app is None or secret is None:
        raise missing(serial)
    counted = count_try(user.pk, binding, caller)
    if counted.spent or counted.wait:
        raise LimitExceededException("Too many wrong codes. Wait a while and try again.")
    now = time()
    step = totp.matching_pair(secret, first, second, now=now, drift=0, window=SEARCH)
    if step is None or app.failures >= MOST_FAILURES:
        count_failure([app])
        raise InvalidAuthenticationCodeException(_words(step_of_two(secret, first, second, window=SEARCH)))
    forgive(user.pk, binding, caller)
    return Resync(app, step, step - totp.step_at(now))


def resynchronise(user: Principal, found: Resync, *, origin: Origin) -> None:
    """Keep how far the clock of a device is off; raises `InvalidAuthenticationCodeException` where the codes were used before."""
    if not set_right(found.app, found.step, drift=found.drift, principal=user, origin=origin, session=None, by_call=True):
        raise InvalidAuthenticationCodeException(_words(found.step))


def take_away(user: Principal, serial: str, *, own: bool, origin: Origin) -> None:
    """Take a device from its user, whose sessions end; an authenticator app's seed waits for the next user, a security key is forgotten.

    Whoever takes its `own` device keeps the last one that its rule demands: `EntityTemporarilyUnmodifiableException`.
    """
    with transaction.atomic():
        hold(user)
        devices = devices_of(user.pk)
        device = next((one for one in devices if one.serial == serial), None)
        if device is None:
            raise missing(serial)
        if own and len(devices) == 1 and rule_of(user).must_keep_one:
            raise EntityTemporarilyUnmodifiableException(DeviceFailure.LAST_ONE.words)
        app = AuthenticatorApp.objects.filter(pk=device.pk).first()
        if isinstance(deactivate(device.pk, by_call=True, origin=origin), Failure):
            raise missing(serial)
        if app is not None and user.account_id:
            waiting = VirtualDevice(account_id=user.account_id, name=app.name, serial=serial, sealed_secret=app.sealed_secret)
            waiting.last_step, waiting.created_at = app.last_step, app.created_at
            try:
                with transaction.atomic():
                    waiting.save(force_insert=True)
            except IntegrityError:
                raise EntityAlreadyExistsException(f"MFADevice {serial} exists twice.") from None
