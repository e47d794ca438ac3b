"""`/console/`: the way in, and the console's OAuth callback."""

import json

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_safe

from accounts.models import AuthorizationCode
from accounts.oauth.clients import CONSOLE_CLIENT_ID
from accounts.oauth.console_client import drop_pending, pending_authorization
from accounts.oauth.flows import Redeemed, find_code, redeem_for_console
from accounts.sessions.browser import hand_over, is_full, session_cookie, sessions_in
from accounts.signin.iam_user.views import iam_page
from accounts.signin.refusals import Refusal, refused
from accounts.signin.remembered_account import remembered
from accounts.signin.root.views import root_page
from accounts.signin.views import carried_query, choose_page
from portal.conf import conf
from portal.core import ids, regions
from portal.core.actions import NOBODY, SigninAction, Subject, declares
from portal.core.http import SeeOther, address, is_local_path, once, read_cookie, see_other
from portal.core.tokens import digest
from portal.network.origin import origin_of


def _notice(request: HttpRequest) -> str:
    """Return the sentence that tells why the visitor is here again, or an empty text."""
    if "signed_out" in request.GET:
        return _("You are signed out.")
    if "timed_out" in request.GET:
        return _("Your sign-in took too long or was interrupted. Start again.")
    if "ended" in request.GET:
        return _("Your session has ended. Sign in again.")
    if "too_many_codes" in request.GET:
        return _("Too many wrong codes. Start again.")
    return ""


@require_safe
def entry(request: HttpRequest) -> HttpResponse:
    """Open the console of whoever is signed in, else the sign-in step that the address asks for.

    `?user=root`, `?user=iam`, `?account=` open that step, `?add=1` opens sign-in though someone is signed in.
    """
    user = request.GET.get("user", "")
    account = ids.account_key(request.GET.get("account", ""))
    signed_in = sessions_in(request)
    asked = user or account or {"add", "timed_out", "too_many_codes"} & request.GET.keys()
    if signed_in and not asked:
        if len(signed_in) > 1:
            return see_other(address("console:sessions"))
        query = f"?region={request.GET['region']}" if carried_query(request).startswith("?region=") else ""
        return see_other(f"/console/{signed_in[0].name}/home{query}")
    if is_full(request):
        return refused(request, Refusal.TOO_MANY_IDENTITIES)
    carried = carried_query(request)
    if user == "root":
        return root_page(request, action=address("signin:root") + carried)
    if user == "iam" or account or (not user and "add" not in request.GET and remembered(request)):
        return iam_page(request, action=address("signin:iam") + carried, notice=_notice(request))
    return choose_page(request, notice=_notice(request))


def _row(request: HttpRequest) -> AuthorizationCode | None:
    return once(request, "authorization code", lambda: find_code(request.GET.get("code", "")))


def _subject(request: HttpRequest) -> Subject:
    row = _row(request)
    return Subject(str(row.session.principal.account_id), row.session.principal.arn, row.session.region) if row else NOBODY


@require_GET
@declares(SigninAction.CREATE_OAUTH2_TOKEN, _subject)
def callback(request: HttpRequest) -> HttpResponse:
    """Redeem the console's own authorization code and open the console."""
    pending = pending_authorization(request, state=request.GET.get("state", ""))
    row = _row(request)
    if pending is None or row is None:
        return see_other(address("console:entry"))
    if is_full(request):
        # Two sign-ins side by side: each found a place when its password was right, and the other took it since.
        return refused(request, Refusal.TOO_MANY_IDENTITIES)
    note = getattr(request, "policy_note", None)
    outcome = redeem_for_console(
        row,
        client_id=CONSOLE_CLIENT_ID,
        redirect_uri=f"{conf.base_url}/console/callback",
        verifier=pending.verifier,
        browser_digest=digest(read_cookie(request, session_cookie(row.session.name))),
        origin=origin_of(request),
        note=json.dumps([json.loads(row.note or "null"), note]) if note else row.note,
    )
    if not isinstance(outcome, Redeemed):
        response = see_other(address("console:entry") + "?timed_out=1")
        drop_pending(response)
        return response
    home = f"/console/{outcome.session.name}/home"
    if outcome.session.region != regions.DEFAULT:
        home += f"?region={outcome.session.region}"
    response = SeeOther(pending.destination if pending.destination and is_local_path(pending.destination) else home)
    hand_over(response, outcome.session, outcome.secret)
    drop_pending(response)
    return response
