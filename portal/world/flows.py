"""Load a world, reset it to what was loaded, and tell which one is loaded. Each is one transaction: the old world or the new one."""

from pathlib import Path

from django.db import transaction
from django.db.models import Model

from accounts.access_keys.revocation import standing_changed
from accounts.models import Account, Principal
from mfa.models import AuthenticatorApp, Passkey
from policies.enforcement import stamp
from portal.conf import conf
from portal.core import clock
from portal.network.simulated import forget_all
from portal.trail.digests.renewal import beginning_anew
from portal.world.clearing import clear_redis, clear_tables
from portal.world.definition import World
from portal.world.errors import WorldNotEmptyError
from portal.world.insertion import insert_world
from portal.world.passwords import hash_passwords
from portal.world.reading import path_of, read_world

DEFAULT = "anycompany"


def load_world(name: str = DEFAULT, *, replace: bool = False) -> World:
    """Load a bundled world, or a .yaml file, and return its definition.

    Raises `WorldFileError` for a file that cannot be read as a world, and `WorldNotEmptyError` where accounts or principals exist,
    unless `replace` is given: then all of them go, with sessions, mails and events. Ages count from `clock.now()`.
    """
    world = read_world(name)
    if not replace and world_exists():
        raise WorldNotEmptyError("The database holds accounts or principals already; expected an empty one, or that they may be replaced.")
    encoded = hash_passwords(world)
    # Where others reach the portal its operators are real people, who outlive every world.
    operators = _standing_operators() if conf.reachable else []
    with transaction.atomic():
        if replace:
            with beginning_anew():
                clear_tables()
            for row in operators:
                row.save(force_insert=True)
        insert_world(world, encoded, now=clock.now())
        stamp.changed()
        standing_changed()
    _remember(name)
    forget_all()
    return world


def reset_world() -> World:
    """Put the world back as it was loaded: clock at real time, sessions, mails, events, throttles, unfinished sign-ins and simulated networks gone.

    Raises `Unavailable` when Redis does not answer; the rest has been done by then.
    """
    clock.reset()
    world = load_world(loaded_name(), replace=True)
    clear_redis()
    return world


def world_exists() -> bool:
    """Tell whether the database holds any account or principal."""
    return Account.objects.exists() or Principal.objects.exists()


def _standing_operators() -> list[Model]:
    """Return the operators and their second factors."""
    devices = {"user__kind": Principal.Kind.OPERATOR, "confirmed": True}
    operators = Principal.objects.filter(kind=Principal.Kind.OPERATOR)
    return [*operators, *AuthenticatorApp.objects.filter(**devices), *Passkey.objects.filter(**devices)]


def loaded_name() -> str:
    """Return the name or file of the world loaded last in this data folder; the demo world when none was, or its file is gone."""
    try:
        name = _marker().read_text(encoding="utf-8").strip()
    except FileNotFoundError:
        return DEFAULT
    return name if path_of(name).is_file() else DEFAULT


def loaded_world() -> World:
    """Return the definition of the world loaded last."""
    return read_world(loaded_name())


def _marker() -> Path:
    return conf.data_dir / "world"


def _remember(name: str) -> None:
    marker = _marker()
    marker.parent.mkdir(parents=True, exist_ok=True)
    marker.write_text(f"{path_of(name).resolve()}\n" if name.endswith(".yaml") else f"{name}\n", encoding="utf-8")
