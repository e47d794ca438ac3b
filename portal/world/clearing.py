"""Empty what a world fills: the tables of the simulation, and its keys in Redis."""

from collections.abc import Iterator

import redis
from django.apps import apps
from django.core.cache import cache
from django.db import connection
from django.utils.translation import gettext as _

from portal.conf import conf
from portal.core.errors import Unavailable

CLEARED_APPS = frozenset({"portal", "accounts", "mfa", "policies", "admin", "auth"})
KEPT = frozenset({"auth.Permission", "portal.Event"})
"""Tables that belong to the code, not to the world; and the events, which `portal.trail.digests.renewal` counts as it drops them."""


def clear_tables() -> None:
    """Delete every row of the world's tables within the caller's transaction.

    Foreign keys are checked when the transaction ends, so the order does not matter. Row ids go on counting, so that nothing
    made before can be mistaken for something made after.
    """
    with connection.cursor() as cursor:
        for table in _tables():
            cursor.execute(f"DELETE FROM {connection.ops.quote_name(table)}")  # noqa: S608  # a table name of an installed model


def _tables() -> Iterator[str]:
    for model in apps.get_models(include_auto_created=True):
        meta = model._meta
        if meta.app_label in CLEARED_APPS and meta.label not in KEPT and meta.managed and not meta.proxy:
            yield meta.db_table


def clear_redis() -> None:
    """Drop throttles and unfinished sign-ins; the broker's own keys stay, for a worker is listening on them.

    Raises `Unavailable` when Redis does not answer.
    """
    store = redis.Redis.from_url(conf.redis_url, socket_timeout=2, socket_connect_timeout=1)
    try:
        for pattern in ("throttle:*", cache.make_key("*")):
            keys = list(store.scan_iter(match=pattern, count=500))
            for start in range(0, len(keys), 500):
                store.unlink(*keys[start : start + 500])
    except redis.RedisError as error:
        raise Unavailable(_("The world was reset, but the throttles were not: the cache does not answer."), detail=type(error).__name__) from error
    finally:
        store.close()
