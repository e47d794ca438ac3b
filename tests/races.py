"""Races: the same work at the same moment, in threads with connections of their own."""

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Protocol, TypeVar

from django.db import connection

PARALLEL = 20
ROUNDS = 50
"""What the race tests of single-use things run: twenty at once, fifty times over."""

Answer = TypeVar("Answer")


class Race(Protocol):
    """Runs the same work in every thread at once and returns what each run returned."""

    def __call__(self, work: Callable[[], Answer]) -> list[Answer]: ...


@contextmanager
def racers(number: int = PARALLEL) -> Iterator[Race]:
    """Give a function that runs its work `number` times at once and returns what each run returned."""
    start = threading.Barrier(number, timeout=30)
    with ThreadPoolExecutor(number) as threads:

        def race(work: Callable[[], Answer]) -> list[Answer]:
            def run() -> Answer:
                start.wait()
                return work()

            return [future.result() for future in [threads.submit(run) for _ in range(number)]]

        def leave() -> None:
            start.wait()
            connection.close()

        try:
            yield race
        finally:
            for future in [threads.submit(leave) for _ in range(number)]:
                future.result()
