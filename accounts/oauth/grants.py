"""Programs' sign-ins: codes become grants, grants give credentials, refresh tokens rotate (RFC 6749 §4.1, §6; RFC 9700 §2.1.1, §4.14.2).

A code and a refresh token count once, each by one guarded UPDATE. Clients repeat a request whose answer was lost, with the same key:
within `RETRY` such a repetition gets what the first one got. Any other second use ends the grant.
"""

import secrets
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import OuterRef, Subquery

from accounts.access_keys.revocation import principal_in_standing, standing_changed
from accounts.models import Account, AuthorizationCode, Grant, Principal, SignInSession
from accounts.oauth import refresh_tokens
from accounts.oauth.clients import Client, ClientKind
from accounts.oauth.terms import Issued, Permit, Refusal, Terms, TokenRefused, session_arn
from accounts.trail import identity_of
from portal.conf import conf
from portal.core import clock, pkce
from portal.core.base64url import written
from portal.core.prepared import PreparedQuery, PreparedUpdate, insert
from portal.core.tokens import digest, new_token, same
from portal.network.origin import Origin
from portal.trail.models import Event
from portal.trail.names import EventName
from portal.trail.record import draft, record

RETRY = timedelta(seconds=10)
"""How long a repeated request counts as the client's own retry (the cloud calls a refresh idempotent for a while and publishes no figure)."""
CODE_GRANT, REFRESH_GRANT = "authorization_code", "refresh_token"
"""The values of `grant_type` (RFC 6749 §4.1.3, §6)."""

_MOST_TERMS = 20_000
_terms: dict[str, Terms] = {}
"""Terms by the grant's name: they never change, and nothing is decided from them that the guarded UPDATE does not decide again."""

_BY_CODE = PreparedQuery(lambda code: AuthorizationCode.objects.select_related("session__principal__account").filter(code_digest=code), code=str)
_BY_NAME = PreparedQuery(lambda name: Grant.objects.select_related("principal", "code").filter(name=name), name=str)
_TAKE_CODE = PreparedUpdate(
    lambda pk, now: (AuthorizationCode.objects.filter(pk=pk, used_at=None, expires_at__gt=now), {"used_at": now}), pk=int, now=datetime
)
_EPOCH_IN_STANDING = Principal.objects.filter(
    pk=OuterRef("principal_id"), is_active=True, reset_required_because="", account__status=Account.Status.ACTIVE
).values("credential_epoch")
# Every condition is on the row itself, or a subquery on rows that no rotation writes: PostgreSQL tests them anew once it has the row.
_ROTATE = PreparedUpdate(
    lambda name, generation, following, now: (
        Grant.objects.filter(name=name, generation=generation, ended_at=None, expires_at__gt=now, credential_epoch=Subquery(_EPOCH_IN_STANDING)),
        {"generation": following, "rotated_at": now},
    ),
    name=str,
    generation=int,
    following=int,
    now=datetime,
)

_CODE_OVER = "This authorization code is no longer valid. Start again with 'aws login'."
_GRANT_OVER = "This sign-in has ended. Sign in again with 'aws login'."
_CHANGED = "The password or the standing of this identity has changed since this sign-in. Sign in again with 'aws login'."
_NOT_YOURS = "The code or token does not belong to this client, redirect URI, code verifier or key."


def make_grant_code(
    session: SignInSession,
    *,
    client: Client,
    redirect_uri: str,
    challenge: str,
    scope: str,
    region: str,
    resource: str = "",
    jkt: str = "",
    note: str = "",
    code: str = "",
) -> str:
    """Make a code by which `client` gets tokens in the name of the session's principal, who has allowed it; return the code.

    The caller has checked that the client takes `redirect_uri`. `region` is the one whose endpoint was reached, `jkt` the thumbprint
    of the DPoP key that the client named in advance, if it did (RFC 9449 §10), `note` the policy questions that were asked, as JSON.
    A `code` that the caller made is unguessable; the database refuses the same one twice. One that a person carries to another machine
    lives as long as that may take.
    """
    code, now = code or new_token(), clock.now()
    lifetime = conf.confirmation_code_lifetime if client.kind is ClientKind.CROSS_DEVICE else conf.authorization_code_lifetime
    insert(
        AuthorizationCode(
            code_digest=digest(code),
            session=session,
            browser_digest=session.secret_digest,
            client_id=client.client_id,
            redirect_uri=redirect_uri,
            code_challenge=challenge,
            scope=scope,
            resource=resource,
            region=region,
            jkt=jkt,
            credential_epoch=session.principal.credential_epoch,
            note=note,
            created_at=now,
            expires_at=now + lifetime,
        )
    )
    return code


