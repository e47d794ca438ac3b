"""Password hashing: Argon2id in a small pool of low-priority threads.

A verification costs about 20 ms of CPU, fifty times a page. So hashes run in at most `conf.hash_slots` threads a process, at a
lower scheduling priority than the threads that answer pages; a short queue absorbs bursts, and what does not fit is refused
with 429 before any work is done (decision record 004).
"""

import os
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from typing import TypeVar

from django.contrib.auth.hashers import Argon2PasswordHasher, identify_hasher, is_password_usable, make_password
from django.utils.translation import gettext as _

from portal.conf import conf
from portal.core.errors import TooMany

NICENESS = 10
"""Added niceness of the hashing threads (Linux schedules threads one by one)."""

Answer = TypeVar("Answer")


class Argon2id(Argon2PasswordHasher):
    """Argon2id with OWASP's floor: 19 MiB, two passes, one lane."""

    memory_cost = 19 * 1024
    time_cost = 2
    parallelism = 1


class HashPool:
    """Runs hashes in `slots` low-priority threads; at most `queue` more may wait."""

    def __init__(self, *, slots: int, queue: int) -> None:
        self._threads = ThreadPoolExecutor(slots, thread_name_prefix="argon2", initializer=_lower_priority)
        self._slots = slots
        self.places = slots + queue
        self._places = threading.BoundedSemaphore(self.places)

    @property
    def taken(self) -> int:
        """How many of the `places` are taken at this moment, by hashes that run or wait."""
        return self.places - self._places._value  # noqa: SLF001  # whoever counted beside it would do so at every sign-in

    def start(self) -> None:
        """Start every thread now, before threads of the server come and go.

        A thread that starts late takes over the malloc arena of one that has ended, and what is left in there keeps the memory of one
        hash from being used for the next: 19 MiB more for good.
        """
        together = threading.Barrier(self._slots)
        for started in [self._threads.submit(together.wait) for _slot in range(self._slots)]:
            started.result()

    def run(self, work: Callable[[], Answer]) -> Answer:
        """Return what `work` returns; raise TooMany at once when every place is taken."""
        if not self._places.acquire(blocking=False):
            raise TooMany(_("Too many people are signing in at this moment. Wait a second and try again."), retry_after=1)
        try:
            return self._threads.submit(work).result()
        finally:
            self._places.release()


def _lower_priority() -> None:
    try:
        os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), NICENESS)
    except (AttributeError, OSError):
        return  # a system that cannot lower one thread's priority still hashes correctly


@cache
def pool() -> HashPool:
    """Return this process's pool."""
    return HashPool(slots=conf.hash_slots, queue=conf.hash_queue)


# A server may load the application and fork then: threads stay behind with the parent, so a child makes a pool of its own.
os.register_at_fork(after_in_child=pool.cache_clear)


@cache
def _nobody() -> str:
    """Return a hash that no password answers, so that an unknown user costs one verification as well (CVE-2025-0693).

    Made in the pool like every other: the thread that hashes keeps the memory of a hash, and no other thread shall.
    """
    return hashed(os.urandom(32).hex())


def warm() -> None:
    """Start the pool, and make the hash of nobody now, so that the first unknown user does not cost two."""
    pool().start()
    _nobody()


def verify(password: str, encoded: str | None) -> bool:
    """Tell whether `password` is the one of `encoded`. Costs exactly one hash whatever `encoded` is: known, unusable or None."""
    usable = bool(encoded) and is_password_usable(encoded)
    against = encoded if usable and encoded else _nobody()
    matches = pool().run(lambda: identify_hasher(against).verify(password, against))
    return matches and usable


def hashed(password: str) -> str:
    """Return the encoded hash of a new password, made in the pool."""
    return pool().run(lambda: make_password(password))
