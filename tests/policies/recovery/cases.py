"""Cases as flows make them, for tests that need none of the pages."""

from unittest.mock import patch

from accounts.administration.acts import Actor
from accounts.models import Account, Principal
from accounts.outcomes import Success
from policies.models import RecoveryCase, RecoveryVisit
from policies.recovery import flows
from policies.recovery.rules import MAILS_AN_HOUR
from policies.recovery.visits import open_visit
from portal.core.tokens import new_token
from portal.network.origin import Origin
from tests.policies.enforcement.guarded import OFFICE, guard

ORIGIN = Origin(address="203.0.113.9", region="us-east-1", regional=False, user_agent="tests", host="localhost")
CODE = "314159"


def support() -> Actor:
    """Return the operator at work."""
    return Actor(Principal.objects.get(kind=Principal.Kind.OPERATOR, name="operator"), ORIGIN)


def opened(account_id: str, by: Actor) -> RecoveryCase:
    """Open a case, once whatever stands in its way is withdrawn."""
    for former in RecoveryCase.objects.filter(account_id=account_id, closed_at=None):
        assert flows.withdraw(former, seen=former.version, by=by) == Success()
    outcome = flows.open_case(Account.objects.get(pk=account_id), reason="race", by=by)
    assert isinstance(outcome, flows.CaseOpened)
    return outcome.case


def with_code(account_id: str, by: Actor) -> RecoveryCase:
    """Open a case whose mailed code is `CODE`."""
    case = opened(account_id, by)
    with patch("policies.recovery.flows.secrets.randbelow", lambda _bound: int(CODE)):
        assert flows.send_code(case, seen=case.version, by=by) == Success()
    _forget_mails(case)
    return case


def verified(account_id: str, by: Actor) -> RecoveryCase:
    """Open a case whose address is verified."""
    case = with_code(account_id, by)
    assert flows.verify(case, CODE, seen=case.version, by=by) == Success()
    case.refresh_from_db()
    return case


def with_link(account_id: str, by: Actor) -> tuple[RecoveryCase, str]:
    """Lock an account out and go as far as the mailed link; return the case and the link's token."""
    guard(account_id, source_ip=OFFICE)
    return linked(account_id, by)


def linked(account_id: str, by: Actor) -> tuple[RecoveryCase, str]:
    """Go as far as the mailed link for an account that is locked out; return the case and the link's token."""
    case, token = verified(account_id, by), new_token()
    with patch.object(flows, "new_token", lambda: token):
        assert flows.issue_link(case, seen=case.version, by=by) == Success()
    _forget_mails(case)
    return case, token


def visited(case: RecoveryCase, principal: Principal) -> RecoveryVisit:
    """Open a visit of a case that has its link."""
    return open_visit(case, principal, factor="", origin=ORIGIN).visit


def _forget_mails(case: RecoveryCase) -> None:
    case.refresh_from_db()
    MAILS_AN_HOUR.forget(case.email)


def fill_cases(principal: Principal) -> None:
    """Put into the tables a case that waits for its code, and one that was visited by `principal`, an IAM user."""
    by = support()
    with_code("444455556666" if principal.account_id != "444455556666" else "111122223333", by)
    case, _token = with_link(str(principal.account_id), by)
    visited(case, principal)
