"""Opening and ending sign-in sessions."""

from collections.abc import Iterable

from django.db import transaction
from django.db.models import F

from accounts.access_keys.revocation import standing_changed
from accounts.models import Grant, Principal, SignInSession
from accounts.trail import identity_of
from portal.conf import conf
from portal.core import clock, ids
from portal.core.prepared import insert
from portal.core.statements import new_instance
from portal.core.tokens import digest, new_token
from portal.network.origin import Origin
from portal.trail.names import EventName
from portal.trail.record import record

OPERATOR = "operator"


def draft_session(principal: Principal, *, origin: Origin, factor: str = "") -> tuple[SignInSession, str]:
    """Return a session for `principal` that is not yet written, with its secret; `factor` names its second factor.

    No name is ever given twice: names are random, and a unique constraint refuses the one in 10¹² that would be.
    """
    secret = new_token()
    now = clock.now()
    columns = {
        "name": ids.session_name(str(principal.account_id or OPERATOR)),
        "principal_id": principal.pk,
        "secret_digest": digest(secret),
        "credential_epoch": principal.credential_epoch,
        "region": origin.region,
        "source_ip": origin.address,
        "user_agent": origin.user_agent,
        "factor": factor,
        "created_at": now,
        "authenticated_at": now,
        "last_seen_at": now,
        "expires_at": now + conf.console_session_lifetime,
    }
    session = new_instance(SignInSession, columns)
    session.principal = principal
    return session, secret


def open_session(principal: Principal, *, origin: Origin, factor: str = "") -> tuple[SignInSession, str]:
    """Open a session for `principal` in the caller's transaction, as `draft_session` has it, and return it with its secret."""
    session, secret = draft_session(principal, origin=origin, factor=factor)
    insert(session)
    return session, secret


def _end(sessions: Iterable[SignInSession], reason: SignInSession.End) -> list[SignInSession]:
    """End each session that is still open, one guarded UPDATE each, and return those that this call ended."""
    now = clock.now()
    return [
        session for session in sessions if SignInSession.objects.filter(pk=session.pk, ended_at=None).update(ended_at=now, end_reason=reason) == 1
    ]


def sign_out(sessions: Iterable[SignInSession], *, origin: Origin) -> None:
    """End sessions because their owner signs out, each with its event."""
    with transaction.atomic():
        for session in _end(sessions, SignInSession.End.SIGNED_OUT):
            record(
                EventName.CONSOLE_LOGOUT,
                identity=identity_of(session.principal),
                origin=origin,
                succeeded=True,
                account=session.principal.account_id or "",
                principal_key=session.principal.unique_id,
            )


def end_one(owner: Principal, name: str, *, origin: Origin) -> bool:
    """End the session called `name` of `owner`; False when there is no such open session of this owner."""
    with transaction.atomic():
        ended = _end(SignInSession.objects.filter(principal=owner, name=name, ended_at=None), SignInSession.End.ENDED_BY_OWNER)
        for session in ended:
            _record_end(session, owner, origin, SignInSession.End.ENDED_BY_OWNER)
    return bool(ended)


def end_others(keep: SignInSession, *, origin: Origin) -> int:
    """End every other session of the identity that `keep` belongs to; return how many."""
    with transaction.atomic():
        others = SignInSession.objects.filter(principal_id=keep.principal_id, ended_at=None).exclude(pk=keep.pk)
        ended = _end(others, SignInSession.End.ENDED_BY_OWNER)
        for session in ended:
            _record_end(session, keep.principal, origin, SignInSession.End.ENDED_BY_OWNER)
    return len(ended)


def end_replayed(session: SignInSession, *, origin: Origin) -> None:
    """End a session whose authorization code was used twice, and say so in its owner's events."""
    with transaction.atomic():
        for ended in _end([session], SignInSession.End.CODE_REPLAYED):
            _record_end(ended, ended.principal, origin, SignInSession.End.CODE_REPLAYED)


def end_all(principal: Principal, reason: SignInSession.End, *, keep: SignInSession | None = None) -> None:
    """End every session and every program's sign-in of `principal`, and with a new credential epoch every link and code that was made before.

    `keep` is not marked as ended; it lives on once the caller has given it the new epoch. Runs in the caller's transaction;
    the caller records what it did.
    """
    Principal.objects.filter(pk=principal.pk).update(credential_epoch=F("credential_epoch") + 1)
    open_sessions = SignInSession.objects.filter(principal=principal, ended_at=None)
    now = clock.now()
    (open_sessions.exclude(pk=keep.pk) if keep else open_sessions).update(ended_at=now, end_reason=reason)
    by_operator = reason == SignInSession.End.ENDED_BY_OPERATOR
    why = Grant.End.ENDED_BY_OPERATOR if by_operator else Grant.End.CREDENTIALS_CHANGED
    Grant.objects.filter(principal=principal, ended_at=None).update(ended_at=now, end_reason=why)
    standing_changed()
    principal.refresh_from_db(fields=["credential_epoch"])


def carry_on(session: SignInSession, *, credential_epoch: int) -> str | None:
    """Give a session that outlives what has just changed a new secret, note that its owner has proved who it is, and return the secret.

    None when the session has ended meanwhile. The browser must be handed the secret (`accounts.sessions.browser.hand_over`): the
    old one opens nothing from now on (security catalogue SES-01).
    """
    secret = new_token()
    now = clock.now()
    written = SignInSession.objects.filter(pk=session.pk, ended_at=None).update(
        secret_digest=digest(secret), credential_epoch=credential_epoch, authenticated_at=now
    )
    if written != 1:
        return None
    session.secret_digest, session.credential_epoch, session.authenticated_at = digest(secret), credential_epoch, now
    return secret


def _record_end(session: SignInSession, owner: Principal, origin: Origin, reason: SignInSession.End) -> None:
    record(
        EventName.SESSION_ENDED,
        identity=identity_of(owner),
        origin=origin,
        succeeded=True,
        account=owner.account_id or "",
        principal_key=owner.unique_id,
        extra={"session": session.name, "reason": reason.value},
    )
