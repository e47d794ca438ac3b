"""What a person's answer to a program does: a code and its event, or the event alone."""

from collections.abc import Mapping
from typing import Any

from django.db import IntegrityError, transaction

from accounts.models import SignInSession
from accounts.oauth.clients import Client
from accounts.oauth.flows import find_code
from accounts.oauth.grants import make_grant_code
from accounts.oauth.pending import PendingRequest
from accounts.oauth.requests import AuthorizationRequest
from accounts.trail import identity_of
from portal.core import clock
from portal.core.tokens import keyed_digest
from portal.network.origin import Origin
from portal.trail.names import EventName
from portal.trail.record import encoded, record

DENIED = "access_denied"
"""RFC 6749 §4.1.2.1."""


def region_of(asked: AuthorizationRequest, session: SignInSession) -> str:
    """Return the region whose endpoint a request reached: the one that its address names, else the sign-in's own."""
    return asked.region or session.region


def allow(
    asked: AuthorizationRequest, session: SignInSession, *, client: Client, origin: Origin, note: Mapping[str, Any] | None = None, name: str = ""
) -> str | None:
    """Make the code by which the program signs in, with its event, and return it. None when the request was answered with a code before.

    The code of a pending request follows from its `name`, which is this browser's alone, and from the portal's secret. So a form that is
    sent twice gets the same code while that is good, and the database refuses a second one for good.
    """
    code = keyed_digest("program-code", name) if name else ""
    try:
        with transaction.atomic():
            made = make_grant_code(
                session,
                client=client,
                redirect_uri=asked.redirect_uri,
                challenge=asked.challenge,
                scope=asked.scope,
                region=region_of(asked, session),
                resource=asked.resource,
                jkt=asked.jkt,
                note=encoded(note) if note else "",
                code=code,
            )
            record_answer(asked, session, origin=origin, note=note)
            return made
    except IntegrityError:
        row = find_code(code)
        is_good = row is not None and row.session_id == session.pk and row.used_at is None and row.expires_at > clock.now()
        return code if is_good else None


def deny(waiting: PendingRequest, session: SignInSession, *, origin: Origin) -> None:
    """Record that the person gave the program nothing."""
    record_answer(waiting.asked, session, origin=origin, error=f"{DENIED}: The user denied the request")


def record_answer(
    asked: AuthorizationRequest, session: SignInSession, *, origin: Origin, error: str = "", note: Mapping[str, Any] | None = None
) -> None:
    """Record `AuthorizeOAuth2Access` (guide, "Monitoring OAuth activity"); with `error`, as refused."""
    principal = session.principal
    parameters = {
        **({"resource": asked.resource} if asked.resource else {}),
        "redirect_uri": asked.redirect_uri,
        "code_challenge_method": asked.challenge_method,
        "client_id": asked.client_id,
    }
    record(
        EventName.AUTHORIZE_OAUTH2_ACCESS,
        identity=identity_of(principal).in_session(session.authenticated_at, mfa_authenticated=bool(session.factor)),
        origin=origin,
        succeeded=not error,
        error=error,
        region=region_of(asked, session),
        account=principal.account_id or "",
        principal_key=principal.unique_id,
        request_parameters=parameters,
        note=note,
    )
