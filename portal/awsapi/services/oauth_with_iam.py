"""OAuth for programs that have credentials: tokens for them, and what there is to know of a token (guide, "Non-interactive authorization").

Permissions are asked on the service that a token is for, or on the client that it was given to, with OAuth's own condition keys.
"""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any, NamedTuple

from accounts.access_keys.temporary import PrincipalSession, Session
from accounts.models import Grant, Principal
from accounts.oauth import access_tokens, refresh_tokens
from accounts.oauth.access_tokens import AccessToken
from accounts.oauth.clients import client_of
from accounts.oauth.grants import end_grant
from accounts.oauth.resources import service_arn, service_of
from accounts.oauth.terms import new_session_arn, session_arn, session_uuid
from portal.awsapi.callers import signer_of_session
from portal.awsapi.errors import CallRefused
from portal.awsapi.permissions import require
from portal.awsapi.registry import Answer, Call, operation
from portal.conf import conf

CLIENT_ID = "arn:aws:signin:::client-credentials/sigv4"
"""The client of the client credentials grant (guide, "signin:OAuthClientId")."""
CLIENT_CREDENTIALS = "client_credentials"
ISSUER = "signin.amazonaws.com"
BEARER_SERVICES = frozenset({"ecr.amazonaws.com"})
"""Services that take bearer tokens beside those that support OAuth (service model `signin`, CreateBearerToken)."""
LONGEST_BEARER = 43_200
"""Seconds of a bearer token by default and at most (service model `signin`)."""


@operation("signin", reads=True, authorized=False)
def create_oauth2_token_with_iam(call: Call) -> Answer:
    """Give the caller an access token in its own name, for one service and an hour at most; never a refresh token."""
    service = _service(call)
    _require(call, "signin:CreateOAuth2Token", service)
    return _given(call, service, conf.access_token_lifetime)


@operation("signin", reads=True, authorized=False)
def create_bearer_token(call: Call) -> Answer:
    """Give the caller a bearer token in its own name, for one service, for as long as it asks."""
    service = _service(call, also=BEARER_SERVICES)
    seconds: int = call.parameters.get("durationSeconds", LONGEST_BEARER)
    if seconds > LONGEST_BEARER:
        message = f"The duration must be 300 to {LONGEST_BEARER} seconds."
        raise CallRefused("ValidationException", message, members={"error": "invalid_request"})
    _require(call, "signin:CreateBearerToken", service)
    return _given(call, service, timedelta(seconds=seconds))


def _service(call: Call, *, also: frozenset[str] = frozenset()) -> str:
    found = service_of(call.parameters["resource"], also=also)
    if found is None:
        message = "The resource is not a service that takes such tokens. Name its service principal, such as aws-mcp.amazonaws.com."
        raise CallRefused("ValidationException", message, members={"error": "invalid_target"})
    return found


def _require(call: Call, action: str, service: str) -> None:
    keys = {"signin:OAuthClientId": CLIENT_ID, "signin:OAuthGrantType": CLIENT_CREDENTIALS}
    require(call, action, resource=service_arn(service, region=call.region, account=call.signer.account), keys=keys)


def _given(call: Call, service: str, lifetime: timedelta) -> Answer:
    """Return an access token of the caller that ends no later than the caller's own credentials."""
    signer, ends_at = call.signer, call.now + lifetime
    if signer.session is not None:
        ends_at = min(ends_at, signer.session.ends_at)
    token = AccessToken(
        client_id=CLIENT_ID,
        resource=service,
        region=call.region,
        account=signer.account,
        session=_session(call),
        session_arn=_session_arn(call),
        issued_at=call.now,
        expires_at=ends_at,
    )
    output = {"accessToken": access_tokens.make(token), "tokenType": "Bearer", "expiresIn": token.seconds}
    extra = {"signInSessionArn": token.session_arn, "grant_type": CLIENT_CREDENTIALS, "success": "true"}
    return Answer(output, extra=extra)


def _session(call: Call) -> Session:
    """Return the caller's session; of a caller with a key of its own, one that dies with the caller."""
    signer = call.signer
    if signer.session is not None:
        return signer.session
    holder = signer.holder
    assert isinstance(holder, Principal)  # noqa: S101  # roles have sessions only
    ends_at = call.now + timedelta(seconds=LONGEST_BEARER)
    return PrincipalSession(holder.unique_id, signer.account, call.now, ends_at, epoch=0, standing=holder.standing)


