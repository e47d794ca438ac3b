"""What a password guess costs: counted before it is checked, by identity and by address.

An identity's tries are free at first, then spaced by growing waits (NIST SP 800-63B-4 §3.2.2), never refused for good. A browser
in which the identity has signed in before climbs a ladder of its own, so guessing from elsewhere does not keep the owner out
(security catalogue THR-02). All numbers are the simulator's own; the cloud publishes none.
"""

from dataclasses import dataclass

from portal.core.throttle import Ladder, Window
from portal.network.origin import network_prefix

_RUNGS = ((10, 30), (20, 300), (50, 900), (100, 3600))
FROM_NEW_BROWSERS = Ladder("password", _RUNGS)
FROM_KNOWN_BROWSERS = Ladder("password-known-browser", _RUNGS)
BY_ADDRESS = Window("password-address", allowed=100, seconds=600)


@dataclass(frozen=True, slots=True)
class Guess:
    """How a guess stands: tries before it by identity and by address, and seconds to wait (0 = it may be checked)."""

    identity_tries: int
    address_tries: int
    wait: int


def _ladder(known_browser: bool) -> Ladder:
    return FROM_KNOWN_BROWSERS if known_browser else FROM_NEW_BROWSERS


def count_guess(*, identity: str, address: str, known_browser: bool) -> Guess:
    """Count one guess and tell how it stands. `identity` is canonical, so no other spelling starts a count of its own (THR-06)."""
    prefix = network_prefix(address)
    step = _ladder(known_browser).climb(identity)
    hit = BY_ADDRESS.hit(prefix)
    return Guess(step.tries - 1, hit.count - 1, max(step.wait, hit.wait))


def tries_so_far(*, identity: str, address: str, known_browser: bool) -> Guess:
    """Return the tries by identity and by address without adding one."""
    return Guess(_ladder(known_browser).tries(identity), BY_ADDRESS.count(network_prefix(address)), 0)


def forgive(*, identity: str, address: str, known_browser: bool) -> None:
    """Take back what a right password counted: the identity starts anew, the address loses this one hit only (THR-08)."""
    _ladder(known_browser).forget(identity)
    BY_ADDRESS.take_back(network_prefix(address))
