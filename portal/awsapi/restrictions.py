"""What no policy can allow: operations that some temporary credentials may not call (IAM user guide, "Compare AWS STS credentials")."""

from accounts.access_keys.temporary import FederatedSession, PrincipalSession, Session
from portal.awsapi.callers import UNKNOWN, Signer
from portal.awsapi.errors import CallRefused, Fault
from portal.awsapi.models import Operation

_ANYBODY = frozenset({"GetCallerIdentity"})
_KEYS_ONLY = frozenset({"GetSessionToken", "GetFederationToken"})


def refuse_restricted(signer: Signer, operation: Operation) -> None:
    """Refuse an operation that the caller's kind of credentials may not call, whatever its policies say."""
    if signer.session is None:
        return
    if operation.service.name == "sts" and not _may_call_sts(signer.session, operation.name):
        raise CallRefused(Fault.DENIED, f"Cannot call {operation.name} with session credentials")
    if operation.service.name == "iam" and not _may_call_iam(signer.session):
        # The words of the service: to IAM such a token is none.
        raise CallRefused(Fault.UNKNOWN_KEY, UNKNOWN)


def _is_session_token(session: Session) -> bool:
    """Tell whether a session comes from `GetSessionToken`, and not from a program's sign-in."""
    return isinstance(session, PrincipalSession) and not session.grant


def _may_call_sts(session: Session, name: str) -> bool:
    if isinstance(session, FederatedSession):
        return name in _ANYBODY
    if _is_session_token(session):
        return name in _ANYBODY or name == "AssumeRole"
    return name not in _KEYS_ONLY


def _may_call_iam(session: Session) -> bool:
    if isinstance(session, FederatedSession):
        return False
    return not _is_session_token(session) or bool(isinstance(session, PrincipalSession) and session.mfa_at)
