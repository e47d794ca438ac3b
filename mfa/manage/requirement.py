"""Whether the IAM users of an account must have a second factor: their administrators decide it."""

from django.db import transaction

from accounts.models import Account, Principal, SignInSession
from accounts.trail import identity_of
from portal.network.origin import Origin
from portal.trail.names import EventName
from portal.trail.record import record


def require_of_iam_users(session: SignInSession, *, needed: bool, origin: Origin) -> bool:
    """Turn the requirement of the account that `session` belongs to on or off; False when it stands like that already.

    Nobody's session ends: who has no device registers one at the next sign-in. The caller has made sure that the session's identity may.
    """
    administrator = session.principal
    identity = identity_of(administrator)
    if administrator.kind == Principal.Kind.IAM_USER:
        identity = identity.in_session(session.created_at, mfa_authenticated=bool(session.factor))
    with transaction.atomic():
        if Account.objects.filter(pk=administrator.account_id, iam_users_need_mfa=not needed).update(iam_users_need_mfa=needed) != 1:
            return False
        record(
            EventName.ACCOUNT_MFA_REQUIREMENT_CHANGED,
            identity=identity,
            origin=origin,
            succeeded=True,
            request_parameters={"iamUsersNeedMfa": needed},
            account=administrator.account_id or "",
            principal_key=administrator.unique_id,
        )
    return True
