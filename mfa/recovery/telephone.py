"""The simulated telephone: the one place where the portal calls somebody, and where the trainee's phone hears it."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from mfa.models import PhoneCall
from portal.core import clock
from portal.core.tokens import seal, unseal

LIFETIME = timedelta(minutes=10)
"""How long digits that a call reads are good (NIST SP 800-63B-4 §3.1.3.2's ceiling for codes out of band)."""


@dataclass(frozen=True, slots=True)
class Heard:
    """A call as whoever answers the phone hears it: when it came, its six digits, and whether these are too old by now."""

    number: str
    digits: str = field(repr=False)
    at: datetime
    over: bool


def call(number: str, digits: str) -> datetime:
    """Call `number` and read `digits` to whoever answers, in the caller's transaction; return until when they are good."""
    now = clock.now()
    PhoneCall.objects.create(number=number, sealed_digits=seal(digits), created_at=now, expires_at=now + LIFETIME)
    return now + LIFETIME


def heard_at(number: str, *, most: int = 10) -> list[Heard]:
    """Return the newest calls to `number`, newest first; one whose digits can no longer be read is left out."""
    now = clock.now()
    calls = PhoneCall.objects.filter(number=number).order_by("-id")[:most]
    return [
        Heard(call.number, digits, call.created_at, over=not call.created_at <= now < call.expires_at)
        for call in calls
        if (digits := unseal(call.sealed_digits)) is not None
    ]