def redeem(*, code: str, client: Client, redirect_uri: str, verifier: str, jkt: str, origin: Origin, permit: Permit) -> Issued:
    """Redeem a code and make its grant; raises `TokenRefused`.

    Client, redirect URI, PKCE and a key named in advance are compared before the code is consumed, so that a stranger who learnt it
    cannot burn it. `jkt` is the thumbprint of the key that the request proved, which the grant is bound to.
    """
    row = _BY_CODE.first(code=digest(code))
    if row is None:
        raise TokenRefused(Refusal.CODE_EXPIRED, _CODE_OVER, of_nobody=True)
    matches = (
        same(row.client_id, client.client_id)
        and same(row.redirect_uri, redirect_uri)
        and pkce.verifies(verifier=verifier, challenge=row.code_challenge)
        and (not row.jkt or same(row.jkt, jkt))
    )
    if not matches:
        raise TokenRefused(Refusal.INVALID_GRANT, _NOT_YOURS)
    principal, now = row.session.principal, clock.now()
    grant = _grant_for(row, jkt=jkt, origin=origin, now=now)
    try:
        _check_standing(principal, row.credential_epoch)
        if row.used_at is not None:
            return _redeemed_again(row, jkt=jkt, origin=origin, now=now, permit=permit)
        if row.expires_at <= now or row.session.ended_at is not None:
            raise TokenRefused(Refusal.CODE_EXPIRED, _CODE_OVER)
        permit(principal, Terms.of(grant))
        with transaction.atomic():
            if _TAKE_CODE.run(pk=row.pk, now=now) == 1:
                insert(grant)
                issued = Issued(Terms.of(grant), principal, 0, now)
                _record(issued.terms, principal, CODE_GRANT, origin=origin)
                return issued
        return _redeemed_again(row, jkt=jkt, origin=origin, now=now, permit=permit)
    except TokenRefused as refused:
        _record(Terms.of(grant), principal, CODE_GRANT, origin=origin, refused=refused)
        raise


def _grant_for(row: AuthorizationCode, *, jkt: str, origin: Origin, now: datetime) -> Grant:
    session = row.session
    return Grant(
        name=written(secrets.token_bytes(16)),
        principal=session.principal,
        code=row,
        client_id=row.client_id,
        resource=row.resource,
        scope=row.scope,
        region=row.region or session.region,
        jkt=jkt,
        factor=session.factor,
        # A second factor is as old as the sign-in: what confirms a change in the console later may be the password alone.
        authenticated_at=session.created_at if session.factor else session.authenticated_at,
        credential_epoch=row.credential_epoch,
        source_ip=origin.address,
        user_agent=origin.user_agent,
        created_at=now,
        rotated_at=now,
        expires_at=now + conf.login_grant_lifetime,
    )


def _redeemed_again(row: AuthorizationCode, *, jkt: str, origin: Origin, now: datetime, permit: Permit) -> Issued:
    """Answer the client's own retry as the first time; end the grant for anything else (RFC 9700 §2.1, ASVS 10.4.2)."""
    grant = Grant.objects.select_related("principal__account", "code").filter(code=row.pk).first()
    if grant is None:
        raise TokenRefused(Refusal.CODE_EXPIRED, _CODE_OVER)
    is_retry = grant.jkt and same(grant.jkt, jkt) and grant.generation == 0 and grant.ended_at is None and abs(now - grant.created_at) <= RETRY
    if not is_retry:
        end_grant(grant, Grant.End.CODE_REPLAYED, origin=origin)
        raise TokenRefused(Refusal.CODE_EXPIRED, "This authorization code was used before; what it gave has been revoked. Sign in again.")
    permit(grant.principal, Terms.of(grant))
    _record(Terms.of(grant), grant.principal, CODE_GRANT, origin=origin)
    return Issued(Terms.of(grant), grant.principal, 0, now)


def refresh(*, token: str, client: Client, jkt: str, origin: Origin, permit: Permit) -> Issued:
    """Rotate a refresh token; raises `TokenRefused`. A token of a former generation ends its whole family (RFC 9700 §4.14.2)."""
    named = refresh_tokens.read(token)
    terms = _terms_of(named[0]) if named else None
    if named is None or terms is None:
        raise TokenRefused(Refusal.TOKEN_EXPIRED, _GRANT_OVER, of_nobody=True)
    if not same(terms.client_id, client.client_id) or not same(terms.jkt, jkt):
        raise TokenRefused(Refusal.INVALID_GRANT, _NOT_YOURS)
    principal, generation, now = principal_in_standing(terms.principal), named[1], clock.now()
    try:
        if principal is None or principal.credential_epoch != terms.epoch or principal.reset_required_because:
            raise _why_over(terms)
        permit(principal, terms)
        event = _event(terms, principal, REFRESH_GRANT, origin=origin)
        if _ROTATE.run_with(event, name=terms.name, generation=generation, following=generation + 1, now=now) == 1:
            return Issued(terms, principal, generation + 1, now)
        return _refreshed_again(terms, generation, origin=origin, now=now)
    except TokenRefused as refused:
        owner = principal or Principal.objects.select_related("account").filter(unique_id=terms.principal).first()
        if owner is not None:
            _record(terms, owner, REFRESH_GRANT, origin=origin, refused=refused)
        raise


