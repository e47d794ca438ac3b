"""`bench oauth`: what tokens for programs cost, and calls that are signed with them; beside them moto's server, where it is installed."""

import importlib.util
import multiprocessing
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from multiprocessing import Queue
from typing import Any

from django.db import connection as database
from django.db import transaction
from django.test import RequestFactory

from accounts.access_keys.revocation import STANDING
from accounts.models import Principal, SignInSession
from portal.awsapi import gateway
from portal.benchmark.costs import Processes, Timings, percentiles
from portal.benchmark.processes import cpu_seconds
from portal.benchmark.program import IDENTITY_CALL, Connection, Program, ProgramFailed, bench_session, identity_headers
from portal.benchmark.raw_hash import HASHES, RawHash
from portal.demo.parts import free_port
from portal.world.people import Person

WARM_UP = 50
AIMED_RATE = 700
"""Refreshes per second per core that are aimed at; the latency is measured at half of that."""
AT_ONCE = 4
"""Programs that ask at once where it is measured what a busy core does: enough that no process waits for work, which wakes it up for each
request anew and costs up to twice the CPU."""
PROGRAMS = 16
"""Programs that refresh at once in the measurement of latency, each on a connection of its own."""
MOTO_START_SECONDS = 30.0


@dataclass(frozen=True, slots=True)
class Cost:
    """CPU milliseconds of one request: the web server's processes, and the database's own."""

    web_ms: float
    database_ms: float

    @property
    def per_second(self) -> float:
        """How many such requests one core of web processes answers in a second."""
        return 1000 / self.web_ms if self.web_ms else 0.0


def _cost(processes: Processes, work: Callable[[], object], *, count: int) -> Cost:
    """Do `work`, which is `count` requests, and return what one of them costs."""
    web, own = cpu_seconds(processes.web), processes.database_seconds()
    work()
    return Cost((cpu_seconds(processes.web) - web) * 1000 / count, (processes.database_seconds() - own) * 1000 / count)


def cost_of(processes: Processes, request: Callable[[], object], *, count: int) -> Cost:
    """Return what one of `count` requests in a row costs."""

    def work() -> None:
        for _ in range(count):
            request()

    return _cost(processes, work, count=count)


def _ask_together(jobs: list[Callable[[], object]], each: int, answers: "Queue[str]") -> None:
    failures: list[str] = []

    def ask(job: Callable[[], object]) -> None:
        try:
            for _ in range(each):
                job()
        except (OSError, ProgramFailed) as error:
            failures.append(str(error))

    with ThreadPoolExecutor(len(jobs)) as threads:
        list(threads.map(ask, jobs))
    answers.put(failures[0] if failures else "")


def busy_cost_of(processes: Processes, jobs: list[Callable[[], object]], *, each: int) -> Cost:
    """Return what one request costs while programs ask without pause, each in a thread of a process of their own."""
    context = multiprocessing.get_context("fork")
    answers: Queue[str] = context.Queue()
    crowd = context.Process(target=_ask_together, args=(jobs, each, answers))

    def work() -> None:
        crowd.start()
        failed = answers.get(timeout=300)
        crowd.join()
        if failed:
            raise ProgramFailed(failed)

    return _cost(processes, work, count=each * len(jobs))


def _refreshing(program: Program, connection: Connection, token: str, proofs: Iterator[str]) -> Callable[[], dict[str, Any]]:
    """Return what refreshes with the newest token each time that it is called."""
    newest = token

    def refresh() -> dict[str, Any]:
        nonlocal newest
        answer = program.refresh(connection, newest, next(proofs))
        newest = answer["refreshToken"]
        return answer

    return refresh


