"""The registered devices of an identity as its security page lists them, and what the page may offer."""

from collections.abc import Sequence
from dataclasses import dataclass

from accounts.models import Principal
from mfa.base.authenticators import devices_of
from mfa.base.rules import Rule, rule_of
from mfa.models import Authenticator, Passkey
from portal.core.moments import Moment, moment

Type = Authenticator.Type


@dataclass(frozen=True, slots=True)
class ListedDevice:
    """One row. `used` is None for a device that no sign-in has used yet; `synced` and `backed_up` are those of a passkey."""

    key: int
    name: str
    kind: str
    serial: str
    registered: Moment
    used: Moment | None
    is_passkey: bool
    synced: bool
    backed_up: bool


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of device that may be registered: how many there are, how many there may be, and whether one more may be."""

    name: str
    registered: int
    most: int
    has_room: bool


@dataclass(frozen=True, slots=True)
class DeviceList:
    """All devices of one identity. `most` counts all kinds together; `must_keep_one` tells that the last one has to stay."""

    rows: tuple[ListedDevice, ...]
    kinds: tuple[Kind, ...]
    most: int
    must_keep_one: bool
    self_service: bool

    @property
    def has_room(self) -> bool:
        """Whether a device of any kind may be added."""
        return self.self_service and any(kind.has_room for kind in self.kinds)

    @property
    def advises_second(self) -> bool:
        """Whether there is exactly one, whose loss would shut its owner out (guide: "keep two or more active MFA devices")."""
        return len(self.rows) == 1 and self.has_room

    @property
    def has_app(self) -> bool:
        """Whether there is an authenticator app, whose clock may go wrong."""
        return any(not row.is_passkey for row in self.rows)

    @property
    def has_limits_by_kind(self) -> bool:
        """Whether the limit of a kind is lower than that of all."""
        return any(kind.most < self.most for kind in self.kinds)


def listed_devices(principal: Principal) -> DeviceList:
    """Return what `principal` has registered, oldest first: one query, one more when there are passkeys."""
    rule, devices = rule_of(principal), devices_of(principal.pk)
    return DeviceList(
        rows=listed(devices),
        kinds=_kinds(rule, devices),
        most=rule.most,
        must_keep_one=rule.must_keep_one,
        self_service=rule.self_service,
    )


def listed(devices: Sequence[Authenticator]) -> tuple[ListedDevice, ...]:
    """Return devices as lists show them."""
    keys = [device.pk for device in devices if device.type == Type.FIDO]
    flags = (
        {key: (synced, kept) for key, synced, kept in Passkey.objects.filter(pk__in=keys).values_list("pk", "synced", "backed_up")} if keys else {}
    )
    return tuple(_listed(device, *flags.get(device.pk, (False, False))) for device in devices)


def _listed(device: Authenticator, synced: bool, backed_up: bool) -> ListedDevice:
    return ListedDevice(
        key=device.pk,
        name=device.name,
        kind=str(device.get_type_display()),
        serial=device.serial,
        registered=moment(device.created_at),
        used=moment(device.last_used_at) if device.last_used_at else None,
        is_passkey=device.type == Type.FIDO,
        synced=synced,
        backed_up=backed_up,
    )


def _kinds(rule: Rule, devices: Sequence[Authenticator]) -> tuple[Kind, ...]:
    counts = {kind: sum(device.type == kind for device in devices) for kind in Type}
    return tuple(
        Kind(
            name=kind.value,
            registered=counts[kind],
            most=rule.limit(kind),
            has_room=counts[kind] < rule.limit(kind) and len(devices) < rule.most,
        )
        for kind in Type
        if kind in rule.types
    )
