"""What is written down of each step of a recovery: an event of the account, and a line of the case's history."""

from accounts.administration.acts import Actor
from accounts.models import Principal
from accounts.trail import identity_of
from policies.models import RecoveryCase, RecoveryEntry
from portal.network.origin import Origin
from portal.trail.names import EventName
from portal.trail.record import record

Step = RecoveryEntry.Step

_NAMES = {
    Step.OPENED: EventName.SUPPORT_RECOVERY_OPENED,
    Step.CODE_SENT: EventName.SUPPORT_RECOVERY_CODE_SENT,
    Step.CODE_WRONG: EventName.SUPPORT_RECOVERY_EMAIL_VERIFIED,
    Step.VERIFIED: EventName.SUPPORT_RECOVERY_EMAIL_VERIFIED,
    Step.LINK_ISSUED: EventName.SUPPORT_RECOVERY_LINK_ISSUED,
    Step.VISITED: EventName.SUPPORT_RECOVERY_SIGNED_IN,
    Step.COMPLETED: EventName.SUPPORT_RECOVERY_COMPLETED,
    Step.WITHDRAWN: EventName.SUPPORT_RECOVERY_WITHDRAWN,
    Step.EXPIRED: EventName.SUPPORT_RECOVERY_EXPIRED,
    Step.REFUSED: EventName.SUPPORT_RECOVERY_REFUSED,
}
_FAILED = frozenset({Step.CODE_WRONG, Step.REFUSED})


def note(step: RecoveryEntry.Step, case: RecoveryCase, doer: Principal, *, origin: Origin, error: str = "", **extra: str) -> None:
    """Write one step down in the caller's transaction; `doer` is the operator, or the IAM user who signed in with the link.

    The event belongs to the case's account, so that its administrators see what support did there.
    """
    record(
        _NAMES[step],
        identity=identity_of(doer),
        origin=origin,
        succeeded=step not in _FAILED,
        error=error,
        extra={"RecoveryCase": str(case.pk), **extra},
        account=str(case.account_id),
        principal_key=doer.unique_id,
    )
    actor = doer.name if doer.kind == Principal.Kind.OPERATOR else doer.arn
    RecoveryEntry.objects.create(case=case, step=step, actor=actor)


def note_of(step: RecoveryEntry.Step, case: RecoveryCase, by: Actor, *, error: str = "", **extra: str) -> None:
    """Write an operator's step down."""
    note(step, case, by.operator, origin=by.origin, error=error, **extra)
