"""How often a second factor may be tried: one count for all types together, apart from the password's (security catalogue THR-04, MFA-08).

Counts hang on the identity and on the sign-in, never on a page, a type or a device: whoever changes the type midway, or begins
anew at another address, goes on counting where the identity stands. All numbers but the hundred are the simulator's own.
"""

from dataclasses import dataclass

from portal.core.throttle import Counters, Ladder, Window, with_counters
from portal.network.origin import network_prefix

TRIES = 5
"""Tries that one sign-in bears, whatever the type."""
NOTICE_AT = frozenset({3, 10, 20, 50})
"""Tries in a row without a right answer, in however many sign-ins, those that had to wait included, after which the owner is
told: somebody has the password (ASVS 6.3.5)."""
RESYNC_AT = 3
"""Wrong answers in a row after which the page offers to resynchronise (IAM user guide: "after several tries")."""
MOST_FAILURES = 100
"""Failures in a row after which a device is answered no more (NIST SP 800-63B-4 §3.2.2)."""

OF_SIGN_IN = Window("mfa-sign-in", allowed=TRIES, seconds=3600)
OF_IDENTITY = Ladder("mfa", rungs=((10, 30), (20, 120), (50, 1800)))
"""Only who has the password comes here, so a long wait keeps no owner out whose password is still secret."""
BY_ADDRESS = Window("mfa-address", allowed=100, seconds=3600)


@dataclass(frozen=True, slots=True)
class Try:
    """One counted try.

    `number` is how many this sign-in has made with it, `in_a_row` how many the identity has since its last right answer; `spent`:
    the sign-in has had all of its tries before; `last`: this one is the last that it bears; `wait`: seconds to wait (0 = go on).
    """

    number: int
    in_a_row: int
    spent: bool
    last: bool
    wait: int


def count_try(principal_id: int, binding: str, address: str) -> Try:
    """Count one try before anything is compared, in one round trip unless it must not be compared.

    `binding` stands for the sign-in, or for the session where someone confirms a change. A try that has to wait is none of the
    sign-in's, and one that comes too late is none of the identity's.
    """
    sign_in, identity, place = OF_SIGN_IN.key(binding), OF_IDENTITY.key(str(principal_id)), BY_ADDRESS.key(network_prefix(address))

    def ask(counters: Counters, strictness: int) -> Try:
        (number, in_a_row, from_there), _ = counters.tally(
            [(sign_in, OF_SIGN_IN.seconds), (identity, OF_IDENTITY.seconds), (place, BY_ADDRESS.seconds)]
        )
        if OF_SIGN_IN.judged(number, strictness).wait:
            counters.settle(take_back=[identity])
            return Try(number, in_a_row - 1, spent=True, last=True, wait=0)
        step = OF_IDENTITY.judged(in_a_row, f"{identity}:wait", counters, strictness)
        wait = max(step.wait, BY_ADDRESS.judged(from_there, strictness).wait)
        if wait:
            counters.settle(take_back=[sign_in])
        return Try(number, in_a_row, spent=False, last=bool(OF_SIGN_IN.judged(number + 1, strictness).wait), wait=wait)

    return with_counters(ask)


def forgive(principal_id: int, binding: str, address: str = "") -> None:
    """Take back what a right answer counted: the identity and the sign-in start anew, the `address` loses this one try only (THR-08)."""
    identity = OF_IDENTITY.key(str(principal_id))
    place = [BY_ADDRESS.key(network_prefix(address))] if address else []
    with_counters(lambda counters, _: counters.settle(forget=[OF_SIGN_IN.key(binding), identity, f"{identity}:wait"], take_back=place))
