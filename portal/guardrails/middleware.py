"""The portal's outermost layers: headers of every answer, hosts, and what may be typed at all.

All three run on every request, so each is a plain call with its tables made beforehand.
"""

import re
from collections.abc import Callable
from functools import lru_cache
from urllib.parse import urlencode

from django.conf import settings
from django.core.exceptions import BadRequest, SuspiciousOperation
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.http.multipartparser import MultiPartParserError
from django.http.request import UnreadablePostError, split_domain_port, validate_host
from django.http.response import HttpResponseBase

from portal.conf import conf
from portal.core import ids, regions
from portal.core.errors import BadInput, Forbidden, NotFound, PortalError
from portal.core.realness import is_forbidden_host, looks_like_access_key, looks_like_real_address
from portal.guardrails.errors import LooksReal, WrongType, family_of, respond, response_for

GetResponse = Callable[[HttpRequest], HttpResponseBase]

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; media-src 'self'; connect-src 'self'; "
    "form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
)
HEADERS: tuple[tuple[str, str], ...] = (
    ("X-Simulation", "1"),
    ("X-Robots-Tag", "noindex, nofollow, noarchive"),
    ("X-Content-Type-Options", "nosniff"),
    ("Cross-Origin-Opener-Policy", "same-origin"),
    ("Cross-Origin-Resource-Policy", "same-origin"),
    (
        "Permissions-Policy",
        (
            "accelerometer=(), browsing-topics=(), camera=(), display-capture=(), geolocation=(), gyroscope=(), magnetometer=(), microphone=(), "
            "midi=(), payment=(), serial=(), usb=(), publickey-credentials-create=(self), publickey-credentials-get=(self)"
        ),
    ),
)
"""Set on every answer, whatever a view says."""
DEFAULTS: tuple[tuple[str, str], ...] = (
    ("Content-Security-Policy", POLICY),
    ("X-Frame-Options", "DENY"),
    ("Referrer-Policy", "same-origin"),
    ("Cache-Control", "no-store"),
)
"""Set unless a view has set its own, which may be stricter."""
_FIXED = {name.lower(): (name, value) for name, value in HEADERS}
_STANDARD = {name.lower(): (name, value) for name, value in DEFAULTS}
HSTS = "max-age=31536000; includeSubDomains"

VALUE_LIMIT = 4096
DOCUMENT_FIELDS = frozenset({"text", "trust"})
DOCUMENT_LIMIT = 20_000
"""Characters of a policy document in a form of the admin site, white space included."""
"""Characters of one typed value; no field of the portal comes near."""
LONG_TEXT_FIELDS = ("-text",)
LONG_TEXT_LIMIT = 64 * 1024
"""Characters of a document or a list in a field whose name ends so; the form says how long it may really be, beside what was typed."""
CREDENTIAL_FIELD = "credential"
CREDENTIAL_LIMIT = 16 * 1024
"""Characters of a passkey's JSON, which a browser writes and nobody types: its id and its attestation may be long."""
ACCESS_KEY_LENGTH = 20
"""Characters of an access key id; anything shorter is not searched for one."""
ADDRESS_FIELDS = frozenset({"email", "username", "account"})
_UNREADABLE = re.compile("[\x00\ud800-\udfff\ufffd]")
"""NUL, lone surrogates, and U+FFFD, which is what Django makes of bytes that are not UTF-8."""
_READ_THEIR_OWN_QUERY = ("/admin/", "/trail/", "/inbox/", "/v1/")
"""Addresses where a name may stand twice, or whose own answer says more exactly which may not."""
_FOREIGN_SITES = frozenset({"cross-site", "same-site"})
_FORM_TYPES = ("application/x-www-form-urlencoded", "multipart/form-data")


class ResponseHeaders:
    """Put the guard-rail headers on every answer, map error families to pages, and fill in pages for bare error statuses."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Answer the request with all headers set."""
        response = self.get_response(request)
        if response.status_code >= 400 and isinstance(response, HttpResponse) and not response.content:
            response = _with_page(request, response)
        # Django checks and encodes each value that is set; these are constants that have passed, some ten on every answer.
        store = response.headers._store  # noqa: SLF001  # a mapping of the lower-case name to name and value
        response.headers._store = store = _STANDARD | store | _FIXED  # noqa: SLF001  # later ones win
        if "frame-ancestors" not in store["content-security-policy"][1]:
            response.headers["Content-Security-Policy"] += "; frame-ancestors 'none'"
        if conf.secure:
            store["strict-transport-security"] = ("Strict-Transport-Security", HSTS)
        if "content-length" not in store and isinstance(response, HttpResponse):
            store["content-length"] = ("Content-Length", str(len(response.content)))
        return response

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponseBase | None:
        """Answer what a view raised when it belongs to a family; the rest goes on to `handler500`."""
        family = family_of(error)
        return response_for(request, family) if family else None