def _keep_pace(base_url: str, tokens: list[tuple[Program, str]], rate: float, seconds: float, answers: "Queue[list[float] | str]") -> None:
    """Refresh `rate` times a second in all and answer the seconds of each, from when it was due: who waits for the server counts too."""
    each = int(rate * seconds / len(tokens))
    ready = [(program, token, program.proofs(each)) for program, token in tokens]
    taken: list[float] = []
    failures: list[str] = []
    begin = time.perf_counter() + 0.2

    def run(number: int, program: Program, token: str, proofs: Iterator[str]) -> None:
        connection = Connection(base_url)
        refresh = _refreshing(program, connection, token, proofs)
        try:
            for turn in range(each):
                due = begin + (turn * len(tokens) + number) / rate
                time.sleep(max(0.0, due - time.perf_counter()))
                refresh()
                taken.append(time.perf_counter() - due)
        except (OSError, ProgramFailed) as error:
            failures.append(str(error))
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=(number, *one)) for number, one in enumerate(ready)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    answers.put(failures[0] if failures else taken)


@dataclass(frozen=True, slots=True)
class Busy:
    """What refreshes and calls cost a core that has nothing to wait for."""

    refresh: Cost
    identity: Cost


def busy(base_url: str, processes: Processes, session: SignInSession, *, count: int) -> Busy:
    """Let programs refresh, and then call, `count` times in all."""
    each = max(1, count // AT_ONCE)
    refreshes: list[Callable[[], object]] = []
    calls: list[Callable[[], object]] = []
    for _ in range(AT_ONCE):
        program, connection = Program(base_url), Connection(base_url)
        answer = program.redeem(connection, program.code(session), program.proof())
        refreshes.append(_refreshing(program, connection, answer["refreshToken"], program.proofs(each)))
        calls.append(partial(Connection(base_url).post, "", "/", IDENTITY_CALL, identity_headers(base_url, answer["accessToken"])))
    return Busy(busy_cost_of(processes, refreshes, each=each), busy_cost_of(processes, calls, each=each))


def paced(base_url: str, session: SignInSession, *, rate: float, seconds: float) -> list[float]:
    """Return the seconds of each refresh at so many a second, asked by a process of its own."""
    connection = Connection(base_url)
    programs = [Program(base_url) for _ in range(PROGRAMS)]
    tokens = [(program, program.redeem(connection, program.code(session), program.proof())["refreshToken"]) for program in programs]
    connection.close()
    context = multiprocessing.get_context("fork")
    answers: Queue[list[float] | str] = context.Queue()
    crowd = context.Process(target=_keep_pace, args=(base_url, tokens, rate, seconds, answers))
    crowd.start()
    taken = answers.get(timeout=120 + seconds)
    crowd.join()
    if isinstance(taken, str):
        raise ProgramFailed(taken)
    return taken


def identity_statements(base_url: str, given: dict[str, str]) -> tuple[str, ...]:
    """Return the statements to the database that `GetCallerIdentity` makes once warm, in this process; what it writes is rolled back.

    The shared stamp of standings, which costs one look in the cache twice a second, is taken as seen.
    """
    host = base_url.partition("://")[2]
    sent: dict[str, Any] = {f"HTTP_{name.upper().replace('-', '_')}": value for name, value in identity_headers(base_url, given).items()}
    del sent["HTTP_CONTENT_TYPE"]
    kind = "application/x-www-form-urlencoded; charset=utf-8"
    statements: list[str] = []

    def note(execute: Callable[..., Any], sql: str, *rest: Any) -> Any:
        statements.append(sql)
        return execute(sql, *rest)

    def call() -> None:
        request = RequestFactory().post("/", IDENTITY_CALL, content_type=kind, HTTP_HOST=host, **sent)
        if gateway.answer(request).status_code != 200:
            raise ProgramFailed("the call was refused in this process")

    with STANDING.held(), transaction.atomic():
        call()
        with database.execute_wrapper(note):
            call()
        transaction.set_rollback(True)
    return tuple(statements)


@contextmanager
def _moto() -> Iterator[tuple[str, list[int]]]:
    """Start moto's server; yield its address and its process."""
    port = free_port()
    server = subprocess.Popen([sys.executable, "-m", "moto.server", "-p", str(port)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        yield f"http://127.0.0.1:{port}", [server.pid]
    finally:
        server.kill()
        server.wait()


def moto_figures(given: dict[str, str], *, count: int) -> dict[str, float]:
    """Return what the same call costs moto's server, which verifies no signature; empty where it is not installed."""
    if importlib.util.find_spec("moto") is None or importlib.util.find_spec("flask") is None:
        return {}
    with _moto() as (address, processes):
        headers = identity_headers(address, given)
        connection = Connection(address)

        def call() -> None:
            connection.post("", "/", IDENTITY_CALL, headers)

        def calls() -> list[Callable[[], object]]:
            return [partial(Connection(address).post, "", "/", IDENTITY_CALL, headers) for _ in range(AT_ONCE)]

        deadline = time.monotonic() + MOTO_START_SECONDS
        while True:
            try:
                call()
                break
            except OSError:
                connection.close()
                if time.monotonic() > deadline:
                    return {}
                time.sleep(0.2)
        for _ in range(WARM_UP):
            call()
        found = busy_cost_of(Processes(processes, ""), calls(), each=max(1, count // AT_ONCE))
        connection.close()
    return {"moto_cpu_ms": round(found.web_ms, 3), "moto_per_s_per_core": round(found.per_second)}


def run(base_url: str, processes: Processes, people: tuple[Person, ...], *, count: int, seconds: float) -> dict[str, Any]:
    """Measure and return the figures of one run; milliseconds unless named otherwise. Per core is: per CPU second of the web processes."""
    person = next(person for person in people if person.kind == "iam_user" and person.username == "alice")
    principal = Principal.objects.select_related("account").get(kind=person.kind, account_id=person.account, name=person.username)
    timings = Timings()
    connection, warm = Connection(base_url, timings.add), Connection(base_url)
    with bench_session(principal) as session:
        program = Program(base_url)
        codes = iter([program.code(session) for _ in range(WARM_UP + count)])
        proofs = program.proofs(WARM_UP + count)
        for _ in range(WARM_UP):
            program.redeem(warm, next(codes), next(proofs))
        answers: list[dict[str, Any]] = []
        code = cost_of(processes, lambda: answers.append(program.redeem(connection, next(codes), next(proofs))), count=count)
        token = answers[-1]["refreshToken"]
        refresh = _refreshing(program, warm, token, program.proofs(WARM_UP))
        for _ in range(WARM_UP):
            answer = refresh()
        refreshed = cost_of(processes, _refreshing(program, connection, answer["refreshToken"], program.proofs(count)), count=count)
        given = answer["accessToken"]
        headers = identity_headers(base_url, given)
        for _ in range(WARM_UP):
            warm.post("", "/", IDENTITY_CALL, headers)
        identity = cost_of(processes, lambda: connection.post("identity", "/", IDENTITY_CALL, headers), count=count)
        statements = identity_statements(base_url, given)
        crowded = busy(base_url, processes, session, count=count * 2)
        pace = percentiles(paced(base_url, session, rate=AIMED_RATE / 2, seconds=seconds))
        moto = moto_figures(given, count=count)
    connection.close()
    warm.close()
    raw = RawHash()
    raw.measure(HASHES)
    figures: dict[str, Any] = {"hash_ms": round(raw.ms, 2)}
    for name, cost in (("refresh", crowded.refresh), ("caller_identity", crowded.identity)):
        figures |= {
            f"{name}_per_s_per_core": round(cost.per_second),
            f"{name}_cpu_ms": round(cost.web_ms, 3),
            f"{name}_database_cpu_ms": round(cost.database_ms, 3),
        }
    for name, cost in (("refresh", refreshed), ("caller_identity", identity), ("code", code)):
        figures |= {f"{name}_cpu_ms_one_client": round(cost.web_ms, 3), f"{name}_database_cpu_ms_one_client": round(cost.database_ms, 3)}
    figures |= {
        "code_p50_ms": percentiles(timings.seconds["code"])["p50_ms"],
        "refresh_p50_ms_at_half": pace["p50_ms"],
        "refresh_p99_ms_at_half": pace["p99_ms"],
        "caller_identity_reads": sum(not statement.startswith("INSERT") for statement in statements),
        "caller_identity_events": sum(statement.startswith("INSERT") for statement in statements),
    }
    if moto:
        figures |= moto | {"moto_ratio": round(figures["caller_identity_per_s_per_core"] / moto["moto_per_s_per_core"], 1)}
    return figures | {"steps": timings.summary()}
