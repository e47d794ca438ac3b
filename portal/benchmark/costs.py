"""What a number of equal sign-ins cost: CPU time of the processes that serve them, and the time of each request."""

import time
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field

from portal.benchmark.browser import Browser
from portal.benchmark.journeys import forget_sessions
from portal.benchmark.processes import called, cpu_seconds


@dataclass
class Timings:
    """Seconds by label; threads add to it."""

    seconds: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))

    def add(self, label: str, seconds: float) -> None:
        """Note one request; a request without label is preparation and is not kept."""
        if label:
            self.seconds[label].append(seconds)

    def summary(self) -> dict[str, dict[str, float]]:
        """Return p50, p95 and p99 in milliseconds and the count, by label."""
        return {label: percentiles(values) for label, values in self.seconds.items()}


def percentiles(values: list[float]) -> dict[str, float]:
    """Return p50, p95 and p99 in milliseconds and the count."""
    ordered = sorted(values)
    found = {f"p{percent}_ms": round(ordered[min(len(ordered) - 1, len(ordered) * percent // 100)] * 1000, 2) for percent in (50, 95, 99)}
    return found | {"count": len(ordered)}


@dataclass(frozen=True, slots=True)
class Costs:
    """What a number of equal sign-ins cost: CPU milliseconds of the web processes and of the database's own, each."""

    count: int
    requests: int
    cpu_ms: float
    database_ms: float
    seconds: float


@dataclass(frozen=True, slots=True)
class Processes:
    """Whose CPU counts: the web server's processes, and those of a database server, by the name that its processes have, or empty."""

    web: list[int]
    database_program: str

    @property
    def database(self) -> list[int]:
        """The database server's processes as they are now; it starts one a connection."""
        return called(self.database_program) if self.database_program else []

    def database_seconds(self) -> float:
        """Return the CPU seconds of the database server's processes."""
        return cpu_seconds(self.database)

    def seconds(self) -> float:
        """Return the CPU seconds of both."""
        return cpu_seconds(self.web) + self.database_seconds()


def sequential(
    base_url: str,
    processes: Processes,
    journey: Callable[[Browser], int],
    *,
    count: int,
    timings: Timings,
    cookies: dict[str, str],
    between: Callable[[], object] | None = None,
) -> Costs:
    """Run `count` sign-ins one after the other and return what one costs.

    `between` is called after every tenth, in this process: what is to be compared is so measured in the same moments, since the
    speed of a machine that others share wanders by a tenth from one second to the next.
    """
    browser = Browser(base_url, timings.add, dict(cookies))
    requests = 0
    web, database, started = cpu_seconds(processes.web), processes.database_seconds(), time.perf_counter()
    apart = 0.0
    for turn in range(count):
        requests = journey(browser)
        forget_sessions(browser)
        if between and turn % 10 == 0:
            since = time.perf_counter()
            between()
            apart += time.perf_counter() - since
    elapsed = time.perf_counter() - started - apart
    cpu = (cpu_seconds(processes.web) - web) * 1000 / count
    own = (processes.database_seconds() - database) * 1000 / count
    browser.close()
    return Costs(count, requests, cpu, own, elapsed)
