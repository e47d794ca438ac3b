"""Registered devices of an identity: which there are, and what may be done to the set of them.

Whatever adds or removes a device goes through here, so that every change is recorded, mailed, and ends what must end with it.
"""

from dataclasses import dataclass, field
from enum import StrEnum

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from accounts.administration.acts import Actor
from accounts.models import Account, Principal, SignInSession
from accounts.outcomes import Failure, Success
from accounts.sessions.flows import carry_on, end_all
from mfa.base import events
from mfa.base.events import Change
from mfa.base.rules import rule_of
from mfa.models import Authenticator
from portal.core import clock
from portal.core.prepared import PreparedQuery
from portal.network.origin import Origin

_CONFIRMED = PreparedQuery(lambda principal: Authenticator.objects.filter(user_id=principal, confirmed=True).order_by("id"), principal=int)
_TYPES = PreparedQuery(lambda principal: Authenticator.objects.filter(user_id=principal, confirmed=True).only("type").order_by("id"), principal=int)
_NOT_OF_OWNER = (
    *(f"user__{name}" for name in ("password", "last_login", "is_superuser", "name_key", "email_key", "is_staff", "created_at")),
    *(f"user__account__{name}" for name in ("closed_at", "administrator", "contact_phone", "created_at")),
)
_WITH_OWNER = PreparedQuery(
    lambda principal, epoch: (
        Authenticator.objects.select_related("user__account")
        .filter(user_id=principal, user__credential_epoch=epoch, user__is_active=True, confirmed=True)
        .defer("name", "serial", "binding", "failures", "created_at", "last_used_at", *_NOT_OF_OWNER)
        .order_by("id")
    ),
    principal=int,
    epoch=int,
)


class DeviceFailure(StrEnum):
    """Why a device was not registered, renamed or removed."""

    FULL = "full"
    NAME_TAKEN = "name_taken"
    GONE = "gone"
    LAST_ONE = "last_one"
    NOT_YOURS_TO_CHANGE = "not_yours_to_change"

    @property
    def words(self) -> str:
        """The reason as people read it, with how to mend it."""
        match self:
            case DeviceFailure.FULL:
                return _("No more devices of this kind can be registered. Remove one that is not used, or choose another kind.")
            case DeviceFailure.NAME_TAKEN:
                return _("There is a device of this name already. Choose another name.")
            case DeviceFailure.GONE:
                return _("This device is no longer registered.")
            case DeviceFailure.LAST_ONE:
                return _("This identity must have a second factor. Register another device before you remove this one.")
            case DeviceFailure.NOT_YOURS_TO_CHANGE:
                return _("Your administrator manages your MFA devices. Ask your administrator.")


@dataclass(frozen=True, slots=True)
class Removed(Success):
    """The device is gone; `secret` is what the browser of the kept session must hold from now on, empty when none was kept."""

    secret: str = field(default="", repr=False)


def devices_of(principal_id: int) -> list[Authenticator]:
    """Return the registered devices of a principal, oldest first; one query."""
    return _CONFIRMED.rows(principal=principal_id)


def types_of(principal_id: int) -> list[Authenticator]:
    """Return the registered devices of a principal, oldest first, with no more of each than its type; one query."""
    return _TYPES.rows(principal=principal_id)


def types_with_owner(principal_id: int, credential_epoch: int) -> list[Authenticator]:
    """Return what `types_of` does for a principal in good standing, each with its owner and the owner's account; one query.

    Empty as well where the password, or the right to sign in, has gone since `credential_epoch`.
    """
    return _WITH_OWNER.rows(principal=principal_id, epoch=credential_epoch)


def room_for(principal: Principal, device_type: str) -> bool:
    """Tell whether one more device of that type may be registered."""
    rule, devices = rule_of(principal), devices_of(principal.pk)
    of_type = sum(device.type == device_type for device in devices)
    return device_type in rule.types and len(devices) < rule.most and of_type < rule.limit(device_type)


def name_is_free(principal: Principal, name: str) -> bool:
    """Tell whether no other device has this name: in the account of a root or IAM user, with the identity itself for the rest."""
    same_name = Authenticator.objects.filter(name=name, confirmed=True)
    owners = same_name.filter(user__account=principal.account_id) if principal.account_id else same_name.filter(user=principal)
    return not owners.exists()


def hold(principal: Principal) -> bool:
    """Let one change after the other happen to the devices of a principal, and to the names of an account; runs in a transaction.

    False when the password, or the right to sign in, that `principal` was read with has gone since (security catalogue RACE-10).
    """
    if principal.account_id:
        # Without "key", as nothing that only refers to the account has to wait.
        Account.objects.select_for_update(no_key=True).filter(pk=principal.account_id).first()
    as_read = Principal.objects.select_for_update(no_key=True).filter(pk=principal.pk, credential_epoch=principal.credential_epoch, is_active=True)
    return as_read.first() is not None


