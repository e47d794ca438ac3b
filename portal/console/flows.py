"""What an identity does about its own sessions from its security page."""

from enum import StrEnum

from accounts.models import SignInSession
from accounts.outcomes import Failure, Outcome, Success
from accounts.sessions.flows import end_one
from accounts.trail import identity_of
from portal.network.origin import Origin
from portal.trail.names import EventName
from portal.trail.record import record


class EndFailure(StrEnum):
    """Why a session was not ended."""

    ALREADY_OVER = "already_over"
    NOT_YOURS = "not_yours"


def end_session(session: SignInSession, name: str, *, origin: Origin) -> Outcome:
    """End the session called `name` of the identity that acts in `session`.

    Somebody else's session, or none, is left alone and recorded as a failure (security catalogue SES-08, POL-03); the name that
    was sent stands in the event only when it is one of the identity's own.
    """
    owner = session.principal
    if end_one(owner, name, origin=origin):
        return Success()
    if SignInSession.objects.filter(principal=owner, name=name).exists():
        return Failure(EndFailure.ALREADY_OVER)
    record(
        EventName.SESSION_ENDED,
        identity=identity_of(owner),
        origin=origin,
        succeeded=False,
        error="No such session of this identity",
        account=owner.account_id or "",
        principal_key=owner.unique_id,
    )
    return Failure(EndFailure.NOT_YOURS)
