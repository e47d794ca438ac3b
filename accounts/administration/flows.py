"""The operators' acts: each changes, ends what must end, and records itself, in one transaction.

No flow here takes, makes or returns a password: an operator can ask for a new one and never learns it (ASVS 6.4.6).
"""

from collections.abc import Mapping
from typing import Any

from django.db import transaction
from django.db.models import F

from accounts.access_keys.revocation import standing_changed, void_issued, void_issued_in
from accounts.administration.acts import Act, Actor
from accounts.mail.kinds import MailKind
from accounts.mail.outbox import post
from accounts.models import Account, Grant, Principal, SignInSession
from accounts.sessions.flows import end_all
from accounts.trail import identity_of
from portal.core import clock
from portal.trail.names import EventName
from portal.trail.record import record


def record_act(act: Act, *, by: Actor, target: str, account: str = "", details: Mapping[str, Any] | None = None) -> None:
    """Record that an operator did `act` to `target` (an ARN or a row's key), in the caller's transaction. `details` never holds a secret."""
    record(
        EventName.OPERATOR_ACTION,
        identity=identity_of(by.operator),
        origin=by.origin,
        succeeded=True,
        account=account,
        principal_key=by.operator.unique_id,
        request_parameters={"action": act.value, "target": target, **(details or {})},
    )


def name_of(principal: Principal) -> str:
    """Return what events call a principal: its ARN, or an operator's unique id."""
    return principal.arn or principal.unique_id


def require_new_password(principal: Principal, *, reason: str, language: str, by: Actor) -> None:
    """Force a password reset and end every session, link and code of `principal`.

    A root user's password is refused until it has been reset by mail, and a mail tells `reason`; anybody else must choose a new
    password at the next sign-in.
    """
    with transaction.atomic():
        rows = Principal.objects.filter(pk=principal.pk)
        if principal.kind == Principal.Kind.ROOT:
            rows.update(reset_required_because=reason)
            post(MailKind.RESET_REQUIRED, recipient=principal.email, language=language, context={"reason": reason})
        else:
            rows.update(must_change_password=True)
        _end_all(principal)
        record_act(Act.REQUIRE_NEW_PASSWORD, by=by, target=name_of(principal), account=principal.account_id or "", details={"reason": reason})


def disable(principal: Principal, *, by: Actor) -> None:
    """Let `principal` sign in no more, and end what is open, at once (security catalogue SES-06).

    Its access keys keep their state and work again once it is enabled; temporary credentials from before do not (decision record 012).
    """
    with transaction.atomic():
        Principal.objects.filter(pk=principal.pk).update(is_active=False)
        void_issued(principal)
        _end_all(principal)
        record_act(Act.DISABLE, by=by, target=name_of(principal), account=principal.account_id or "")


def enable(principal: Principal, *, by: Actor) -> None:
    """Let `principal` sign in again; nothing that was open before opens again."""
    with transaction.atomic():
        Principal.objects.filter(pk=principal.pk).update(is_active=True)
        standing_changed()
        record_act(Act.ENABLE, by=by, target=name_of(principal), account=principal.account_id or "")


def end_sessions(principal: Principal, *, by: Actor) -> None:
    """End every session, link and code of `principal`, who may sign in again at once."""
    with transaction.atomic():
        _end_all(principal)
        record_act(Act.END_SESSIONS, by=by, target=name_of(principal), account=principal.account_id or "")


def sign_out_removed(root: Principal, *, by: Actor) -> None:
    """End what is open of a root user whose credentials have been removed, in the caller's transaction; given back, they begin anew."""
    void_issued(root)
    end_sessions(root, by=by)


def end_session(session: SignInSession, *, by: Actor) -> bool:
    """End one session; False when it had ended already."""
    with transaction.atomic():
        still_open = SignInSession.objects.filter(pk=session.pk, ended_at=None)
        if still_open.update(ended_at=clock.now(), end_reason=SignInSession.End.ENDED_BY_OPERATOR) != 1:
            return False
        account = session.principal.account_id or ""
        record_act(Act.END_SESSIONS, by=by, target=name_of(session.principal), account=account, details={"session": session.name})
    return True


def end_program(grant: Grant, *, by: Actor) -> bool:
    """End one program's sign-in; False when it had ended already."""
    with transaction.atomic():
        still_open = Grant.objects.filter(pk=grant.pk, ended_at=None)
        if still_open.update(ended_at=clock.now(), end_reason=Grant.End.ENDED_BY_OPERATOR) != 1:
            return False
        standing_changed()
        account = grant.principal.account_id or ""
        record_act(Act.END_SESSIONS, by=by, target=name_of(grant.principal), account=account, details={"program": grant.name})
    return True


def suspend(account: Account, *, by: Actor) -> bool:
    """Suspend an active account and end all its sessions; False for an account that is not active."""
    with transaction.atomic():
        if Account.objects.filter(pk=account.pk, status=Account.Status.ACTIVE).update(status=Account.Status.SUSPENDED) != 1:
            return False
        void_issued_in(account)
        Principal.objects.filter(account=account).update(credential_epoch=F("credential_epoch") + 1)
        now, reason = clock.now(), SignInSession.End.ENDED_BY_OPERATOR
        SignInSession.objects.filter(principal__account=account, ended_at=None).update(ended_at=now, end_reason=reason)
        Grant.objects.filter(principal__account=account, ended_at=None).update(ended_at=now, end_reason=Grant.End.ENDED_BY_OPERATOR)
        record_act(Act.SUSPEND_ACCOUNT, by=by, target=account.id, account=account.id)
    return True


def reactivate(account: Account, *, by: Actor) -> bool:
    """Make a suspended account active again; False for an account that is not suspended."""
    with transaction.atomic():
        if Account.objects.filter(pk=account.pk, status=Account.Status.SUSPENDED).update(status=Account.Status.ACTIVE) != 1:
            return False
        standing_changed()
        record_act(Act.REACTIVATE_ACCOUNT, by=by, target=account.id, account=account.id)
    return True


def _end_all(principal: Principal) -> None:
    end_all(principal, SignInSession.End.ENDED_BY_OPERATOR)
