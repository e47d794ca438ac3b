"""The end of every journey: a sign-in session, its event, and the way into the console by OAuth."""

from django.db import transaction
from django.http import HttpRequest, HttpResponse

from accounts.models import Principal
from accounts.oauth.console_client import authorization_redirect
from accounts.sessions.browser import hand_over, is_full
from accounts.sessions.flows import draft_session, open_session
from accounts.sessions.middleware import OPERATOR_COOKIE
from accounts.signin import attempt as attempts
from accounts.signin import known_browser
from accounts.signin.attempt import Attempt, attempt_origin
from accounts.signin.journeys import arrival_of, endings
from accounts.signin.refusals import Refusal, account_refusal, refused
from accounts.signin.remembered_account import forget_account, remember_account, remembers_account
from accounts.signin.standing import proved_principal
from accounts.trail import identity_of
from portal.conf import conf
from portal.core.http import is_local_path, see_other, write_cookie
from portal.core.prepared import insert_both
from portal.network.origin import origin_of
from portal.trail.names import EventName
from portal.trail.record import draft_console_login, record

THIS_SESSION = "{session}"
"""What an attempt's destination says for the name of the session that is not open yet."""


def finish(request: HttpRequest, attempt: Attempt) -> HttpResponse:
    """Open the session of an attempt whose stages are all done, and send the browser on; a journey with an end of its own goes there."""
    arrive = arrival_of(attempt.journey)
    if arrive is not None:
        return arrive(request, attempt)
    principal = proved_principal(request, attempt)
    if principal is None:
        attempts.forget(request)
        return see_other("/console/?timed_out=1")
    if principal.kind == Principal.Kind.OPERATOR:
        return _finish_operator(request, attempt, principal)
    refusal = account_refusal(principal.account) if principal.account else None
    if refusal is None and is_full(request):
        refusal = Refusal.TOO_MANY_IDENTITIES
    if refusal is not None:
        attempts.forget(request)
        return refused(request, refusal)
    origin = attempt_origin(origin_of(request), attempt)
    session, secret = draft_session(principal, origin=origin, factor=attempt.factor_used)
    event = draft_console_login(
        identity_of(principal),
        origin=origin,
        succeeded=True,
        login_to=f"{conf.base_url}/console/{session.name}/home",
        mfa_used=bool(attempt.factor_used),
        mfa_identifier=attempt.factor_used,
        remembers_account=remembers_account(request),
        note=getattr(request, "policy_note", None),
        principal_key=principal.unique_id,
    )
    insert_both(session, event)
    destination = attempt.destination.replace(THIS_SESSION, session.name) if is_local_path(attempt.destination) else ""
    attempts.forget(request)
    response = authorization_redirect(session, destination=destination)
    hand_over(response, session, secret)
    if not attempt.browser_known:
        known_browser.remember(request, response, principal)
    if attempt.journey == "iam_user":
        if attempt.remember:
            remember_account(response, account=attempt.account, username=principal.name)
        elif remembers_account(request):
            forget_account(response)
    _end(request, attempt, principal, response)
    return response


def _end(request: HttpRequest, attempt: Attempt, principal: Principal, response: HttpResponse) -> None:
    for ending in endings():
        ending(request, attempt, principal, response)


def _finish_operator(request: HttpRequest, attempt: Attempt, principal: Principal) -> HttpResponse:
    origin = origin_of(request)
    with transaction.atomic():
        _session, secret = open_session(principal, origin=origin, factor=attempt.factor_used)
        record(EventName.OPERATOR_LOGIN, identity=identity_of(principal), origin=origin, succeeded=True, principal_key=principal.unique_id)
    destination = attempt.destination if is_local_path(attempt.destination) else "/admin/"
    attempts.forget(request)
    response = see_other(destination)
    write_cookie(response, OPERATOR_COOKIE, secret, max_age=int(conf.console_session_lifetime.total_seconds()), samesite="Strict")
    known_browser.remember(request, response, principal)
    _end(request, attempt, principal, response)
    return response
