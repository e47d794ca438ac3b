"""When a security check is due. The cloud does not publish its rules; these are the simulator's own."""

from accounts.captcha.reasons import Reason

IDENTITY_FAILURES = 3
"""Failed sign-ins of one identity, known or not, after which its next one is checked."""
ADDRESS_FAILURES = 3
"""Failed sign-ins from one network address after which every next one from there is checked."""


def reason_due(*, known_browser: bool, identity_failures: int, address_failures: int, new_browser_rule: bool, always: bool = False) -> Reason | None:
    """Return why a security check is due, or None. Failures are those of the running throttle windows.

    `always` is set by password recovery. `new_browser_rule` tells whether this kind of sign-in checks a browser in which the
    identity has not been seen (`known_browser`).
    """
    if always:
        return Reason.PASSWORD_RECOVERY
    if identity_failures >= IDENTITY_FAILURES:
        return Reason.IDENTITY_FAILURES
    if address_failures >= ADDRESS_FAILURES:
        return Reason.ADDRESS_FAILURES
    if new_browser_rule and not known_browser:
        return Reason.NEW_BROWSER
    return None
