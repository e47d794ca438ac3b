"""The IAM user's side: which case a link opens, and the visit that a sign-in with it ends in.

A visit opens the recovery page and nothing else. It hangs on the case, the very link, the user's credentials and their account, all
of which are looked at whenever it is used.
"""

from dataclasses import dataclass, field

from django.db import transaction

from accounts.models import Account, Principal
from policies.models import RecoveryCase, RecoveryEntry, RecoveryVisit
from policies.recovery.flows import still_the_root_users
from policies.recovery.notes import note
from policies.recovery.rules import VISIT_LIFETIME
from portal.core import clock
from portal.core.tokens import digest, new_token
from portal.network.origin import Origin

COOKIE = "recovery"
"""The cookie of a visit (before any prefix)."""


@dataclass(frozen=True, slots=True)
class VisitOpened:
    """A visit that was opened; `secret` is what its browser holds."""

    visit: RecoveryVisit
    secret: str = field(repr=False)


def case_by_token(token: str) -> RecoveryCase | None:
    """Return the case that a mailed link opens, or None when it never was one, is dead or was replaced. Nothing is consumed."""
    return live_case(digest(token)) if 1 <= len(token) <= 64 else None


def live_case(link_digest: str) -> RecoveryCase | None:
    """Return the open case whose newest link has this digest, with its account, or None."""
    if not link_digest:
        return None
    now = clock.now()
    rows = RecoveryCase.objects.select_related("account").filter(
        still_the_root_users(),
        link_digest=link_digest,
        closed_at=None,
        email_verified_at__isnull=False,
        link_issued_at__lte=now,
        expires_at__gt=now,
    )
    return rows.first()


def may_visit(principal: Principal, case: RecoveryCase) -> bool:
    """Tell whether a recovery of this case is open to `principal` at all: to IAM users of its account (guide)."""
    return principal.kind == Principal.Kind.IAM_USER and principal.account_id == case.account_id


def open_visit(case: RecoveryCase, principal: Principal, *, factor: str, origin: Origin) -> VisitOpened:
    """Open a visit of `principal`, who has just signed in with the link of `case`; `factor` is the ARN of the device used."""
    now, secret = clock.now(), new_token()
    with transaction.atomic():
        visit = RecoveryVisit.objects.create(
            case=case,
            principal=principal,
            credential_epoch=principal.credential_epoch,
            link_digest=case.link_digest,
            secret_digest=digest(secret),
            factor=factor,
            created_at=now,
            expires_at=now + VISIT_LIFETIME,
        )
        note(RecoveryEntry.Step.VISITED, case, principal, origin=origin, MFAUsed="Yes" if factor else "No")
    return VisitOpened(visit, secret)


def visit_of(secret: str) -> RecoveryVisit | None:
    """Return the live visit whose browser holds `secret`, with its case and principal, or None."""
    if not secret:
        return None
    now = clock.now()
    visit = (
        RecoveryVisit.objects.select_related("principal__account")
        .filter(secret_digest=digest(secret), ended_at=None, created_at__lte=now, expires_at__gt=now, principal__is_active=True)
        .first()
    )
    if visit is None:
        return None
    case, principal = live_case(visit.link_digest), visit.principal
    if case is None or case.pk != visit.case_id or not may_visit(principal, case) or principal.credential_epoch != visit.credential_epoch:
        return None
    if case.account.status != Account.Status.ACTIVE:
        return None
    visit.case = case
    return visit


def end_visit(visit: RecoveryVisit) -> None:
    """End a visit: its browser is nobody's from now on."""
    RecoveryVisit.objects.filter(pk=visit.pk, ended_at=None).update(ended_at=clock.now())
