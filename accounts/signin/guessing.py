"""What a password guess costs: counted before it is checked, by identity and by address.

An identity's tries are free at first, then spaced by growing waits (NIST SP 800-63B-4 §3.2.2), never refused for good. A browser
in which the identity has signed in before climbs a ladder of its own, and a password that waits for a security check climbs
none, so guessing from elsewhere does not keep the owner out (security catalogue THR-02). All numbers are the simulator's own;
the cloud publishes none.
"""

from collections.abc import Callable
from dataclasses import dataclass

from portal.core.throttle import Counters, Ladder, Window, throttle_key, with_counters
from portal.network.origin import network_prefix

_RUNGS = ((10, 30), (20, 300), (50, 900), (100, 3600))
FROM_NEW_BROWSERS = Ladder("password", _RUNGS)
FROM_KNOWN_BROWSERS = Ladder("password-known-browser", _RUNGS)
BY_ADDRESS = Window("password-address", allowed=100, seconds=600)
FAILURES_OF_IDENTITY = 3600
FAILURES_OF_ADDRESS = 600
"""Seconds for which a failure makes a security check more likely."""


@dataclass(frozen=True, slots=True)
class Guess:
    """How a guess stands: failures before it by identity and by address, and seconds to wait (0 = it may be checked)."""

    identity_failures: int
    address_failures: int
    wait: int


@dataclass(frozen=True, slots=True)
class Guesser:
    """Who guesses at whom: a canonical identity, so that no other spelling starts a count of its own (THR-06), and an address."""

    identity: str
    address: str
    known_browser: bool

    @property
    def ladder(self) -> Ladder:
        """The ladder that this browser climbs."""
        return FROM_KNOWN_BROWSERS if self.known_browser else FROM_NEW_BROWSERS

    @property
    def address_key(self) -> str:
        """The counter of guesses from the address."""
        return BY_ADDRESS.key(network_prefix(self.address))

    @property
    def identity_failures_key(self) -> str:
        """The counter of failures of the identity, known browsers and others apart."""
        return throttle_key("password-failed", self.identity, "known" if self.known_browser else "new")

    @property
    def address_failures_key(self) -> str:
        """The counter of failures from the address."""
        return throttle_key("password-failed-address", network_prefix(self.address))


def count_guess(guesser: Guesser, *, held_back: Callable[[int, int], bool]) -> Guess:
    """Count one guess and tell how it stands; one round trip unless a wait or a security check is due.

    `held_back` tells from the failures by identity and by address whether a security check has to be passed first. Such a guess is
    not looked at and so no try: only the address has made it.
    """
    tries_key = guesser.ladder.key(guesser.identity)

    def ask(counters: Counters, strictness: int) -> Guess:
        (tries, guesses), (identity_failures, address_failures) = counters.tally(
            [(tries_key, guesser.ladder.seconds), (guesser.address_key, BY_ADDRESS.seconds)],
            [guesser.identity_failures_key, guesser.address_failures_key],
        )
        address_wait = BY_ADDRESS.judged(guesses, strictness).wait
        if held_back(identity_failures, address_failures):
            counters.settle(take_back=[tries_key])
            return Guess(identity_failures, address_failures, address_wait)
        step = guesser.ladder.judged(tries, f"{tries_key}:wait", counters, strictness)
        return Guess(identity_failures, address_failures, max(step.wait, address_wait))

    return with_counters(ask)


def failures_so_far(guesser: Guesser) -> Guess:
    """Return the failures by identity and by address, counting nothing."""

    def ask(counters: Counters, _strictness: int) -> Guess:
        _, (identity_failures, address_failures) = counters.tally([], [guesser.identity_failures_key, guesser.address_failures_key])
        return Guess(identity_failures, address_failures, 0)

    return with_counters(ask)


def count_failure(guesser: Guesser) -> None:
    """Note that the guess was wrong."""
    hits = [(guesser.identity_failures_key, FAILURES_OF_IDENTITY), (guesser.address_failures_key, FAILURES_OF_ADDRESS)]
    with_counters(lambda counters, _: counters.tally(hits))


def take_back(guesser: Guesser) -> None:
    """Take back a try that was counted and then not looked at, so that a busy portal keeps no owner out; the address has made it."""
    with_counters(lambda counters, _: counters.settle(take_back=[guesser.ladder.key(guesser.identity)]))


def forgive(guesser: Guesser) -> None:
    """Take back what a right password counted: the identity starts anew, the address loses this one guess only (THR-08)."""
    tries_key = guesser.ladder.key(guesser.identity)
    forget = [tries_key, f"{tries_key}:wait", guesser.identity_failures_key]
    with_counters(lambda counters, _: counters.settle(forget=forget, take_back=[guesser.address_key]))
