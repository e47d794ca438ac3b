"""The end of every journey: a sign-in session, its event, and the way into the console by OAuth."""

from django.db import transaction
from django.http import HttpRequest, HttpResponse

from accounts.models import Principal
from accounts.oauth.console_client import authorization_redirect
from accounts.sessions.browser import hand_over, is_full
from accounts.sessions.flows import open_session
from accounts.sessions.middleware import OPERATOR_COOKIE
from accounts.signin import attempt as attempts
from accounts.signin import known_browser
from accounts.signin.attempt import Attempt, attempt_origin
from accounts.signin.refusals import Refusal, account_refusal, refused
from accounts.signin.remembered_account import forget_account, remember_account, remembers_account
from accounts.trail import identity_of
from portal.conf import conf
from portal.core.http import is_local_path, see_other, write_cookie
from portal.core.prepared import PreparedQuery
from portal.network.origin import origin_of
from portal.trail.names import EventName
from portal.trail.record import console_login, record

_STILL_GOOD = PreparedQuery(
    lambda pk, epoch: Principal.objects.select_related("account").filter(pk=pk, credential_epoch=epoch, is_active=True), pk=int, epoch=int
)


def _still_good(attempt: Attempt) -> Principal | None:
    """Return the attempt's principal as the database has it now, or None when its password, or its right to sign in, went in the meantime."""
    return _STILL_GOOD.first(pk=attempt.principal, epoch=attempt.credential_epoch)


def finish(request: HttpRequest, attempt: Attempt, *, principal: Principal | None = None) -> HttpResponse:
    """Open the session of an attempt whose stages are all done, and send the browser on.

    `principal` spares the query when the caller has just read it in this very request.
    """
    principal = principal or _still_good(attempt)
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
    with transaction.atomic():
        session, secret = open_session(principal, origin=origin)
        console_login(
            identity_of(principal),
            origin=origin,
            succeeded=True,
            login_to=f"{conf.base_url}/console/{session.name}/home",
            remembers_account=remembers_account(request),
            note=getattr(request, "policy_note", None),
            principal_key=principal.unique_id,
        )
    destination = attempt.destination if is_local_path(attempt.destination) else ""
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
    return response


def _finish_operator(request: HttpRequest, attempt: Attempt, principal: Principal) -> HttpResponse:
    origin = origin_of(request)
    with transaction.atomic():
        _session, secret = open_session(principal, origin=origin)
        record(EventName.OPERATOR_LOGIN, identity=identity_of(principal), origin=origin, succeeded=True, principal_key=principal.unique_id)
    destination = attempt.destination if is_local_path(attempt.destination) else "/admin/"
    attempts.forget(request)
    response = see_other(destination)
    write_cookie(response, OPERATOR_COOKIE, secret, max_age=int(conf.console_session_lifetime.total_seconds()), samesite="Strict")
    known_browser.remember(request, response, principal)
    return response
