"""What one Argon2id verification costs on this machine: the measure that figures of different machines, and hours, can be compared by."""

import os
import time
from concurrent.futures import ThreadPoolExecutor

from django.contrib.auth.hashers import make_password, verify_password

HASHES = 30


class RawHash:
    """What one verification with the portal's parameters costs in this process, on this machine: the mean of all that were measured."""

    def __init__(self) -> None:
        self._encoded = make_password("Bench-Password-1")
        self._seconds: list[float] = []

    def measure(self, count: int = 3) -> None:
        """Verify so many times."""
        for _ in range(count):
            started = time.thread_time()
            verify_password("Bench-Password-1", self._encoded)
            self._seconds.append(time.thread_time() - started)

    @property
    def ms(self) -> float:
        """CPU milliseconds of one verification."""
        return sum(self._seconds) * 1000 / len(self._seconds)

    def measure_on_all_cores(self) -> None:
        """Verify on every core at once, as they do when sign-ins saturate them: cores that share memory hold each other up."""
        with ThreadPoolExecutor(cores := os.cpu_count() or 1) as threads:
            list(threads.map(self.measure, [HASHES] * cores))
