"""Who signed a call: the key that it names, verified, as an identity that policies and events know."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from accounts.access_keys import flows as access_keys
from accounts.access_keys import temporary
from accounts.access_keys.keys import KEY_ID, LONG_TERM, TEMPORARY
from accounts.access_keys.revocation import grant_in_standing, principal_in_standing, role_in_standing
from accounts.models import Principal, Role
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
        return self.caller.is_root

    @property
    def type(self) -> str:
        """The value of `aws:PrincipalType`."""
        if isinstance(self.session, temporary.RoleSession):
            return "AssumedRole"
        return "Account" if self.is_root else "User"

    def identity_policies(self) -> tuple[Policy, ...]:
        """Return the caller's identity-based policies; raises `PolicyUnreadable`."""
        return policies_of(self.holder)

    def session_policies(self) -> tuple[Policy, ...] | None:
        """Return the policies that the session was limited by; None where it was not. Raises `PolicyUnreadable`."""
        if not isinstance(self.session, temporary.RoleSession) or not self.session.is_limited:
            return None
        written = tuple(compiled(text, PolicyType.IDENTITY, "session policy") for text in self.session.policies)
        return written + tuple(compiled_managed(arn) for arn in self.session.policy_arns)


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
    found = _find(claim.key_id, request.headers.get(TOKEN_HEADER, ""), now)
    if found is None:
        raise CallRefused(Fault.UNKNOWN_KEY, UNKNOWN)
    try:
        verify(request, claim, secret=found.secret)
    except SignatureRefused as refused:
        raise CallRefused(FAULT_OF_FLAW[refused.flaw], refused.message) from None
    if found.expired:
        raise CallRefused(Fault.EXPIRED_TOKEN, "The security token included in the request is expired")
    return found.signer()


def _find(key_id: str, token: str, now: datetime) -> _Found | None:
    if not KEY_ID.fullmatch(key_id):
        return None
    if key_id.startswith(LONG_TERM) and not token:
        return _long_term(key_id)
    if key_id.startswith(TEMPORARY) and token:
        return _temporary(key_id, token, now)
    return None


def _long_term(key_id: str) -> _Found | None:
    key = access_keys.key_named(key_id)
    secret = access_keys.secret_of(key) if key else None
    if key is None or secret is None:
        return None
    principal = key.principal

    def signer() -> Signer:
        access_keys.note_use(key)
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
    signer = _of_role(key_id, opened.session) if isinstance(opened.session, temporary.RoleSession) else _of_principal(key_id, opened.session)
    return _Found(opened.secret, signer, expired=now >= opened.session.ends_at) if signer else None


def _of_role(key_id: str, session: temporary.RoleSession) -> Callable[[], Signer] | None:
    """Return what makes the signer of a role's session; None where the role is gone."""
    role = role_in_standing(session.role_id)
    if role is None:
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
    """Return what makes the signer of a user's own session; None where it is over: user disabled, credentials changed, sign-in ended."""
    principal = principal_in_standing(session.principal_id)
    if principal is None or principal.credential_epoch != session.epoch or (session.grant and not grant_in_standing(session.grant)):
        return None

    def signer() -> Signer:
        identity = identity_of(principal).with_key(key_id).in_session(session.began_at, mfa_authenticated=session.mfa_at is not None)
        return _principal_signer(principal, key_id, identity, session)

    return signer
