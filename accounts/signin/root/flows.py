"""What the root user's sign-in does."""

from collections.abc import Callable

from accounts.captcha.rules import reason_due
from accounts.credentials import mailed_codes
from accounts.mail.kinds import MailKind
from accounts.models import Principal
from accounts.outcomes import Outcome
from accounts.signin.attempt import Attempt
from accounts.signin.guessing import Guesser, failures_so_far
from accounts.signin.password import Claim
from portal.core import arns, ids
from portal.core.prepared import PreparedQuery
from portal.network.origin import Origin
from portal.trail.identity import Identity

PURPOSE = "signin"
BrowserKnows = Callable[[int, int], bool]
"""Tells whether the visitor's browser knows a principal (primary key) at a credential epoch."""

_ROOTS = Principal.objects.select_related("account").filter(kind=Principal.Kind.ROOT)
_BY_EMAIL = PreparedQuery(lambda key: _ROOTS.filter(email_key=key), key=str)
_BY_PK = PreparedQuery(lambda pk: _ROOTS.filter(pk=pk), pk=int)


def root_by_email(email: str) -> Principal | None:
    """Return the root user with this address, with its account; one query."""
    return _BY_EMAIL.first(key=ids.email_key(email))


def identify(attempt: Attempt, *, email: str, origin: Origin, knows: BrowserKnows) -> None:
    """Note who the visitor claims to be, and whether a security check is due. Says nothing about whether such a root user exists."""
    principal = root_by_email(email)
    attempt.email = email
    attempt.identified = True
    attempt.principal = principal.pk if principal else 0
    attempt.subject_account = str(principal.account_id) if principal else ""
    attempt.subject_arn = arns.root_arn(attempt.subject_account) if principal else ""
    attempt.browser_known = knows(attempt.principal, principal.credential_epoch if principal else 0)
    failures = failures_so_far(Guesser(claim_key(email), origin.caller, attempt.browser_known))
    attempt.check_passed = False
    attempt.check_reason = (
        reason_due(
            known_browser=attempt.browser_known,
            identity_failures=failures.identity_failures,
            address_failures=failures.address_failures,
            new_browser_rule=True,
        )
        or ""
    )


def claim_key(email: str) -> str:
    """Return the counter's key of a root user's address."""
    return f"root:{ids.email_key(email)}"


def claim(attempt: Attempt) -> Claim:
    """Return the claim that a password is checked against; one query, also for nobody."""
    principal = _BY_PK.first(pk=attempt.principal)
    return Claim(claim_key(attempt.email), principal, unknown=Identity.root(""))


def send_code(attempt: Attempt, *, language: str) -> bool:
    """Mail the account verification code, because the browser is new (guide, "I need my account verification code").

    False when the root user whose password was proved has meanwhile gone, been disabled or changed the password.
    """
    principal = Principal.objects.filter(pk=attempt.principal, credential_epoch=attempt.credential_epoch, is_active=True).first()
    if principal is None:
        return False
    mailed_codes.issue(
        attempt_id=attempt.id,
        purpose=PURPOSE,
        principal=principal,
        recipient=principal.email,
        language=language,
        kind=MailKind.VERIFICATION_CODE,
    )
    return True


def redeem_code(attempt: Attempt, typed: str) -> Outcome:
    """Redeem the verification code of this attempt."""
    return mailed_codes.redeem(attempt_id=attempt.id, purpose=PURPOSE, typed=typed)