def _with_page(request: HttpRequest, bare: HttpResponse) -> HttpResponse:
    """Return the error page for an answer that has none (405, say), keeping its own headers and cookies."""
    page = respond(request, bare.status_code)
    for name, value in bare.headers.items():
        if name not in {"Content-Type", "Content-Length"}:
            page.headers[name] = value
    page.cookies.update(bare.cookies)
    return page


_LOOPBACK = frozenset({"localhost", "127.0.0.1", "[::1]"})
_LONGEST_HOST = 260
"""Characters of a Host header: a name of 253 (RFC 1035 §2.3.4), a colon and a port."""


@lru_cache(maxsize=1024)
def _reading_of(host: str, allowed: tuple[str, ...], own: tuple[str, ...]) -> tuple[bool, str, str | None]:
    """Tell whether the portal answers to a Host header, which name that is, and which account's entry it names.

    The third is None for the portal's own hosts, an account id or alias for `ACCOUNT.signin.localhost`, and an empty text
    for any other name under `localhost`.
    """
    domain, _port = split_domain_port(host)
    if not domain or is_forbidden_host(domain) or not validate_host(domain, list(allowed)):
        return False, domain, None
    if domain in own or not domain.endswith(".localhost"):
        return True, domain, None
    account, dot, rest = domain.partition(".")
    named = dot and rest == "signin.localhost" and (ids.ACCOUNT_ID.fullmatch(account) or ids.ALIAS.fullmatch(account))
    return True, domain, account if named else ""


def is_own_host(request: HttpRequest) -> bool:
    """Tell whether a request came to one of the portal's own hosts, and not to an account's entry or to a host of others."""
    named, own = request.META.get("HTTP_HOST") or request.META.get("SERVER_NAME", ""), (conf.host, *conf.extra_hosts)
    if len(named) > _LONGEST_HOST:
        return False
    known, _host, account = _reading_of(named, tuple(settings.ALLOWED_HOSTS), own)
    return known and account is None


class EntryHosts:
    """Refuse foreign hosts, and lead `ACCOUNT.signin.localhost` to the one origin with the account filled in."""

    ENTRY_PATHS = frozenset({"/", "/console", "/console/"})

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Answer at the portal's own hosts only."""
        named = request.META.get("HTTP_HOST") or request.META.get("SERVER_NAME", "")
        own = (conf.host, *conf.extra_hosts)
        known, host, account = _reading_of(named, tuple(settings.ALLOWED_HOSTS), own) if len(named) <= _LONGEST_HOST else (False, "", None)
        if not known:
            request.META["HTTP_HOST"] = conf.host  # so that the page does not repeat a name the portal does not answer to
            return respond(request, 400, code=BadInput.code)
        if account is None:
            return self._other_loopback_name(request, host) or self.get_response(request)
        if not account or request.path not in self.ENTRY_PATHS:
            return respond(request, 404, code=NotFound.code)
        hint = {"account": account}
        if region := regions.known_region(request.GET.get("region", "")):
            hint["region"] = region
        return HttpResponseRedirect(f"{conf.base_url}/console/?{urlencode(hint)}")

    def _other_loopback_name(self, request: HttpRequest, host: str) -> HttpResponseBase | None:
        """Lead a person who typed `127.0.0.1` for `localhost`, or the other way round, to the one origin.

        Cookies belong to one name, and the console's OAuth handshake comes back to that of `base_url`. Programs are answered at
        every name, since a client signs and proves the very URL that it was given.
        """
        if host == conf.host or host not in _LOOPBACK or conf.host not in _LOOPBACK:
            return None
        asks_for_a_page = request.method == "GET" and "text/html" in request.META.get("HTTP_ACCEPT", "") and "/api/" not in request.path
        return HttpResponseRedirect(f"{conf.base_url}{request.get_full_path()}") if asks_for_a_page else None


