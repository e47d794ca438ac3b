"""Hash a world's passwords ahead of loading it: side by side, and once for each process."""

import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import lru_cache

from django.contrib.auth.hashers import make_password

from portal.world.definition import World


@lru_cache(maxsize=4)
def hash_passwords(world: World) -> dict[str, str]:
    """Return the encoded hash of each password that `world` names.

    Argon2 lets go of the interpreter's lock, so the hashes of a world take its number ÷ cores × 20 ms; a reset takes them from
    memory. The passwords are test material, distinct by design, so sharing a salt with an earlier load tells nobody anything.
    """
    distinct = sorted(set(_passwords(world)) - {""})
    with ThreadPoolExecutor(max_workers=os.cpu_count() or 1, thread_name_prefix="world") as pool:
        return dict(zip(distinct, pool.map(make_password, distinct), strict=True))


def _passwords(world: World) -> Iterator[str]:
    for account in world.accounts:
        yield account.root.password
        yield from (user.password for user in account.users)
    yield from (operator.password for operator in world.operators)
