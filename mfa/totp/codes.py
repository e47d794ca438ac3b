"""Time-based one-time passwords (RFC 6238: SHA-1, six digits, steps of 30 seconds), without database, settings or clock."""

import hmac
import re
import unicodedata
from base64 import b32decode

import pyotp

from portal.core.tokens import same

PERIOD = 30
"""Seconds of one time step."""
DIGITS = 6
LONGEST = 8
"""Characters of a typed code, its separators included: `123 456` and `12-34-56` can be read, more than that is no code."""

_SEPARATORS = re.compile(r"[\s\u00ad\u2010-\u2015\u2212-]")
_AS_SHOWN = re.compile(f"[0-9]{{{DIGITS}}}")
"""A code as nearly everybody types it, which is its one spelling already."""
_LABEL = re.compile(r"[:\x00-\x1f]")


def new_secret() -> str:
    """Return a fresh secret of 160 bits in base32 (RFC 4226 §4, R6): 32 characters."""
    return pyotp.random_base32()


def step_at(now: float) -> int:
    """Return the time step of `now`, in seconds since 1970."""
    return int(now // PERIOD)


def code_at(secret: str, step: int) -> str:
    """Return the code of a time step (RFC 4226 §5.3) for a secret in base32 of any length.

    The package `pyotp` makes none for less than 112 bits, and services exist that hand out 80: the trainee's phone shows theirs too.
    """
    return _code(_key(secret), step)


def _key(secret: str) -> bytes:
    return b32decode(secret + "=" * (-len(secret) % 8), casefold=True)


def _code(key: bytes, step: int) -> str:
    mac = hmac.digest(key, step.to_bytes(8, "big"), "sha1")
    at = mac[-1] & 0xF
    number = int.from_bytes(mac[at : at + 4], "big") & 0x7FFF_FFFF
    return f"{number % 10**DIGITS:0{DIGITS}}"


def normalised(typed: str) -> str | None:
    """Return the one spelling of a typed code: six ASCII digits; None when there is no code in it.

    Digits of every script count as digits, spaces and dashes are dropped, so that no other spelling of a used code is another code
    (security catalogue MFA-03).
    """
    if _AS_SHOWN.fullmatch(typed):
        return typed
    text = typed.strip()
    if len(text) > LONGEST:
        return None
    digits = [unicodedata.decimal(character, None) for character in _SEPARATORS.sub("", unicodedata.normalize("NFKC", text))]
    found = "".join(str(digit) for digit in digits if digit is not None)
    return found if len(found) == len(digits) == DIGITS else None


def matching_step(secret: str, code: str, *, now: float, drift: int, window: int) -> int | None:
    """Return the newest step within `window` steps of the device's time whose code is `code`, or None.

    `drift` is how many steps the device's clock is ahead of `now`. Every step is looked at, whichever matches, and the newest one is
    taken: then no earlier step that happens to have the same code can be used after it.
    """
    centre, key = step_at(now) + drift, _key(secret)
    found: int | None = None
    for step in range(centre - window, centre + window + 1):
        if same(_code(key, step), code):
            found = step
    return found


def matching_pair(secret: str, first: str, second: str, *, now: float, drift: int, window: int) -> int | None:
    """Return the step of `second` where both are the codes of consecutive steps and `second` lies in the window, or None.

    The first code may be one step older than the window: whoever reads two codes has waited for the second.
    """
    centre, key = step_at(now) + drift, _key(secret)
    found: int | None = None
    before = _code(key, centre - window - 1)
    for step in range(centre - window, centre + window + 1):
        code = _code(key, step)
        if same(before + code, first + second):
            found = step
        before = code
    return found


def address(secret: str, *, issuer: str, label: str) -> str:
    """Return the `otpauth://` address that an app reads from a QR code (Google Authenticator's key URI format); a colon parts issuer from label."""
    return pyotp.TOTP(secret, digits=DIGITS, interval=PERIOD).provisioning_uri(name=_LABEL.sub(" ", label), issuer_name=_LABEL.sub(" ", issuer))


def grouped(secret: str) -> str:
    """Return a secret in groups of four, as people type it."""
    return " ".join(secret[start : start + 4] for start in range(0, len(secret), 4))