class TypedInput:
    """Refuse malformed input, and drop what looks real before anything logs, hashes or counts it.

    The admin site's forms may repeat keys, as Django's own do; each value is looked at there too.
    """

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Answer the request, or say what is wrong with what was typed."""
        if refused := self._refused(request):
            return response_for(request, refused)
        return self.get_response(request)

    def _refused(self, request: HttpRequest) -> PortalError | None:
        path = request.path
        if "\x00" in path or "\ufffd" in path:
            return NotFound()
        if len(path) >= ACCESS_KEY_LENGTH and looks_like_access_key(path):
            return LooksReal()
        if "/api/" in path and request.META.get("HTTP_SEC_FETCH_SITE") in _FOREIGN_SITES:
            return Forbidden(detail="cross-site call")
        try:
            if request.META.get("QUERY_STRING") and (refused := _refused_query(request)):
                return refused
            if request.method in {"GET", "HEAD"}:
                return None
            if path.startswith("/admin/"):
                return _refused_admin_form(request.POST)
            return _refused_form(request) if request.content_type in _FORM_TYPES and "/api/" not in path else _refused_body(request)
        except (SuspiciousOperation, BadRequest, MultiPartParserError, UnreadablePostError, UnicodeError) as error:
            return family_of(error) or BadInput(detail=type(error).__name__)


def _refused_value(value: str, limit: int = VALUE_LIMIT) -> PortalError | None:
    if len(value) > limit:
        return BadInput()
    if _UNREADABLE.search(value):
        return BadInput()
    if len(value) >= ACCESS_KEY_LENGTH and looks_like_access_key(value):
        return LooksReal()
    return None


def _is_unsuspicious(texts: list[str]) -> bool:
    """Tell at one look that none of these names and values is to be refused; where it cannot be told, each is looked at by itself."""
    together = "\n".join(texts)  # no line break can be part of an access key: what is not found here is in none of them
    return len(together) <= VALUE_LIMIT and not _UNREADABLE.search(together) and not looks_like_access_key(together)


def _refused_values(given: QueryDict) -> PortalError | None:
    if _is_unsuspicious([text for name, values in given.lists() for text in (name, *values)]):
        return None
    for name, values in given.lists():
        for value in (name, *values):
            if refused := _refused_value(value):
                return refused
    return None


def _refused_admin_form(given: QueryDict) -> PortalError | None:
    for name, values in given.lists():
        limit = DOCUMENT_LIMIT if name in DOCUMENT_FIELDS else VALUE_LIMIT
        if refused := _refused_value(name) or next(filter(None, (_refused_value(value, limit) for value in values)), None):
            return refused
    return None


def _refused_query(request: HttpRequest) -> PortalError | None:
    if not request.path.startswith(_READ_THEIR_OWN_QUERY):
        for name, values in request.GET.lists():
            if len(values) != 1 or name.endswith("]"):
                return BadInput()
    return _refused_values(request.GET)


def _refused_form(request: HttpRequest) -> PortalError | None:
    if request.FILES:
        return BadInput()
    given = request.POST
    unsuspicious = _is_unsuspicious([text for name, values in given.lists() for text in (name, *values)])
    for name, values in given.lists():
        if len(values) != 1 or name.endswith("]"):
            return BadInput()
        limit = CREDENTIAL_LIMIT if name == CREDENTIAL_FIELD else LONG_TEXT_LIMIT if name.endswith(LONG_TEXT_FIELDS) else VALUE_LIMIT
        if not unsuspicious and (refused := _refused_value(name) or _refused_value(values[0], limit)):
            return refused
        if name in ADDRESS_FIELDS and looks_like_real_address(values[0], allowed=conf.mail_domains):
            return LooksReal()
    return None


def _refused_body(request: HttpRequest) -> PortalError | None:
    """Look at a body that is no form. An API takes JSON, or no body at all; elsewhere an unread body is the view's own matter."""
    if not request.META.get("CONTENT_LENGTH") or request.META["CONTENT_LENGTH"] == "0":
        return None
    if request.content_type != "application/json":
        return WrongType() if "/api/" in request.path else None
    return LooksReal() if looks_like_access_key(request.body.decode("utf-8", "replace")) else None
