"""What a recovery is for: an account's console authorization is deleted with all of its permission statements, and nothing else is done."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from django.db import transaction
from django.db.models import F
from django.utils.translation import get_language

from accounts.mail.kinds import MailKind
from accounts.mail.outbox import post
from accounts.models import Principal
from accounts.outcomes import Failure, Success
from accounts.trail import identity_of
from policies.enforcement.permission import decide
from policies.evaluation.decision import Decision
from policies.models import RecoveryCase, RecoveryEntry, RecoveryVisit
from policies.recovery.flows import still_the_root_users
from policies.recovery.notes import note
from policies.recovery.rules import ACTION, RecoveryFailure
from policies.statements.flows import Deleted, delete_configuration
from portal.core import clock, regions
from portal.core.devices import describe
from portal.network.origin import Origin
from portal.trail.calls import record_call
from portal.trail.names import SIGNIN_SOURCE, EventName

ACCESS_DENIED = "AccessDeniedException"


@dataclass(frozen=True, slots=True)
class Recovered(Success):
    """What was deleted."""

    deleted: Deleted


class _OvertakenError(Exception):
    """Rolls the transaction back."""

    def __init__(self, reason: RecoveryFailure) -> None:
        super().__init__(reason)
        self.reason = reason


def decision_on(visit: RecoveryVisit, origin: Origin) -> Decision:
    """Decide whether the visit's user may delete the configuration, as the signed API would."""
    return decide(visit.principal, ACTION, origin=_where_changes_are_made(origin), with_mfa=bool(visit.factor))


def complete(visit: RecoveryVisit, *, origin: Origin) -> Recovered | Failure:
    """Delete the configuration of the visit's account and spend the case, all in one transaction, at most once for every case.

    The call's event is the one that `aws signin delete-console-authorization-configuration` would leave.
    """
    decision = decision_on(visit, origin)
    if not decision.allowed:
        sentence = f"User: {visit.principal.arn} is not authorized to perform: {ACTION}"
        why = {"decision": {"effect": decision.effect, "reasons": [*decision.reasons]}}
        _record(visit, origin, error_code=ACCESS_DENIED, error=sentence, note=why)
        return Failure(RecoveryFailure.NOT_PERMITTED)
    try:
        with transaction.atomic():
            return Recovered(_delete(visit, origin))
    except _OvertakenError as error:
        return Failure(error.reason)


def _delete(visit: RecoveryVisit, origin: Origin) -> Deleted:
    now, case = clock.now(), visit.case
    # The row lock keeps a password that is being changed, or a user who is being disabled, at this moment from being overtaken.
    doer = Principal.objects.select_for_update().filter(pk=visit.principal_id, credential_epoch=visit.credential_epoch, is_active=True)
    if doer.first() is None:
        raise _OvertakenError(RecoveryFailure.OVER)
    live = RecoveryCase.objects.filter(
        still_the_root_users(),
        pk=case.pk,
        account_id=visit.principal.account_id,
        link_digest=visit.link_digest,
        email_verified_at__isnull=False,
        closed_at=None,
        expires_at__gt=now,
    )
    if live.update(closed_at=now, outcome=RecoveryCase.Outcome.COMPLETED, version=F("version") + 1) != 1:
        raise _OvertakenError(RecoveryFailure.OVER)
    if RecoveryVisit.objects.filter(pk=visit.pk, ended_at=None, expires_at__gt=now).update(ended_at=now) != 1:
        raise _OvertakenError(RecoveryFailure.OVER)
    RecoveryVisit.objects.filter(case=case, ended_at=None).update(ended_at=now)
    deleted = delete_configuration(str(case.account_id), now=now)
    if not deleted.anything:
        raise _OvertakenError(RecoveryFailure.NOTHING_LEFT)
    _record(visit, origin, note={"recovery": {"case": case.pk, "statements": deleted.statements, "authorization": deleted.authorization}})
    note(RecoveryEntry.Step.COMPLETED, case, visit.principal, origin=origin, Statements=str(deleted.statements))
    device = describe(origin.user_agent)
    told = {
        "account_id": str(case.account_id),
        "principal": visit.principal.name,
        "when": now.isoformat(),
        "address": origin.address,
        "device": " · ".join(part for part in (device.browser, device.system) if part),
    }
    post(MailKind.CONSOLE_RECOVERED, recipient=case.email, language=get_language() or "en", context=told)
    return deleted


def _record(visit: RecoveryVisit, origin: Origin, *, note: Mapping[str, object], error_code: str = "", error: str = "") -> None:
    target = str(visit.case.account_id)
    identity = identity_of(visit.principal).in_session(visit.created_at, mfa_authenticated=bool(visit.factor))
    record_call(
        EventName.DELETE_CONSOLE_AUTHORIZATION_CONFIGURATION,
        source=SIGNIN_SOURCE,
        identity=identity,
        origin=_where_changes_are_made(origin),
        reads=False,
        error_code=error_code,
        error=error,
        request_parameters={"targetId": target},
        response_elements=None if error_code else {"targetId": target, "scope": "ACCOUNT", "consoleAuthorizationEnabled": False},
        note=note,
    )


def _where_changes_are_made(origin: Origin) -> Origin:
    return replace(origin, region=regions.DEFAULT, regional=True)
