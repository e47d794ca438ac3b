"""Console access control: one question, decided by every policy that has a say in it (guide, "How AWS Sign-In evaluates resource-based policies").

Nothing is evaluated unless console authorization is on for the account, its organisation or the organisation's root. What was read
and compiled is kept under the version stamp, so that a decision costs no query.
"""

from datetime import datetime

from policies.enforcement.consoles import FOREVER, Change, Console, authorizations, read_console
from policies.enforcement.identity import Identity, read_identity
from policies.enforcement.sign_in import decide_sign_in, is_before_authentication
from policies.enforcement.stamp import STAMP
from policies.evaluation.decision import Decision, Question
from portal.core import clock, regions
from portal.core.stamps import Shelf

_authorizations: Shelf[tuple[Change, ...]] = Shelf(STAMP, keeps_absence=True)
_consoles: Shelf[Console | None] = Shelf(STAMP, keeps_absence=True)
_identities: Shelf[Identity] = Shelf(STAMP, keeps_absence=True)


def console_policies(question: Question) -> Decision | None:
    """Decide a sign-in question; None where console authorization is off, or the account is not known, and nothing is evaluated."""
    now = clock.now()
    # Looked up for nobody as well, so that an account that is there costs no more than one that is not.
    changes = _authorizations.get("", lambda: authorizations(now), now=now)
    if not changes or not question.account:
        return None
    account, region = question.account, question.keys.get("aws:RequestedRegion", regions.DEFAULT)
    on = {change.target for change in changes if change.is_known(region, now)}
    if not on:
        return None
    console = _consoles.get((account, region), lambda: read_console(account, region, now), now=now, until=_until)
    if console is None or not console.is_guarded(on):
        return None
    arn = question.principal_arn
    identity = Identity() if is_before_authentication(question) else _identities.get(arn, lambda: read_identity(arn), now=now)
    return decide_sign_in(question, console, identity)


def _until(console: Console | None) -> datetime:
    return console.until if console else FOREVER
