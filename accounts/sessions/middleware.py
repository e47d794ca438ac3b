"""What a request carries of sessions: a CSRF secret bound to the session it acts in, and the operator of the admin site."""

import hashlib
import hmac
import re

from django.conf import settings
from django.contrib.auth.middleware import AuthenticationMiddleware
from django.contrib.auth.models import AnonymousUser
from django.contrib.sessions.middleware import SessionMiddleware
from django.http import HttpRequest, HttpResponse
from django.middleware.csrf import CSRF_SECRET_LENGTH, CsrfViewMiddleware
from django.utils.functional import SimpleLazyObject, empty

from accounts.models import Principal
from accounts.sessions.browser import operator_session, session_cookie
from portal.conf import conf
from portal.core.http import read_cookie

_CONSOLE = re.compile(r"/console/([0-9]{12}-[a-z0-9]{8})/")
_PREFERENCES = frozenset({"/language", "/theme", "/training/network"})


class SessionsWhenUsed(SessionMiddleware):
    """Django's sessions, opened when a view first looks at one; most pages of a sign-in never do."""

    def process_request(self, request: HttpRequest) -> None:
        """Attach the session, unopened."""
        key = request.COOKIES.get(settings.SESSION_COOKIE_NAME)
        request.session = SimpleLazyObject(lambda: self.SessionStore(key))  # type: ignore[assignment]  # lazy, as Django's own user

    def process_response(self, request: HttpRequest, response: HttpResponse) -> HttpResponse:
        """Save a session that was looked at; one that was not is as it was."""
        if vars(request.session).get("_wrapped") is empty:
            return response
        return super().process_response(request, response)


class SessionBoundCsrf(CsrfViewMiddleware):
    """Django's CSRF protection; below `/console/NAME/` its secret is derived from that session's cookie.

    So the token of one identity's page is refused on another's, though both live in one browser (security catalogue SES-13).
    """

    def _session_secret(self, request: HttpRequest) -> str | None:
        named = _CONSOLE.match(request.path_info)
        if named is None and request.method == "POST" and request.path_info in _PREFERENCES:
            # Language, theme and simulated network are changed from every page, a console's too, whose token is that of its session.
            named = _CONSOLE.match(request.POST.get("next", ""))
        secret = read_cookie(request, session_cookie(named[1])) if named else ""
        if not secret:
            return None
        key = f"vestibule.csrf.{conf.secret_keys[0]}".encode()
        return hmac.new(key, secret.encode(), hashlib.sha256).hexdigest()[:CSRF_SECRET_LENGTH]

    def _get_secret(self, request: HttpRequest) -> str | None:
        bound = self._session_secret(request)
        return bound if bound is not None else super()._get_secret(request)  # type: ignore[misc]  # Django's own seam, without stubs

    def _set_csrf_cookie(self, request: HttpRequest, response: object) -> None:
        if self._session_secret(request) is None:
            super()._set_csrf_cookie(request, response)  # type: ignore[misc]  # Django's own seam, without stubs


OPERATOR_COOKIE = "operator"


def operator_of(request: HttpRequest) -> Principal | AnonymousUser:
    """Return the operator who is signed in in this browser, else an anonymous user; at most one query a request."""
    session = operator_session(read_cookie(request, OPERATOR_COOKIE))
    return session.principal if session else AnonymousUser()


class OperatorAuthentication(AuthenticationMiddleware):
    """Sets `request.user` to the operator, read from the operator's sign-in session when first looked at."""

    def process_request(self, request: HttpRequest) -> None:
        """Attach the lazy user."""
        request.user = SimpleLazyObject(lambda: operator_of(request))  # type: ignore[assignment]  # lazy, as Django's own
