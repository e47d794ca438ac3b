"""AWS Sign-In's data plane: tokens for programs (service model `signin` 2023-01-01; guide, "Sign in through the AWS Command Line Interface")."""

import time
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from django.utils.translation import gettext as _

from accounts.access_keys import temporary
from accounts.models import Principal
from accounts.oauth import dpop, grants, id_tokens, proofs
from accounts.oauth.clients import Client, ClientKind, client_of
from accounts.oauth.terms import Issued, Refusal, Terms, TokenRefused
from policies.enforcement.programs import may_act, oauth_keys
from policies.enforcement.words import denial_words
from portal.awsapi.errors import CallRefused
from portal.awsapi.permissions import denial
from portal.awsapi.registry import Answer, OpenCall, operation
from portal.awsapi.services.registered_clients import bearer, refuse_widening
from portal.conf import conf
from portal.core.actions import SigninAction
from portal.core.errors import TooMany
from portal.core.throttle import Window
from portal.network.origin import network_prefix

TOKEN_TYPE = "aws_sigv4"  # noqa: S105  # a word, not a secret
BAD_REQUESTS = Window("bad token requests", 100, 60)
"""Token requests of one address that name no good code, token or proof (simulator's own)."""

_ACTION = SigninAction.CREATE_OAUTH2_TOKEN
_blocked: dict[str, float] = {}
"""Addresses over the allowance, each with the end of its wait on this process's clock: a good request of any other costs no look at the count."""
_MOST_BLOCKED = 10_000

_OAUTH_WORDS = {
    Refusal.TOKEN_EXPIRED: "invalid_grant",
    Refusal.CODE_EXPIRED: "invalid_grant",
    Refusal.CREDENTIALS_CHANGED: "invalid_grant",
    Refusal.NOT_PERMITTED: "access_denied",
    Refusal.INVALID_GRANT: "invalid_grant",
}
"""What clients that speak plain OAuth are told (RFC 6749 §5.2); the others read the words of the service model."""


@operation("signin", signed=False, open_members=frozenset({"clientId", "grantType"}))
def create_oauth2_token(call: OpenCall) -> Answer:
    """Give tokens for an authorization code, or for a refresh token."""
    address = network_prefix(call.origin.caller)
    _refuse_blocked(address)
    try:
        client = _client(call, call.parameters["tokenInput"]["clientId"])
        issued, is_new = _issued(call, client, call.parameters["tokenInput"])
    except CallRefused:
        _count_bad(address)
        raise
    except TokenRefused as refused:
        if refused.of_nobody or refused.refusal in {Refusal.INVALID_GRANT, Refusal.CODE_EXPIRED}:
            _count_bad(address)
        kind = "ValidationException" if refused.refusal is Refusal.INVALID_GRANT else "AccessDeniedException"
        word = _OAUTH_WORDS[refused.refusal] if call.is_form else refused.refusal
        raise CallRefused(kind, str(refused), members={"error": word}) from None
    id_token = id_tokens.make(issued) if is_new and "openid" in issued.terms.scope.split() else None
    if client.kind is ClientKind.REGISTERED:
        return Answer({"tokenOutput": {**bearer(issued, client), "idToken": id_token}})
    made = temporary.issue(issued.session())
    output = {
        "accessToken": {"accessKeyId": made.key_id, "secretAccessKey": made.secret, "sessionToken": made.token},
        "tokenType": TOKEN_TYPE,
        "expiresIn": issued.seconds,
        "refreshToken": issued.refresh_token,
        "idToken": id_token,
    }
    return Answer({"tokenOutput": output})


def _client(call: OpenCall, client_id: str) -> Client:
    """Return the client that asks. One that registered itself speaks plain OAuth; nobody gets more than was allowed."""
    client = client_of(client_id)
    if client is None or client.kind is ClientKind.CONSOLE:
        raise _bad(call, "invalid_client", "There is no client of this ID that gets tokens here.")
    if client.kind is ClientKind.REGISTERED and not call.is_form:
        raise _bad(call, "invalid_request", "Send the parameters as application/x-www-form-urlencoded.")
    return client


