"""CreateOAuth2TokenWithTokenExchange: an ID token of a sign-in becomes an access token for one service (RFC 8693; service model `signin`).

The one subject token that the portal knows is its own ID token. What comes of it lasts no longer than that, dies with the sign-in, and
may be limited by managed policies.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from django.utils.translation import gettext as _

from accounts.access_keys.revocation import principal_in_standing
from accounts.access_keys.temporary import PrincipalSession
from accounts.iam.errors import InvalidInputException
from accounts.models import Grant, Principal
from accounts.oauth import access_tokens, id_tokens
from accounts.oauth.access_tokens import AccessToken
from accounts.oauth.clients import client_of
from accounts.oauth.resources import service_arn, service_of
from accounts.oauth.terms import grant_name, session_arn
from accounts.trail import identity_of
from policies.enforcement.documents import PolicyUnreadable, compiled_managed
from policies.enforcement.programs import may_act, oauth_keys
from policies.identities.managed import own_policy
from portal.awsapi.errors import CallRefused
from portal.awsapi.permissions import denial
from portal.awsapi.registry import Answer, OpenCall, operation
from portal.conf import conf
from portal.core.actions import SigninAction
from portal.core.errors import TooMany
from portal.core.throttle import Window
from portal.network.origin import network_prefix
from portal.trail.names import EventName
from portal.trail.record import record

JWT = "urn:ietf:params:oauth:token-type:jwt"
ACCESS_TOKEN = "urn:ietf:params:oauth:token-type:access_token"  # noqa: S105  # a word, not a secret
GRANT_TYPE = "urn:ietf:params:oauth:grant-type:token-exchange"
SERVICES = frozenset({"glue.amazonaws.com"})
"""Services that take exchanged tokens beside those that support OAuth (service model `signin`)."""
MOST_POLICIES = 10
BAD_EXCHANGES = Window("bad token exchanges", 60, 60)
"""Exchanges of one address that were refused (simulator's own)."""

_ACTION = SigninAction.CREATE_OAUTH2_TOKEN


@dataclass(frozen=True, slots=True)
class _Subject:
    """Whose ID token was shown: the sign-in, with its principal, account and code, and when the token ends."""

    grant: Grant
    principal: Principal
    ends_at: datetime

    @property
    def session_arn(self) -> str:
        """The ARN of the sign-in."""
        return session_arn(self.grant.name, account=str(self.principal.account_id), region=self.grant.region)


@operation("signin", signed=False)
def create_o_auth2_token_with_token_exchange(call: OpenCall) -> Answer:
    """Give an access token for an ID token."""
    try:
        return _exchanged(call)
    except CallRefused:
        wait = BAD_EXCHANGES.hit(network_prefix(call.origin.caller)).wait
        if wait:
            raise TooMany(_("Too many token requests from this address were wrong. Try again in a minute."), retry_after=wait) from None
        raise


def _exchanged(call: OpenCall) -> Answer:
    given = call.parameters
    missing = [name for name in ("subjectToken", "subjectTokenType", "resource") if name not in given]
    if missing:
        raise _bad("ValidationException", "invalid_request", f"A token exchange needs {', '.join(missing)}.")
    if given["subjectTokenType"] != JWT:
        raise _bad("ValidationException", "invalid_request", f"The subject token's type must be {JWT}.")
    service = service_of(given["resource"], also=SERVICES)
    if service is None:
        raise _bad("ValidationException", "invalid_target", "The resource is not a service that takes such tokens.")
    subject = _subject(given["subjectToken"], call.now)
    allowed = subject.grant.resource
    if allowed and service != service_of(allowed, also=SERVICES):  # whom the person was asked about is all that may come of it
        raise _bad("ValidationException", "invalid_target", "The token can only be for the resource that was allowed.")
    scope = _scope(given.get("scope", ""), str(subject.principal.account_id))
    _permit(call, subject, service)
    grant, account = subject.grant, str(subject.principal.account_id)
    ends_at = min(call.now + conf.access_token_lifetime, subject.ends_at)
    factor_at = grant.authenticated_at if grant.factor else None
    session = PrincipalSession(
        subject.principal.unique_id, account, call.now, ends_at, grant.credential_epoch, factor_at, grant=grant.name, region=grant.region
    )
    token = AccessToken(
        client_id=grant.client_id,
        resource=service,
        region=grant.region,
        account=account,
        session=session,
        session_arn=subject.session_arn,
        issued_at=call.now,
        expires_at=ends_at,
        scope=scope,
    )
    made = access_tokens.make(token)
    if len(made) > access_tokens.LONGEST:
        raise _bad("InvalidScopeException", "invalid_scope", "The scope is too long.")
    _record(call, subject, service)
    return Answer({"accessToken": made, "issuedTokenType": ACCESS_TOKEN, "tokenType": "Bearer", "expiresIn": token.seconds})


def _bad(kind: str, word: str, message: str) -> CallRefused:
    return CallRefused(kind, message, members={"error": word})


def _subject(token: str, now: datetime) -> _Subject:
    """Return whose ID token this is, if its sign-in still stands. One answer for everything else, so that nothing is learnt by trying."""
    claims = id_tokens.read(token, now=now)
    grant = _grant(claims) if claims else None
    principal = principal_in_standing(grant.principal.unique_id) if grant else None
    good = grant is not None and principal is not None and principal.credential_epoch == grant.credential_epoch
    if claims is None or grant is None or principal is None or not good or grant.expires_at <= now or claims["sub"] != principal.arn:
        raise _bad("InvalidGrantException", "invalid_grant", "The subject token is not a good ID token of this portal.")
    return _Subject(grant, principal, min(datetime.fromtimestamp(claims["exp"], UTC), grant.expires_at))


def _grant(claims: Mapping[str, Any]) -> Grant | None:
    try:
        name = grant_name(claims["signin_session"])
    except ValueError:
        return None
    found = Grant.objects.select_related("principal", "code").filter(name=name, ended_at=None).first()
    return found if found is not None and found.client_id == claims["aud"] and client_of(found.client_id) is not None else None


def _scope(scope: str, account: str) -> str:
    """Return the ARNs of the managed policies that limit the token, each once; refuses what is none that the account could attach."""
    arns = list(dict.fromkeys(scope.split()))
    if len(arns) > MOST_POLICIES or not all(_is_policy(arn, account) for arn in arns):
        raise _bad("InvalidScopeException", "invalid_scope", f"The scope must be ARNs of at most {MOST_POLICIES} managed policies, parted by spaces.")
    return " ".join(arns)


def _is_policy(arn: str, account: str) -> bool:
    if arn.startswith("arn:aws:iam::aws:policy/"):
        try:
            compiled_managed(arn)
        except PolicyUnreadable:
            return False
        return True
    try:
        return own_policy(account, arn) is not None
    except InvalidInputException:
        return False


def _permit(call: OpenCall, subject: _Subject, service: str) -> None:
    """Ask the policies, as at any token; the operation's model knows no other word for their no than that the grant is not good."""
    grant, principal = subject.grant, subject.principal
    resource = service_arn(service, region=grant.region, account=str(principal.account_id))
    redirect_uri = grant.code.redirect_uri if grant.code else ""
    keys = oauth_keys(client_id=grant.client_id, redirect_uri=redirect_uri, grant_type=GRANT_TYPE)
    verdict = may_act(principal, _ACTION, resource=resource, region=grant.region, origin=call.origin, with_mfa=bool(grant.factor), keys=keys)
    if not verdict.allowed:
        message = denial(principal.arn, _ACTION, resource, verdict.decision)
        _record(call, subject, service, error=message, note=verdict.note)
        raise _bad("InvalidGrantException", "invalid_grant", message)


def _record(call: OpenCall, subject: _Subject, service: str, *, error: str = "", note: Mapping[str, Any] | None = None) -> None:
    grant = subject.grant
    record(
        EventName.CREATE_OAUTH2_TOKEN,
        identity=identity_of(subject.principal).in_session(
            grant.authenticated_at, mfa_authenticated=bool(grant.factor), signin_session=subject.session_arn
        ),
        origin=call.origin,
        succeeded=not error,
        error=error,
        extra={"signInSessionArn": subject.session_arn, "grant_type": GRANT_TYPE},
        region=grant.region,
        request_parameters={"resource": service, "client_id": grant.client_id},
        note=note,
    )
