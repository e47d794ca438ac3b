"""Make a long-term access key, switch it off and on, delete it, find it by its id, read its secret back to verify a signature, note its use."""

from dataclasses import dataclass, field
from datetime import timedelta

from django.db import transaction
from django.db.models import Q

from accounts.access_keys import keys
from accounts.iam.errors import NoSuchEntityException
from accounts.models import AccessKey, Account, Principal
from accounts.trail import identity_of
from portal.core import clock
from portal.core.errors import PortalError
from portal.core.tokens import seal, unseal
from portal.network.origin import Origin
from portal.trail.calls import record_call
from portal.trail.names import IAM_SOURCE, EventName

MOST_KEYS = 2
"""Access keys of one user (IAM quotas)."""
USE_STEP = timedelta(minutes=5)
"""How exactly `last_used_at` is kept: a busy key costs one UPDATE in this time (simulator's own)."""


class TooManyKeys(PortalError):
    """The user has as many access keys as a user may have."""

    code = "LimitExceeded"
    status = 409


@dataclass(frozen=True, slots=True)
class NewKey:
    """A key just made. The secret is shown to whoever asked for it, once more by `aws-env`, and to nobody else."""

    id: str
    secret: str = field(repr=False)


def has_room(principal: Principal) -> bool:
    """Tell whether another key can be made for a principal. Keys sealed under a portal secret that is gone do not count."""
    return sum(secret_of(key) is not None for key in AccessKey.objects.filter(principal=principal)) < MOST_KEYS


def make_key(principal: Principal, *, origin: Origin, by: Principal | None = None) -> NewKey:
    """Make an access key of an IAM user or a root user and record it; raises `TooManyKeys` where there are two already.

    `by` is the operator who makes it; without one it is the principal's own.
    """
    with transaction.atomic():
        made = add_key(principal)
        record_call(
            EventName.CREATE_ACCESS_KEY,
            source=IAM_SOURCE,
            identity=identity_of(by or principal),
            account=str(principal.account_id),
            origin=origin,
            reads=False,
            request_parameters={"userName": principal.name} if principal.name else None,
            response_elements={"accessKey": {"accessKeyId": made.id, "status": "Active"}},
        )
    return made


def add_key(principal: Principal) -> NewKey:
    """Make an access key in the caller's transaction, who records it; raises `TooManyKeys` where there are two already.

    Raises `NoSuchEntityException` where the principal was deleted meanwhile.
    """
    if Principal.objects.select_for_update().filter(pk=principal.pk).first() is None:
        raise NoSuchEntityException(f"The user with name {principal.name} cannot be found.")
    standing = list(AccessKey.objects.filter(principal=principal))
    lost = [key.pk for key in standing if secret_of(key) is None]  # sealed under a portal secret that is gone: of no use to anybody
    if len(standing) - len(lost) >= MOST_KEYS:
        raise TooManyKeys(f"`{principal.label}` has {MOST_KEYS} access keys, as many as anybody may have.")
    AccessKey.objects.filter(pk__in=lost).delete()
    made = NewKey(keys.new_id(keys.LONG_TERM), keys.new_secret())
    AccessKey(id=made.id, principal=principal, sealed_secret=seal(made.secret)).save(force_insert=True)
    return made


def set_active(key: AccessKey, *, active: bool) -> bool:
    """Make a key active or inactive in the caller's transaction, who records it; False where it is so already, or is gone."""
    return AccessKey.objects.filter(pk=key.pk, is_active=not active).update(is_active=active) == 1


def drop_key(key: AccessKey) -> bool:
    """Delete a key in the caller's transaction, who records it; False where it is gone."""
    return AccessKey.objects.filter(pk=key.pk).delete()[0] == 1


def switch_key(key: AccessKey, *, active: bool, origin: Origin, by: Principal) -> bool:
    """Make a key active or inactive and record it (IAM API, `UpdateAccessKey`); False where it is so already, or is gone.

    Requests signed with an inactive key are refused from the next one on.
    """
    with transaction.atomic():
        if not set_active(key, active=active):
            return False
        _record(EventName.UPDATE_ACCESS_KEY, key, origin=origin, by=by, status="Active" if active else "Inactive")
    return True


def delete_key(key: AccessKey, *, origin: Origin, by: Principal) -> bool:
    """Delete a key for good and record it (IAM API, `DeleteAccessKey`); False where it is gone."""
    with transaction.atomic():
        if not drop_key(key):
            return False
        _record(EventName.DELETE_ACCESS_KEY, key, origin=origin, by=by)
    return True


def _record(name: EventName, key: AccessKey, *, origin: Origin, by: Principal, **more: str) -> None:
    owner = key.principal
    parameters = ({"userName": owner.name} if owner.name else {}) | {"accessKeyId": key.pk} | more
    account = str(owner.account_id)
    record_call(name, source=IAM_SOURCE, identity=identity_of(by), account=account, origin=origin, reads=False, request_parameters=parameters)


def key_named(key_id: str) -> AccessKey | None:
    """Return the active key of this id whose owner may use it, with principal and account; None where there is none.

    Nobody may use it who was disabled, whose account is not active, or whose root user credentials were removed.
    """
    key = AccessKey.objects.select_related("principal__account").filter(pk=key_id, is_active=True).first()
    account = key.principal.account if key else None
    if key is None or account is None or not key.principal.is_active or account.status != Account.Status.ACTIVE:
        return None
    return None if key.principal.kind == Principal.Kind.ROOT and not account.has_root_credentials else key


def account_of_key(key_id: str) -> str | None:
    """Return the account that a long-term key belongs to, whatever its state; None for a key that is not there, or was deleted."""
    found = AccessKey.objects.filter(pk=key_id).values_list("principal__account_id", flat=True).first()
    return str(found) if found else None


def secret_of(key: AccessKey) -> str | None:
    """Return a key's secret; None when it was sealed under a portal secret that is gone."""
    return unseal(key.sealed_secret)


def note_use(key: AccessKey, *, service: str = "", region: str = "") -> None:
    """Note that a key was used, for which service and where; writes at most once in `USE_STEP`."""
    now = clock.now()
    if key.last_used_at is not None and now - USE_STEP < key.last_used_at <= now:
        return
    stale = Q(last_used_at=None) | Q(last_used_at__lte=now - USE_STEP) | Q(last_used_at__gt=now)
    AccessKey.objects.filter(stale, pk=key.pk).update(last_used_at=now, last_used_service=service, last_used_region=region)


def usable_key(principal: Principal) -> NewKey | None:
    """Return an active key of `principal` whose secret can be read back, oldest first; None where there is none."""
    for key in AccessKey.objects.filter(principal=principal, is_active=True).order_by("created_at", "pk"):
        secret = secret_of(key)
        if secret is not None:
            return NewKey(key.pk, secret)
    return None
