"""`/v1/authorize`: the address that a client sends the browser to."""

import json
from urllib.parse import quote_plus, urlencode

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from accounts.models import SignInSession
from accounts.oauth.clients import Client, client_of
from accounts.oauth.flows import make_code
from accounts.sessions.browser import session_named
from portal.core import pkce
from portal.core.actions import NOBODY, SigninAction, Subject, declares
from portal.core.errors import BadInput
from portal.core.http import SeeOther, once, see_other

_PARAMETERS = frozenset({"response_type", "client_id", "state", "code_challenge_method", "scope", "redirect_uri", "code_challenge", "login_hint"})


def _refuse_repeated(request: HttpRequest) -> None:
    """Refuse a request in which a parameter stands more than once (RFC 6749 §3.1)."""
    for name, values in request.GET.lists():
        if len(values) > 1 and name in _PARAMETERS:
            raise BadInput(_("A parameter of the sign-in request stands twice. Start again from the program that sent you here."), detail=name)


def _hinted(request: HttpRequest) -> SignInSession | None:
    """Return the session of this browser that the request is about: signed in, its console not yet opened."""
    return once(request, "hinted session", lambda: session_named(request, request.GET.get("login_hint", ""), console=False))


def _subject(request: HttpRequest) -> Subject:
    session = _hinted(request)
    return Subject(str(session.principal.account_id), session.principal.arn, session.region) if session else NOBODY


def _client(request: HttpRequest) -> Client:
    """Return the client, its redirect URI checked. Until then nothing is redirected anywhere: errors are a page (RFC 6749 §4.1.2.1)."""
    client = client_of(request.GET.get("client_id", ""))
    if client is None:
        raise BadInput(_("The program that sent you here is not known to this portal. Start the sign-in again from that program."))
    if request.GET.get("redirect_uri", "") not in client.redirect_uris:
        raise BadInput(_("The program that sent you here named an address that is not its own. Nothing was sent there."))
    return client


def _error(request: HttpRequest, code: str) -> HttpResponse:
    """Send an error back to the client, whose redirect URI has been checked."""
    target = f"{request.GET['redirect_uri']}?{urlencode({'error': code, 'state': request.GET.get('state', '')})}"
    return SeeOther(target)


@require_GET
@declares(SigninAction.AUTHORIZE_OAUTH2_ACCESS, _subject)
def authorize(request: HttpRequest) -> HttpResponse:
    """Answer an authorization request of a signed-in browser with a code (RFC 6749 §4.1.1, RFC 7636 §4.3)."""
    _refuse_repeated(request)
    client = _client(request)
    if request.GET.get("response_type") != "code" or "response_mode" in request.GET:
        return _error(request, "unsupported_response_type")
    if request.GET.get("scope", "") not in client.scopes:
        return _error(request, "invalid_scope")
    challenge = request.GET.get("code_challenge", "")
    if request.GET.get("code_challenge_method") not in pkce.METHODS or not pkce.CHALLENGE.fullmatch(challenge):
        return _error(request, "invalid_request")
    state = request.GET.get("state", "")
    if not 1 <= len(state) <= 512:
        return _error(request, "invalid_request")
    session = _hinted(request)
    if session is None:
        return see_other(reverse("console:entry"))
    note = getattr(request, "policy_note", None)
    code = make_code(
        session,
        client_id=client.client_id,
        redirect_uri=request.GET["redirect_uri"],
        code_challenge=challenge,
        scope=request.GET["scope"],
        note=json.dumps(note) if note else "",
    )
    return SeeOther(f"{request.GET['redirect_uri']}?code={code}&state={quote_plus(state)}")
