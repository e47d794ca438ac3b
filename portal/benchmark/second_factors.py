"""What second factors cost: a sign-in with a code against one without, and the verifications by themselves."""

import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TypeVar

from accounts.models import Principal
from mfa.fido import flows as fido
from mfa.totp import flows as totp
from mfa.totp.codes import code_at, step_at
from portal.benchmark.assertions import SecurityKey
from portal.benchmark.bench_users import BenchUsers, principal_of
from portal.benchmark.browser import Browser
from portal.benchmark.costs import Costs, Processes, Timings, sequential
from portal.benchmark.journeys import iam_sign_in, totp_sign_in
from portal.network.origin import Origin
from portal.world.people import Person

Asked = TypeVar("Asked")

_BATCH = 10
_WARM_UP = 5
_HERE = Origin(address="192.0.2.1", region="us-east-1", regional=False, user_agent="", host="localhost")


@dataclass(frozen=True, slots=True)
class Compared:
    """CPU milliseconds of a sign-in without and with a code, all requests and the database's share counted, and the requests of the latter."""

    plain_ms: float
    with_code_ms: float
    requests: int


def compare(base_url: str, processes: Processes, users: BenchUsers, *, timings: Timings) -> Compared:
    """Sign every user in once, in turns of ten without and ten with a code, so that what else the machine does hits both alike."""
    plain, with_code = list(_turns(users.plain)), list(_turns(users.with_app))
    costs: tuple[list[Costs], list[Costs]] = ([], [])
    for turn in zip(plain, with_code, strict=True):
        for people, journey, kept, times in zip(turn, (iam_sign_in, totp_sign_in), costs, (Timings(), timings), strict=True):
            kept.append(_sign_in(base_url, processes, people, journey, times))
    without, with_a_code = (sum((one.cpu_ms + one.database_ms) * one.count for one in kept) / sum(one.count for one in kept) for kept in costs)
    return Compared(without, with_a_code, costs[1][-1].requests)


def _turns(people: tuple[Person, ...]) -> Iterable[tuple[Person, ...]]:
    return (people[start : start + _BATCH] for start in range(0, len(people), _BATCH))


def _sign_in(base_url: str, processes: Processes, people: tuple[Person, ...], journey: Callable[[Browser, Person], int], timings: Timings) -> Costs:
    queue = iter(people)
    return sequential(base_url, processes, lambda browser: journey(browser, next(queue)), count=len(people), timings=timings, cookies={})


def totp_verify_ms(users: BenchUsers, processes: Processes) -> float:
    """Return the CPU milliseconds of verifying a code, database included, in this process; every user's next code is used up by it."""
    asked = [(principal_of(person), person.totp_secret) for person in users.with_app]

    def verify(one: tuple[Principal, str]) -> bool:
        owner, secret = one
        # The code of this step may have been used to sign in; that of the next one counts already, for clocks that are fast.
        return totp.verify(owner, code_at(secret, step_at(time.time()) + 1)) is not None

    return _each(verify, asked, processes)


def fido_verify_ms(owner: Principal, processes: Processes, *, count: int) -> float:
    """Return the CPU milliseconds of verifying an ES256 assertion, its challenge and the database included, in this process."""
    key = SecurityKey(owner)
    asked = [(f"bench-{number}", key.sign(fido.options_for_sign_in(owner, f"bench-{number}"))) for number in range(count)]
    return _each(lambda one: fido.verify(owner, one[0], one[1], origin=_HERE) is not None, asked, processes)


def _each(verify: Callable[[Asked], bool], asked: list[Asked], processes: Processes) -> float:
    right = sum(verify(one) for one in asked[:_WARM_UP])
    own, database = time.thread_time(), processes.database_seconds()
    right += sum(verify(one) for one in asked[_WARM_UP:])
    spent = time.thread_time() - own + processes.database_seconds() - database
    if right != len(asked):
        raise RuntimeError(f"{len(asked) - right} of {len(asked)} right answers were refused")
    return spent * 1000 / (len(asked) - _WARM_UP)
