"""Load a world, reset it to what was loaded, and tell which one is loaded. Each is one transaction: the old world or the new one."""

from pathlib import Path

import redis
from django.apps import apps
from django.core.cache import cache
from django.db import connection, models, transaction
from django.utils.translation import gettext as _

from accounts.models import Account, Principal
from portal.conf import conf
from portal.core import clock
from portal.core.errors import Unavailable
from portal.world.definition import World
from portal.world.errors import WorldNotEmpty
from portal.world.insertion import insert_world
from portal.world.passwords import hash_passwords
from portal.world.reading import path_of, read_world

DEFAULT = "anycompany"
CLEARED_APPS = ("portal", "accounts", "mfa", "policies", "admin", "auth")
"""Apps whose tables a load empties; permissions and content types belong to the code, not to the world."""

_KEPT = frozenset({"auth.Permission"})


def load_world(name: str = DEFAULT, *, replace: bool = False) -> World:
    """Load a bundled world, or a .yaml file, and return its definition.

    Raises `WorldFileError` for a file that cannot be read as a world, and `WorldNotEmpty` where accounts or principals exist,
    unless `replace` is given: then all of them go, with sessions, mails and events. Ages count from `clock.now()`.
    """
    world = read_world(name)
    encoded = hash_passwords(world)
    with transaction.atomic():
        if not replace and world_exists():
            raise WorldNotEmpty("The database holds accounts or principals already; expected an empty one, or that they may be replaced.")
        _clear_tables()
        insert_world(world, encoded, now=clock.now())
    _remember(name)
    return world


def reset_world() -> World:
    """Put the world back as it was loaded: clock at real time, sessions, mails, events, throttles and unfinished sign-ins gone.

    Row ids go on counting, so that nothing made before the reset can be mistaken for something made after it. Raises
    `Unavailable` when Redis does not answer.
    """
    clock.reset()
    world = load_world(loaded_name(), replace=True)
    _clear_redis()
    return world


def world_exists() -> bool:
    """Tell whether the database holds any account or principal."""
    return Account.objects.exists() or Principal.objects.exists()


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


def _clear_tables() -> None:
    """Delete every row of the world's tables. Foreign keys are checked at the end of the transaction, so the order does not matter."""
    for model in _cleared_models():
        table = connection.ops.quote_name(model._meta.db_table)
        with connection.cursor() as cursor:
            cursor.execute(f"DELETE FROM {table}")  # noqa: S608  # a table name of the project's own models


def _cleared_models() -> list[type[models.Model]]:
    return [
        model
        for model in apps.get_models(include_auto_created=True)
        if model._meta.app_label in CLEARED_APPS and model._meta.label not in _KEPT and not model._meta.proxy and model._meta.managed
    ]


def _clear_redis() -> None:
    """Drop throttles and cached sign-ins; the broker's own keys stay, for the worker is listening on them."""
    try:
        store = redis.Redis.from_url(conf.redis_url, socket_timeout=2, socket_connect_timeout=1)
        for pattern in ("throttle:*", cache.make_key("*")):
            for keys in _batches(store, pattern):
                store.unlink(*keys)
    except redis.RedisError as error:
        raise Unavailable(_("The world was reset, but the throttles were not: the cache does not answer."), detail=str(error)) from error


def _batches(store: "redis.Redis", pattern: str) -> list[list[bytes]]:
    keys: list[bytes] = list(store.scan_iter(match=pattern, count=500))
    return [keys[start : start + 500] for start in range(0, len(keys), 500)]