def confirm(device: Authenticator, *, name: str, origin: Origin, session: SignInSession | None) -> Success | Failure:
    """Complete the registration of `device`, whose owner has just shown that it works, under `name`. Runs in a transaction of its own.

    The limits are looked at under the owner's row lock, so that two registrations at once cannot exceed them. Without `session` it is
    a registration within a sign-in, which also those must complete whose devices an administrator manages; who has a device by now
    must show that one.
    """
    principal = device.user
    try:
        with transaction.atomic():
            if not hold(principal) or (session is None and devices_of(principal.pk)):
                return Failure(DeviceFailure.GONE)
            if session is not None and not rule_of(principal).self_service:
                return Failure(DeviceFailure.NOT_YOURS_TO_CHANGE)
            if not room_for(principal, device.type):
                return Failure(DeviceFailure.FULL)
            if not name_is_free(principal, name):
                return Failure(DeviceFailure.NAME_TAKEN)
            written = Authenticator.objects.filter(pk=device.pk, confirmed=False).update(
                confirmed=True, name=name, binding="", created_at=clock.now(), serial=events.serial(principal, device.type, name)
            )
            if written != 1:
                return Failure(DeviceFailure.GONE)
            device.refresh_from_db(fields=["confirmed", "name", "binding", "created_at", "serial"])
            events.changed(Change.REGISTERED, device, origin=origin, session=session)
    except IntegrityError:
        return Failure(DeviceFailure.NAME_TAKEN)
    return Success()


def rename(principal: Principal, device_id: int, *, name: str, origin: Origin, session: SignInSession | None) -> Success | Failure:
    """Give a device of `principal` another name; its serial number stays."""
    if not rule_of(principal).self_service:
        return Failure(DeviceFailure.NOT_YOURS_TO_CHANGE)
    try:
        with transaction.atomic():
            held = hold(principal)
            device = Authenticator.objects.filter(pk=device_id, user=principal, confirmed=True).first()
            if device is None or not held:
                return Failure(DeviceFailure.GONE)
            if name == device.name:
                return Success()
            if not name_is_free(principal, name):
                return Failure(DeviceFailure.NAME_TAKEN)
            if Authenticator.objects.filter(pk=device.pk, confirmed=True).update(name=name) != 1:
                return Failure(DeviceFailure.GONE)
            former, device.name = device.name, name
            events.changed(Change.RENAMED, device, origin=origin, session=session, former_name=former)
    except IntegrityError:
        return Failure(DeviceFailure.NAME_TAKEN)
    return Success()


def remove(principal: Principal, device_id: int, *, origin: Origin, session: SignInSession | None) -> Removed | Failure:
    """Remove a device of `principal`, at its own wish: every other session of the identity ends (security catalogue SES-05).

    The last device of someone who must have one stays.
    """
    with transaction.atomic():
        held = hold(principal)
        devices = {device.pk: device for device in devices_of(principal.pk)}
        device = devices.get(device_id)
        if device is None or not held:
            return Failure(DeviceFailure.GONE)
        rule = rule_of(principal)
        if not rule.self_service:
            return Failure(DeviceFailure.NOT_YOURS_TO_CHANGE)
        if len(devices) == 1 and rule.must_keep_one:
            return Failure(DeviceFailure.LAST_ONE)
        return _drop(device, principal, Change.REMOVED, origin=origin, session=session)


def deactivate(
    device_id: int, *, by: Actor | None = None, administrator: SignInSession | None = None, by_call: bool = False, origin: Origin
) -> Removed | Failure:
    """Remove somebody else's device: an operator's act (`by`), or that of the account's administrator who acts in `administrator` or `by_call`.

    The owner's sessions end; a root or IAM user who must have a device registers a new one at the next sign-in.
    """
    with transaction.atomic():
        device = Authenticator.objects.select_related("user__account").filter(pk=device_id, confirmed=True).first()
        if device is None:
            return Failure(DeviceFailure.GONE)
        return _drop(device, device.user, Change.DEACTIVATED, origin=origin, session=None, by=by, administrator=administrator, by_call=by_call)


def _drop(
    device: Authenticator,
    principal: Principal,
    change: Change,
    *,
    origin: Origin,
    session: SignInSession | None,
    by: Actor | None = None,
    administrator: SignInSession | None = None,
    by_call: bool = False,
) -> Removed | Failure:
    device.user = principal
    deleted, _rows = Authenticator.objects.filter(pk=device.pk, confirmed=True).delete()
    if not deleted:
        return Failure(DeviceFailure.GONE)
    end_all(principal, SignInSession.End.FACTORS_CHANGED, keep=session)
    secret = carry_on(session, credential_epoch=principal.credential_epoch) if session else ""
    if secret is None:
        transaction.set_rollback(True)
        return Failure(DeviceFailure.GONE)
    events.changed(change, device, origin=origin, session=session, by=by, administrator=administrator, by_call=by_call)
    return Removed(secret)
