"""Console access control: one question, decided by every policy that has a say in it (guide, "How AWS Sign-In evaluates resource-based policies").

Nothing is evaluated unless console authorization is on for the account, its organisation or the organisation's root. What was read
and compiled is kept under the version stamp, so that a decision costs no query.
"""

import time
from collections.abc import Callable, Hashable
from datetime import datetime
from typing import Generic, NamedTuple, TypeVar

from policies.enforcement.consoles import FOREVER, Change, Console, authorizations, read_console, read_identity
from policies.enforcement.documents import PolicyUnreadable
from policies.enforcement.stamp import Stamp, current
from policies.evaluation.authorization import Policies, sign_in
from policies.evaluation.decision import Decision, DeniedBy, Effect, Layer, Question
from policies.evaluation.request import ANONYMOUS, Caller, Request
from policies.evaluation.statements import Policy
from portal.core import arns, clock, regions
from portal.core.actions import SigninAction

KEEP_SECONDS = 30.0
"""Real time after which what is kept is read anew all the same: bounds what a lost announcement of a change can do."""

MOST_KEPT = 4096
"""Consoles, and identities, that a process keeps at hand."""

RESOURCE = "arn:aws:signin:::console/console"
"""The resource of a console sign-in (Service Authorization Reference: `arn:aws:signin:::console/NAME`; the name is the simulator's own)."""

_DENIED_BY = {Layer.RESOURCE: DeniedBy.RESOURCE_POLICY, Layer.RCP: DeniedBy.RESOURCE_CONTROL_POLICY}

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
_identities: Shelf[tuple[Policy, ...] | PolicyUnreadable] = Shelf()


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
    if console is None or on.isdisjoint(console.targets):
        return None
    return _decide(question, console, now)


def _until(console: Console | None) -> datetime:
    return console.until if console else FOREVER


def _decide(question: Question, console: Console, now: datetime) -> Decision:
    unreadable = console.unreadable
    identity: tuple[Policy, ...] = ()
    authenticated = question.action != SigninAction.AUTHENTICATE
    if authenticated:
        arn = question.principal_arn
        found = _identities.get(arn, now, lambda: _identity(arn))
        if isinstance(found, PolicyUnreadable):
            unreadable = (*unreadable, found)
        else:
            identity = found
    if unreadable:
        return Decision(Effect.DENY, tuple(map(str, unreadable)), _DENIED_BY.get(unreadable[0].layer, DeniedBy.OTHER))
    caller = _caller(question) if authenticated else ANONYMOUS
    request = Request.of(question.action, caller=caller, keys=question.keys, resource=RESOURCE, account=question.account)
    return sign_in(request, Policies(rcps=console.rcps, scps=console.scps, resource=console.resource, identity=identity))


def _identity(arn: str) -> tuple[Policy, ...] | PolicyUnreadable:
    try:
        return read_identity(arn)
    except PolicyUnreadable as error:
        return error


def _caller(question: Question) -> Caller:
    """Return who is signed in: root user, or whoever else has the ARN."""
    if question.principal_arn == arns.root_arn(question.account):
        return Caller.root(question.account)
    return Caller.user(question.principal_arn)