def _session_arn(call: Call) -> str:
    session = call.signer.session
    if isinstance(session, PrincipalSession) and session.grant:
        return session_arn(session.grant, account=session.account, region=session.region)
    return new_session_arn(account=call.signer.account, region=call.region)


@operation("signin", reads=True, authorized=False)
def introspect_oauth2_token_with_iam(call: Call) -> Answer:
    """Tell what a token of the caller's account is and whether it is good; of any other, nothing (RFC 7662 §2.2)."""
    text: str = call.parameters["token"]
    token = access_tokens.read(text)
    if token is not None:
        return Answer(_of_access_token(call, token))
    grant = _grant_of(call, text)
    return Answer(_of_refresh_token(call, grant) if grant else {"active": False})


def _of_access_token(call: Call, token: AccessToken) -> Mapping[str, Any]:
    if token.account != call.signer.account:
        return {"active": False}
    keys = {"signin:OAuthClientId": token.client_id, "signin:OAuthTokenType": "access_token"}
    arn = service_arn(service_of(token.resource) or token.resource, region=token.region, account=token.account)
    require(call, "signin:IntrospectOAuth2Token", resource=arn, keys=keys)
    subject = signer_of_session(token.session, key_id="") if token.is_live(call.now) else None
    if subject is None:
        return {"active": False}
    whom, made = subject(), int(token.issued_at.timestamp())
    return {
        "active": True,
        "tokenType": "access_token",
        "clientId": token.client_id,
        "userId": whom.user_id,
        "sub": whom.arn,
        "accountId": token.account,
        "aud": token.resource,
        "iss": ISSUER,
        "jti": token.name,
        "iat": made,
        "nbf": made,
        "exp": int(token.expires_at.timestamp()),
        "signinSession": token.session_arn,
    }


class _Shown(NamedTuple):
    """The grant of a refresh token that was shown, and the generation of that token."""

    grant: Grant
    generation: int


def _grant_of(call: Call, text: str) -> _Shown | None:
    """Return the sign-in of a refresh token, if it is one of the caller's account."""
    named = refresh_tokens.read(text)
    if named is None:
        return None
    found = Grant.objects.select_related("principal__account", "code").filter(name=named[0], principal__account=call.signer.account).first()
    return _Shown(found, named[1]) if found else None


def _require_on_refresh_token(call: Call, action: str, grant: Grant, **more: str) -> None:
    client, account = client_of(grant.client_id), str(grant.principal.account_id)
    if client is None:  # its registration is over
        arn = service_arn(service_of(grant.resource) or grant.resource, region=grant.region, account=account)
    else:
        arn = client.resource_arn(grant.region, account, resource=grant.resource)
    require(call, action, resource=arn, keys={"signin:OAuthTokenType": "refresh_token", **more})


def _of_refresh_token(call: Call, shown: _Shown) -> Mapping[str, Any]:
    grant, principal = shown.grant, shown.grant.principal
    _require_on_refresh_token(call, "signin:IntrospectOAuth2Token", grant, **{"signin:OAuthClientId": grant.client_id})
    session = PrincipalSession(
        principal.unique_id, call.signer.account, grant.created_at, grant.expires_at, grant.credential_epoch, grant=grant.name, region=grant.region
    )
    is_newest = shown.generation == grant.generation and grant.created_at <= call.now < grant.expires_at
    subject = signer_of_session(session, key_id="") if is_newest else None
    if subject is None:
        return {"active": False}
    whom, made = subject(), int(grant.rotated_at.timestamp())
    return {
        "active": True,
        "tokenType": "refresh_token",
        "clientId": grant.client_id,
        "userId": whom.user_id,
        "sub": whom.arn,
        "accountId": call.signer.account,
        "iss": ISSUER,
        "jti": f"{session_uuid(grant.name)}:{shown.generation}",
        "iat": made,
        "nbf": made,
        "exp": int(grant.expires_at.timestamp()),
        "signinSession": session_arn(grant.name, account=call.signer.account, region=grant.region),
        "resource": grant.resource or None,
    }


@operation("signin", authorized=False)
def revoke_oauth2_token_with_iam(call: Call) -> Answer:
    """End the sign-in of a refresh token of the caller's account, with every token of its family; of any other, do nothing (RFC 7009 §2.2)."""
    shown = _grant_of(call, call.parameters["token"])
    if shown is not None:
        _require_on_refresh_token(call, "signin:RevokeOAuth2Token", shown.grant)
        end_grant(shown.grant, Grant.End.REVOKED, origin=call.origin)
    return Answer()
