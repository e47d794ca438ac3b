"""Who signed a call: the key that it names, verified, as an identity that policies and events know."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from accounts.access_keys import flows as access_keys
from accounts.access_keys import temporary
from accounts.access_keys.keys import KEY_ID, LONG_TERM, TEMPORARY
from accounts.access_keys.revocation import STANDING, grant_in_standing, principal_in_standing, role_in_standing
from accounts.models import Principal, Role
from accounts.oauth.terms import session_arn as signin_arn
from accounts.roles.flows import session_arn
from accounts.trail import identity_of
from policies.enforcement.documents import compiled, compiled_managed
from policies.enforcement.identity import policies_of
from policies.evaluation.request import Caller
from policies.evaluation.statements import Policy
from policies.language import PolicyType
from portal.awsapi.errors import FAULT_OF_FLAW, CallRefused, Fault
from portal.awsapi.sigv4 import Claim, SignatureRefused, SignedRequest, check_time, read_claim, verify
from portal.core import regions
from portal.core.realness import looks_like_access_key
from portal.core.stamps import Shelf
from portal.trail.identity import Identity

TOKEN_HEADER = "x-amz-security-token"  # noqa: S105  # the name of a header
UNKNOWN = "The security token included in the request is invalid."


@dataclass(frozen=True, slots=True)
class Signer:
    """The verified caller. `arn` is its own (a session's for a role), `principal_arn` what policies compare (the role's)."""

    key_id: str
    account: str
    arn: str
    principal_arn: str
    user_id: str
    holder: Principal | Role
    caller: Caller
    identity: Identity
    session: temporary.Session | None = None

    @property
    def is_root(self) -> bool:
        """Whether this is an account's root user."""
        return self.caller.is_root and not isinstance(self.session, temporary.FederatedSession)

    @property
    def type(self) -> str:
        """The value of `aws:PrincipalType`."""
        if isinstance(self.session, temporary.RoleSession):
            return "AssumedRole"
        if isinstance(self.session, temporary.FederatedSession):
            return "FederatedUser"
        return "Account" if self.is_root else "User"

    def identity_policies(self) -> tuple[Policy, ...]:
        """Return the caller's identity-based policies; raises `PolicyUnreadable`."""
        return policies_of(self.holder)

    def session_policies(self) -> tuple[Policy, ...] | None:
        """Return the policies that the session was limited by; None where it was not. Raises `PolicyUnreadable`."""
        session = self.session
        if session is None or isinstance(session, temporary.PrincipalSession):
            return None
        if isinstance(session, temporary.RoleSession) and not session.is_limited:
            return None
        written = tuple(compiled(text, PolicyType.IDENTITY, "session policy") for text in session.policies)
        return written + tuple(compiled_managed(arn) for arn in session.policy_arns)


_signers: Shelf[Signer | None] = Shelf(STANDING)
"""Whose temporary credentials these are, by key id and session: looking is the whole revocation check."""


@dataclass(frozen=True, slots=True)
class _Found:
    secret: str
    signer: Callable[[], Signer]
    expired: bool = False


def claim_of(request: SignedRequest, *, now: datetime, skew: timedelta) -> Claim:
    """Return what a request claims, if it was signed for the present time; raises `CallRefused`. Real-looking keys are dropped unread."""
    if looks_like_access_key(request.headers.get("authorization", "")) or looks_like_access_key(request.query):
        raise CallRefused(Fault.UNKNOWN_KEY, "This looks like a real access key and was dropped unread. Use keys of this simulation only.")
    try:
        claim = read_claim(request)
        check_time(claim, now=now, skew=skew)
    except SignatureRefused as refused:
        raise CallRefused(FAULT_OF_FLAW[refused.flaw], refused.message) from None
    if not regions.known_region(claim.region):
        raise CallRefused(Fault.WRONG_SIGNATURE, "Credential should be scoped to a valid region.")
    return claim


def signer_of(request: SignedRequest, claim: Claim, *, service: str, now: datetime) -> Signer:
    """Return who signed a request to the service of this signing name; raises `CallRefused`. `now` is the simulated time."""
    if claim.service != service:
        raise CallRefused(Fault.WRONG_SIGNATURE, f"Credential should be scoped to correct service: '{service}'.")
    found = _find(claim, request.headers.get(TOKEN_HEADER, ""), now)
    if found is None:
        raise CallRefused(Fault.UNKNOWN_KEY, UNKNOWN)
    try:
        verify(request, claim, secret=found.secret)
    except SignatureRefused as refused:
        raise CallRefused(FAULT_OF_FLAW[refused.flaw], refused.message) from None
    if found.expired:
        raise CallRefused(Fault.EXPIRED_TOKEN, "The security token included in the request is expired")
    return found.signer()


