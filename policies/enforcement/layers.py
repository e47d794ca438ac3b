"""Console access control: one question, decided by every policy that has a say in it (guide, "How AWS Sign-In evaluates resource-based policies").

Nothing is evaluated unless console authorization is on for the account, its organisation or the organisation's root. What was read
and compiled is kept under the version stamp, so that a decision costs no query.
"""

import time
from collections.abc import Callable, Hashable
from datetime import datetime
from typing import Generic, NamedTuple, TypeVar

from policies.enforcement.consoles import FOREVER, Change, Console, authorizations, read_console
from policies.enforcement.identity import Identity, read_identity
from policies.enforcement.sign_in import decide_sign_in, is_before_authentication
from policies.enforcement.stamp import Stamp, current
from policies.evaluation.decision import Decision, Question
from portal.core import clock, regions

KEEP_SECONDS = 30.0
"""Real time after which what is kept is read anew all the same: bounds what a lost announcement of a change can do."""

MOST_KEPT = 4096
"""Consoles, and identities, that a process keeps at hand."""

Kept = TypeVar("Kept")


class _Entry(NamedTuple, Generic[Kept]):
    stamp: Stamp
    since: datetime
    stale: float
    value: Kept


class Shelf(Generic[Kept]):
    """Values kept under the version stamp; a value is read anew when the stamp, or the simulated time it holds for, is another."""

    def __init__(self) -> None:
        self._entries: dict[Hashable, _Entry[Kept]] = {}

    def get(self, key: Hashable, now: datetime, read: Callable[[], Kept], until: Callable[[Kept], datetime] | None = None) -> Kept:
        """Return the value of `key`, from `read` where none that holds is kept."""
        stamp = current()
        entry = self._entries.get(key)
        if (
            entry is not None
            and entry.stamp == stamp
            and entry.since <= now
            and entry.stale > time.monotonic()
            and (until is None or now < until(entry.value))
        ):
            return entry.value
        value = read()
        if stamp is not None:
            if len(self._entries) >= MOST_KEPT:
                self._entries.clear()
            self._entries[key] = _Entry(stamp, now, time.monotonic() + KEEP_SECONDS, value)
        return value


_authorizations: Shelf[tuple[Change, ...]] = Shelf()
_consoles: Shelf[Console | None] = Shelf()
_identities: Shelf[Identity] = Shelf()


def console_policies(question: Question) -> Decision | None:
    """Decide a sign-in question; None where console authorization is off, or the account is not known, and nothing is evaluated."""
    now = clock.now()
    # Looked up for nobody as well, so that an account that is there costs no more than one that is not.
    changes = _authorizations.get("", now, lambda: authorizations(now))
    if not changes or not question.account:
        return None
    account, region = question.account, question.keys.get("aws:RequestedRegion", regions.DEFAULT)
    on = {change.target for change in changes if change.is_known(region, now)}
    if not on:
        return None
    console = _consoles.get((account, region), now, lambda: read_console(account, region, now), _until)
    if console is None or not console.is_guarded(on):
        return None
    arn = question.principal_arn
    identity = Identity() if is_before_authentication(question) else _identities.get(arn, now, lambda: read_identity(arn))
    return decide_sign_in(question, console, identity)


def _until(console: Console | None) -> datetime:
    return console.until if console else FOREVER
