"""Age of a password under an account's password policy (IAM user guide, "Set an account password policy": password expiration)."""

import math
from datetime import datetime, timedelta

WARNING_DAYS = 15
"""The console warns in the last 15 days before a password expires."""


def expiry(*, set_at: datetime, max_age_days: int | None) -> datetime | None:
    """Return when a password that was set at `set_at` expires; None when the policy has no maximum age."""
    return set_at + timedelta(days=max_age_days) if max_age_days else None


def days_left(*, expires_at: datetime, now: datetime) -> int:
    """Return the days until a password expires, begun ones counted whole; 0 when it has expired."""
    return max(0, math.ceil((expires_at - now) / timedelta(days=1)))
