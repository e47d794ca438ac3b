"""What a request carries of sessions: a CSRF secret bound to the session it acts in, and the operator of the admin site."""

import re

from django.contrib.auth.middleware import AuthenticationMiddleware
from django.contrib.auth.models import AnonymousUser
from django.contrib.sessions.backends.base import UpdateError
from django.contrib.sessions.exceptions import SessionInterrupted
from django.contrib.sessions.middleware import SessionMiddleware
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.middleware.csrf import CSRF_SECRET_LENGTH, CsrfViewMiddleware
from django.utils.functional import SimpleLazyObject

from accounts.models import Principal
from accounts.sessions.browser import operator_session, session_cookie
from accounts.sessions.store import lifetime
from portal.conf import conf
from portal.core.http import cookie_name, drop_cookie, read_cookie, write_cookie
from portal.core.mac import mac
from portal.core.pages import unmasked
from portal.core.tokens import same

_CONSOLE = re.compile(r"/console/([0-9]{12}-[a-z0-9]{8})/")
_PREFERENCES = frozenset({"/language", "/theme", "/training/network"})


class SessionsWhenUsed(SessionMiddleware):
    """Django's sessions; nothing more is done about one that the request's view did not look at, as most of a sign-in's never do.

    What is done about the others is what Django does, with the cookie written as all of the portal's are.
    """

    COOKIE = "attempt"

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Answer with the session attached; save it when it was changed, and drop the cookie of one that is over."""
        name = cookie_name(self.COOKIE)
        session = request.session = self.SessionStore(request.COOKIES.get(name))
        response: HttpResponseBase = self.get_response(request)  # type: ignore[assignment]  # no coroutines here
        if session.accessed and session.is_empty():
            if name in request.COOKIES:
                drop_cookie(response, self.COOKIE)
        elif session.modified and response.status_code < 500:
            try:
                session.save()
            except UpdateError as error:
                raise SessionInterrupted("The request's session was dropped before the request was over.") from error
            write_cookie(response, self.COOKIE, str(session.session_key), max_age=lifetime())
        return response


class SessionBoundCsrf(CsrfViewMiddleware):
    """Django's CSRF protection; below `/console/NAME/` its secret is derived from that session's cookie.

    So the token of one identity's page is refused on another's, though both live in one browser (security catalogue SES-13).
    """

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Answer with the secret attached; a form that is sent is checked in `process_view`."""
        self.process_request(request)
        response = self.get_response(request)
        return self.process_response(request, response)  # type: ignore[arg-type]  # the stubs know of no streams

    def _session_secret(self, request: HttpRequest) -> str | None:
        named = _CONSOLE.match(request.path_info)
        if named is None and request.method == "POST" and request.path_info in _PREFERENCES:
            # Language, theme and simulated network are changed from every page, a console's too, whose token is that of its session.
            named = _CONSOLE.match(request.POST.get("next", ""))
        secret = read_cookie(request, session_cookie(named[1])) if named else ""
        if not secret:
            return None
        key = f"vestibule.csrf.{conf.secret_keys[0]}".encode()
        return mac(key, secret.encode()).hex()[:CSRF_SECRET_LENGTH]

    def _get_secret(self, request: HttpRequest) -> str | None:
        bound = self._session_secret(request)
        return bound if bound is not None else super()._get_secret(request)  # type: ignore[misc]  # Django's own seam, without stubs

    def _origin_verified(self, request: HttpRequest) -> bool:
        """Accept the origin of this very host, which the layer above has found to be the portal's; whatever else was sent is Django's to judge."""
        meta = request.META
        own = "https://" if request.is_secure() else "http://"
        if meta["HTTP_ORIGIN"] == own + meta.get("HTTP_HOST", ""):
            return True
        verified: bool = super()._origin_verified(request)  # type: ignore[misc]  # Django's own seam, without stubs
        return verified

    def _check_token(self, request: HttpRequest) -> None:
        """Accept the token of one of the portal's pages; whatever else was sent is Django's to accept or refuse."""
        secret, sent = request.META.get("CSRF_COOKIE", ""), request.POST.get("csrfmiddlewaretoken", "") if request.method == "POST" else ""
        if secret and "CSRF_COOKIE_NEEDS_UPDATE" not in request.META and same(unmasked(sent), secret):
            return
        super()._check_token(request)  # type: ignore[misc]  # Django's own seam, without stubs

    def _set_csrf_cookie(self, request: HttpRequest, response: HttpResponseBase) -> None:
        if self._session_secret(request) is None:
            write_cookie(response, "csrf", request.META["CSRF_COOKIE"])


OPERATOR_COOKIE = "operator"


def operator_of(request: HttpRequest) -> Principal | AnonymousUser:
    """Return the operator who is signed in in this browser, else an anonymous user; at most one query a request."""
    session = operator_session(read_cookie(request, OPERATOR_COOKIE))
    return session.principal if session else AnonymousUser()


class OperatorAuthentication(AuthenticationMiddleware):
    """Sets `request.user` to the operator, read from the operator's sign-in session when first looked at."""

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Answer with the lazy user attached."""
        request.user = SimpleLazyObject(lambda: operator_of(request))  # type: ignore[assignment]  # lazy, as Django's own
        return self.get_response(request)  # type: ignore[return-value]  # no coroutines here