def _find(claim: Claim, token: str, now: datetime) -> _Found | None:
    key_id = claim.key_id
    if not KEY_ID.fullmatch(key_id):
        return None
    if key_id.startswith(LONG_TERM) and not token:
        return _long_term(claim)
    if key_id.startswith(TEMPORARY) and token:
        return _temporary(key_id, token, now)
    return None


def _long_term(claim: Claim) -> _Found | None:
    key_id = claim.key_id
    key = access_keys.key_named(key_id)
    secret = access_keys.secret_of(key) if key else None
    if key is None or secret is None:
        return None
    principal = key.principal

    def signer() -> Signer:
        access_keys.note_use(key, service=claim.service, region=claim.region)
        return _principal_signer(principal, key_id, identity_of(principal).with_key(key_id))

    return _Found(secret, signer)


def _principal_signer(principal: Principal, key_id: str, identity: Identity, session: temporary.PrincipalSession | None = None) -> Signer:
    account = str(principal.account_id)
    is_root = principal.kind == Principal.Kind.ROOT
    caller = Caller.root(account) if is_root else Caller.user(principal.arn, unique_id=principal.unique_id)
    return Signer(key_id, account, principal.arn, principal.arn, principal.unique_id, principal, caller, identity, session)


def _temporary(key_id: str, token: str, now: datetime) -> _Found | None:
    opened = temporary.open_token(token, key_id=key_id)
    if opened is None:
        return None
    signer = _signers.get((key_id, opened.session), lambda: _signer_in_standing(opened.session, key_id))
    return _Found(opened.secret, lambda: signer, expired=now >= opened.session.ends_at) if signer else None


def _signer_in_standing(session: temporary.Session, key_id: str) -> Signer | None:
    made = signer_of_session(session, key_id=key_id)
    return made() if made else None


def signer_of_session(session: temporary.Session, *, key_id: str) -> Callable[[], Signer] | None:
    """Return what makes the signer of a session, however long it lasts; None where whoever it is of is gone or may act no more."""
    if isinstance(session, temporary.RoleSession):
        return _of_role(key_id, session)
    if isinstance(session, temporary.FederatedSession):
        return _of_federated(key_id, session)
    return _of_principal(key_id, session)


def _of_role(key_id: str, session: temporary.RoleSession) -> Callable[[], Signer] | None:
    """Return what makes the signer of a role's session; None where the role is gone, or its account was suspended since."""
    role = role_in_standing(session.role_id)
    if role is None or role.account.standing_epoch != session.standing:
        return None

    def signer() -> Signer:
        arn = session_arn(role, session.name)
        caller = Caller.role_session(role.arn, arn, unique_id=role.unique_id)
        identity = Identity.assumed_role(
            arn, role_name=role.name, role_arn=role.arn, role_id=role.unique_id, access_key_id=key_id, since=session.began_at
        )
        return Signer(key_id, role.account_id, arn, role.arn, f"{role.unique_id}:{session.name}", role, caller, identity, session)

    return signer


def _of_principal(key_id: str, session: temporary.PrincipalSession) -> Callable[[], Signer] | None:
    """Return what makes the signer of a user's own session; None where it is over.

    It is once the user is disabled, and stays so when it is enabled; that of a program, once the credentials have changed or the sign-in
    has ended.
    """
    principal = principal_in_standing(session.principal_id)
    if principal is None:
        return None
    if not session.grant and principal.standing != session.standing:
        return None
    if session.grant and (principal.credential_epoch != session.epoch or not grant_in_standing(session.grant)):
        return None

    def signer() -> Signer:
        signin = signin_arn(session.grant, account=session.account, region=session.region) if session.grant else ""
        identity = identity_of(principal).with_key(key_id)
        identity = identity.in_session(session.began_at, mfa_authenticated=session.mfa_at is not None, signin_session=signin)
        return _principal_signer(principal, key_id, identity, session)

    return signer


def _of_federated(key_id: str, session: temporary.FederatedSession) -> Callable[[], Signer] | None:
    """Return what makes the signer of a federated user; None where whoever vouched for it is gone, or was disabled since."""
    principal = principal_in_standing(session.principal_id)
    if principal is None or principal.standing != session.standing:
        return None

    def signer() -> Signer:
        is_root = principal.kind == Principal.Kind.ROOT
        identity = Identity.federated_user(session.arn, session.user_id, issuer=identity_of(principal), access_key_id=key_id, since=session.began_at)
        # What a root user vouches for may do all that its session policies allow; whether it is root itself is `Signer.is_root`'s to say.
        caller = replace(Caller.federated_user(session.arn), is_root=is_root)
        return Signer(key_id, session.account, session.arn, session.arn, session.user_id, principal, caller, identity, session)

    return signer