def _terms_of(name: str) -> Terms | None:
    terms = _terms.get(name)
    if terms is None and (grant := _BY_NAME.first(name=name)) is not None:
        if len(_terms) >= _MOST_TERMS:
            _terms.clear()
        terms = _terms[name] = Terms.of(grant)
    return terms


def _refreshed_again(terms: Terms, generation: int, *, origin: Origin, now: datetime) -> Issued:
    """Answer the client's own retry as the first time; say why anything else is over, and end the family of a token that was used before."""
    grant = Grant.objects.select_related("principal__account").filter(name=terms.name).first()
    if grant is None or grant.ended_at is not None or grant.expires_at <= now or grant.generation <= generation:
        raise _why_over(terms)
    _check_standing(grant.principal, grant.credential_epoch)
    if grant.generation == generation + 1 and grant.jkt and abs(now - grant.rotated_at) <= RETRY:
        _record(terms, grant.principal, REFRESH_GRANT, origin=origin)
        return Issued(terms, grant.principal, grant.generation, now)
    end_grant(grant, Grant.End.TOKEN_REPLAYED, origin=origin)
    raise TokenRefused(Refusal.TOKEN_EXPIRED, "This refresh token was used before, so the whole sign-in was revoked. Sign in again with 'aws login'.")


def _why_over(terms: Terms) -> TokenRefused:
    """Return the refusal for a grant that gives nothing any more."""
    grant = Grant.objects.select_related("principal__account").filter(name=terms.name).first()
    if grant is not None and grant.end_reason == Grant.End.CREDENTIALS_CHANGED:
        return TokenRefused(Refusal.CREDENTIALS_CHANGED, _CHANGED)
    if grant is not None and grant.ended_at is None:
        try:
            _check_standing(grant.principal, grant.credential_epoch)
        except TokenRefused as refused:
            return refused
    return TokenRefused(Refusal.TOKEN_EXPIRED, _GRANT_OVER)


def _check_standing(principal: Principal, epoch: int) -> None:
    """Refuse whoever may not sign in any more, and a grant that was given before the credentials changed."""
    account = principal.account
    removed = principal.kind == Principal.Kind.ROOT and account is not None and not account.has_root_credentials
    if account is None or account.status != Account.Status.ACTIVE or not principal.is_active or removed:
        raise TokenRefused(Refusal.TOKEN_EXPIRED, _GRANT_OVER)
    if principal.credential_epoch != epoch or principal.reset_required_because:
        raise TokenRefused(Refusal.CREDENTIALS_CHANGED, _CHANGED)


def end_grant(grant: Grant, reason: Grant.End, *, origin: Origin) -> bool:
    """End a grant, and with it its refresh tokens and what credentials it gave, and record it; False when it had ended already.

    The grant's principal must have been read with its account.
    """
    with transaction.atomic():
        if Grant.objects.filter(pk=grant.pk, ended_at=None).update(ended_at=clock.now(), end_reason=reason) != 1:
            return False
        standing_changed()
        record(
            EventName.SESSION_ENDED,
            identity=identity_of(grant.principal),
            origin=origin,
            succeeded=True,
            account=grant.principal.account_id or "",
            principal_key=grant.principal.unique_id,
            extra={"session": session_arn(grant.name, account=str(grant.principal.account_id), region=grant.region), "reason": reason.value},
        )
    return True


def _record(terms: Terms, principal: Principal, grant_type: str, *, origin: Origin, refused: TokenRefused | None = None) -> None:
    """Record `CreateOAuth2Token`: in the transaction of what succeeded, alone where it was refused."""
    insert(_event(terms, principal, grant_type, origin=origin, refused=refused))


def _event(terms: Terms, principal: Principal, grant_type: str, *, origin: Origin, refused: TokenRefused | None = None) -> Event:
    """Return the event `CreateOAuth2Token` (guide, "Monitoring OAuth activity")."""
    identity = identity_of(principal).in_session(terms.authenticated_at, mfa_authenticated=bool(terms.factor), signin_session=terms.session_arn)
    return draft(
        EventName.CREATE_OAUTH2_TOKEN,
        identity=identity,
        origin=origin,
        succeeded=refused is None,
        error=f"{refused.refusal}: {refused}" if refused else "",
        extra={"signInSessionArn": terms.session_arn, "grant_type": grant_type},
        region=terms.region,
        request_parameters={**({"resource": terms.resource} if terms.resource else {}), "client_id": terms.client_id},
        note=refused.note if refused else None,
    )