def _issued(call: OpenCall, client: Client, given: Mapping[str, Any]) -> tuple[Issued, bool]:
    """Return what a request is given, and whether that begins a sign-in."""
    grant_type = given["grantType"]
    if grant_type == grants.CODE_GRANT:
        _require(call, given, "code", "redirectUri", "codeVerifier")
        jkt = _proved_key(call, client)
        issued = grants.redeem(
            code=given["code"],
            client=client,
            redirect_uri=given["redirectUri"],
            verifier=given["codeVerifier"],
            jkt=jkt,
            origin=call.origin,
            permit=lambda principal, terms: _permit(call, client, principal, terms, grant_type),
        )
        return issued, True
    if grant_type == grants.REFRESH_GRANT and not client.refreshes:
        raise _bad(call, "unauthorized_client", "This client registered without refresh tokens.")
    if grant_type == grants.REFRESH_GRANT:
        _require(call, given, "refreshToken")
        jkt = _proved_key(call, client)
        issued = grants.refresh(
            token=given["refreshToken"],
            client=client,
            jkt=jkt,
            origin=call.origin,
            permit=lambda principal, terms: _permit(call, client, principal, terms, grant_type),
        )
        return issued, False
    raise CallRefused(
        "ValidationException",
        f"The grant type must be {grants.CODE_GRANT} or {grants.REFRESH_GRANT}.",
        members={"error": "unsupported_grant_type"},
    )


def _bad(call: OpenCall, word: str, message: str) -> CallRefused:
    """Return the refusal of a request that cannot be right; `word` is for clients that speak plain OAuth."""
    return CallRefused("ValidationException", message, members={"error": word if call.is_form else "INVALID_REQUEST"})


def _require(call: OpenCall, given: Mapping[str, Any], *names: str) -> None:
    missing = [name for name in names if not given.get(name)]
    if missing:
        raise _bad(call, "invalid_request", f"A request of the grant type {given['grantType']} needs {', '.join(missing)}.")


def _proved_key(call: OpenCall, client: Client) -> str:
    """Return the thumbprint of the key that the request proves; empty where it proves none and the client need not."""
    headers = call.request.headers
    if "dpop" not in headers and not client.proves_key:
        return ""
    hosts = {urlsplit(conf.base_url).netloc, headers.get("host", "")}
    try:
        proof = dpop.verify(
            headers.get("dpop", ""), method=call.request.method, path=call.request.path, hosts=hosts, secure=conf.secure, now=time.time()
        )
        proofs.use(proof, body=call.request.body)
    except dpop.ProofRefused as refused:
        raise _bad(call, "invalid_dpop_proof", str(refused)) from None
    return proof.jkt


def _permit(call: OpenCall, client: Client, principal: Principal, terms: Terms, grant_type: str) -> None:
    """Ask the policies, at the code and at every refresh; refuses first what asks for more than was allowed."""
    if call.is_form:
        refuse_widening(call, terms)
    resource = client.resource_arn(terms.region, terms.account, resource=terms.resource)
    keys = oauth_keys(client_id=terms.client_id, redirect_uri=terms.redirect_uri, grant_type=grant_type)
    verdict = may_act(principal, _ACTION, resource=resource, region=terms.region, origin=call.origin, with_mfa=bool(terms.factor), keys=keys)
    if verdict.allowed:
        return
    decision = verdict.decision
    message = denial_words(_ACTION, decision) if verdict.by_console_access else denial(principal.arn, _ACTION, resource, decision)
    raise TokenRefused(Refusal.NOT_PERMITTED, message, note=verdict.note)


def _refuse_blocked(address: str) -> None:
    until = _blocked.get(address)
    if until is None:
        return
    left = until - time.monotonic()
    # The count has the last word: it is gone when the world was reset, and its window may be over before this wait is.
    if left > 0 and BAD_REQUESTS.is_over(address):
        raise TooMany(_("Too many token requests from this address were wrong. Try again in a minute."), retry_after=int(left) + 1)
    _blocked.pop(address, None)


def _count_bad(address: str) -> None:
    wait = BAD_REQUESTS.hit(address).wait
    if wait:
        if len(_blocked) >= _MOST_BLOCKED:
            _blocked.clear()
        _blocked[address] = time.monotonic() + wait
