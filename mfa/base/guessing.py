"""How often a second factor may be tried: one count for all types together, apart from the password's (security catalogue THR-04, MFA-08)."""

from dataclasses import dataclass

from portal.core.throttle import Ladder, Window
from portal.network.origin import network_prefix

TRIES = 5
"""Tries that one sign-in bears, whatever the type."""
NOTICE_AT = 3
"""Failed tries of one sign-in after which the owner is told: somebody has the password (ASVS 6.3.5)."""
RESYNC_AT = 3
"""Failed tries of one sign-in after which the page offers to resynchronise (IAM user guide: "after several tries")."""
MOST_FAILURES = 100
"""Failures in a row after which a device is answered no more (NIST SP 800-63B-4 §3.2.2)."""

OF_SIGN_IN = Window("mfa-sign-in", allowed=TRIES, seconds=3600)
OF_IDENTITY = Ladder("mfa", rungs=((10, 30), (20, 120), (50, 1800)))
"""Simulator's own. Only who has the password comes here, so a long wait keeps no owner out whose password is still secret."""
BY_ADDRESS = Window("mfa-address", allowed=100, seconds=3600)


@dataclass(frozen=True, slots=True)
class Try:
    """One counted try: how many of this sign-in there are with it, whether the sign-in has had all of its tries, and the seconds to wait."""

    number: int
    spent: bool
    wait: int


def count_try(principal_id: int, binding: str, address: str) -> Try:
    """Count one try before anything is compared. `binding` stands for the sign-in, or for the session where someone confirms a change."""
    sign_in = OF_SIGN_IN.hit(binding)
    if sign_in.wait:
        return Try(sign_in.count, spent=True, wait=0)
    step = OF_IDENTITY.climb(str(principal_id))
    by_address = BY_ADDRESS.hit(network_prefix(address))
    return Try(sign_in.count, spent=False, wait=max(step.wait, by_address.wait))


def forgive(principal_id: int, binding: str) -> None:
    """Start the identity's and the sign-in's counts anew, after a right answer."""
    OF_IDENTITY.forget(str(principal_id))
    OF_SIGN_IN.forget(binding)
