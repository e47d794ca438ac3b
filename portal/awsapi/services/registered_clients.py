"""What the token endpoint gives to clients that registered themselves, and to whoever speaks plain OAuth (RFC 6749 §5, RFC 8707 §2.2)."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any
from urllib.parse import parse_qsl

from accounts.oauth import access_tokens
from accounts.oauth.access_tokens import AccessToken
from accounts.oauth.clients import Client
from accounts.oauth.terms import Issued, Terms
from portal.awsapi.errors import CallRefused
from portal.awsapi.registry import OpenCall
from portal.conf import conf


def bearer(issued: Issued, client: Client) -> Mapping[str, Any]:
    """Return the answer with an access token for the service that was allowed, and with a refresh token if the client gets any."""
    terms = issued.terms
    ends_at = min(issued.at + conf.access_token_lifetime, terms.expires_at)
    token = AccessToken(
        client_id=terms.client_id,
        resource=terms.resource,
        region=terms.region,
        account=terms.account,
        # The token knows its grant itself: it may outlive it, which credentials do not (guide, "Session revoked but the agent still has access").
        session=replace(issued.session(), ends_at=ends_at, grant="", region="", epoch=0),
        session_arn=terms.session_arn,
        issued_at=issued.at,
        expires_at=ends_at,
        grant=terms.name,
        epoch=terms.epoch,
    )
    return {
        "accessToken": access_tokens.make(token),
        "tokenType": "Bearer",
        "expiresIn": token.seconds,
        "refreshToken": issued.refresh_token if client.refreshes else None,
        "scope": terms.scope or None,
    }


def refuse_widening(call: OpenCall, terms: Terms) -> None:
    """Refuse a request for another resource, or for a wider scope, than the person allowed (RFC 6749 §6, RFC 8707 §2.2)."""
    sent = dict(parse_qsl(call.request.body.decode("utf-8", "replace"), keep_blank_values=True))
    if sent.get("resource", terms.resource) != terms.resource:
        raise CallRefused("ValidationException", "The token can only be for the resource that was allowed.", members={"error": "invalid_target"})
    if not set(sent.get("scope", "").split()) <= set(terms.scope.split()):
        raise CallRefused("ValidationException", "The scope is wider than what was allowed.", members={"error": "invalid_scope"})
