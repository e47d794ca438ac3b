"""`bench signin`: what a sign-in costs, and whether hashing leaves the pages responsive."""

import multiprocessing
import threading
import time
from dataclasses import dataclass
from multiprocessing import Queue
from typing import Any

from portal.benchmark import second_factors
from portal.benchmark.bench_users import bench_users, principal_of
from portal.benchmark.browser import Browser
from portal.benchmark.costs import Processes, Timings, percentiles, sequential
from portal.benchmark.history import long_past
from portal.benchmark.journeys import JourneyFailed, forget_sessions, iam_sign_in, introduce_root, root_sign_in
from portal.benchmark.processes import cpu_seconds, resident_bytes
from portal.benchmark.raw_hash import RawHash
from portal.world.people import Person


def _crowd(base_url: str, user: Person, until: float, clients: int, answers: "Queue[int | str]") -> None:
    """Let `clients` browsers sign in without pause until that moment of the clock; answer how many sign-ins that were."""
    done = [0] * clients
    failures: list[str] = []

    def sign_in(number: int) -> None:
        browser = Browser(base_url)
        try:
            while time.time() < until:
                iam_sign_in(browser, user)
                forget_sessions(browser)
                done[number] += 1
        except (OSError, RuntimeError) as error:
            failures.append(str(error))
        finally:
            browser.close()

    threads = [threading.Thread(target=sign_in, args=(number,)) for number in range(clients)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    answers.put(failures[0] if failures else sum(done))


@dataclass(frozen=True, slots=True)
class Saturated:
    """What happens while sign-ins take all that the machine has: how many there are a second, CPU milliseconds of each, seconds of each page."""

    per_second: float
    cpu_ms: float
    pages: list[float]


def saturated(base_url: str, processes: Processes, user: Person, *, seconds: float, clients: int, page_cpu_ms: float) -> Saturated:
    """Let `clients` browsers sign in without pause, while another opens a sign-in page forty times a second, at `page_cpu_ms` each.

    The crowd is a process of its own, so that its threads do not hold up the one that measures.
    """
    context = multiprocessing.get_context("fork")
    answers: Queue[int | str] = context.Queue()
    until = time.time() + seconds
    before = processes.seconds()
    crowd = context.Process(target=_crowd, args=(base_url, user, until, clients, answers))
    crowd.start()
    timings = Timings()
    prober = Browser(base_url, timings.add)
    time.sleep(0.5)
    while time.time() < until:
        prober.request("page", "GET", "/console/?user=iam")
        prober.cookies.clear()
        time.sleep(0.025)
    done = answers.get(timeout=60)
    crowd.join()
    cpu = processes.seconds() - before
    prober.close()
    if isinstance(done, str):
        raise JourneyFailed(done)
    pages = timings.seconds["page"]
    return Saturated(done / seconds, (cpu * 1000 - len(pages) * page_cpu_ms) / max(1, done), pages)


def _page_cpu_ms(base_url: str, processes: Processes, *, count: int) -> float:
    browser = Browser(base_url)
    browser.request("", "GET", "/console/?user=iam")
    before = cpu_seconds(processes.web)
    for _ in range(count):
        browser.request("", "GET", "/console/?user=iam")
    return (cpu_seconds(processes.web) - before) * 1000 / count


def past_ratio(base_url: str, processes: Processes, user: Person, *, sessions: int, count: int, cookies: dict[str, str]) -> float:
    """Return what a sign-in costs an identity with that many past sessions, as a multiple of what it cost the same identity before."""

    def cost() -> float:
        found = sequential(base_url, processes, lambda browser: iam_sign_in(browser, user), count=count, timings=Timings(), cookies=cookies)
        return found.cpu_ms + found.database_ms

    before = cost()
    with long_past(account=user.account, username=user.username, sessions=sessions):
        during = cost()
    return during / ((before + cost()) / 2)


def run(base_url: str, processes: Processes, people: tuple[Person, ...], *, count: int, seconds: float, clients: int, past: int) -> dict[str, Any]:
    """Measure and return the figures of one run; milliseconds unless named otherwise."""
    user = next(person for person in people if person.kind == "iam_user" and person.username == "Carlos")
    root = next(person for person in people if person.kind == "root" and person.account == user.account)
    at_rest = resident_bytes(processes.web)
    timings = Timings()
    warm = Browser(base_url)
    for _ in range(5):
        iam_sign_in(warm, user)
        forget_sessions(warm)
    introduce_root(warm, root)
    known = dict(warm.cookies)
    raw, crowded = RawHash(), RawHash()
    iam = sequential(
        base_url, processes, lambda browser: iam_sign_in(browser, user), count=count, timings=timings, cookies=known, between=raw.measure
    )
    root_costs = sequential(
        base_url, processes, lambda browser: root_sign_in(browser, root), count=max(10, count // 3), timings=timings, cookies=known
    )
    with bench_users(user.account, count) as users:
        compared = second_factors.compare(base_url, processes, users, timings=timings)
        totp_verify = second_factors.totp_verify_ms(users, processes)
        fido_verify = second_factors.fido_verify_ms(principal_of(users.plain[0]), processes, count=count)
    page_cpu = _page_cpu_ms(base_url, processes, count=400)
    ratio = past_ratio(base_url, processes, user, sessions=past, count=count, cookies=known) if past else 0.0
    crowded.measure_on_all_cores()
    crowd = saturated(base_url, processes, user, seconds=seconds, clients=clients, page_cpu_ms=page_cpu)
    crowded.measure_on_all_cores()
    whole = iam.cpu_ms + iam.database_ms
    return {
        "ratio": round(raw.ms / whole, 3),
        "cpu_ms_beyond_hash": round(whole - raw.ms, 2),
        "cpu_ms_per_signin": round(whole, 2),
        "database_cpu_ms_per_signin": round(iam.database_ms, 2),
        "hash_ms": round(raw.ms, 2),
        "ratio_saturated": round(crowded.ms / crowd.cpu_ms, 3),
        "cpu_ms_per_signin_saturated": round(crowd.cpu_ms, 2),
        "hash_ms_saturated": round(crowded.ms, 2),
        "signins_per_s": round(crowd.per_second, 1),
        "signins_per_s_one_client": round(iam.count / iam.seconds, 1),
        "requests_per_signin": iam.requests,
        "root_cpu_ms_per_signin": round(root_costs.cpu_ms + root_costs.database_ms, 2),
        "root_requests_per_signin": root_costs.requests,
        "totp_cpu_ms_per_signin": round(compared.with_code_ms, 2),
        "totp_extra_cpu_ms": round(compared.with_code_ms - compared.plain_ms, 2),
        "totp_requests_per_signin": compared.requests,
        "totp_verify_ms": round(totp_verify, 3),
        "fido_verify_ms": round(fido_verify, 3),
        "page_cpu_ms": round(page_cpu, 2),
        "page_p99_ms_while_hashing": percentiles(crowd.pages)["p99_ms"],
        "page_p50_ms_while_hashing": percentiles(crowd.pages)["p50_ms"],
        "past_sessions": past,
        "past_sessions_ratio": round(ratio, 3),
        "web_resident_mb_at_start": round(at_rest / 1e6, 1),
        "steps": timings.summary(),
    }
