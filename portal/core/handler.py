"""From the web server through the middleware to a view, and back: Django's handler, without what the portal has no use for.

Django's own serves any project: views that are coroutines or render late, transactions around requests, URL configurations that
change between requests, paths below a prefix, several databases. Here every view is a plain function that returns a finished
response, the portal lies at the root of its host, and there is one database. Leaving the rest out halves what an empty request
costs (decision record 006).
"""

import codecs
import re
from collections.abc import Callable, Iterable
from functools import cached_property, lru_cache
from typing import Any, cast
from urllib.parse import unquote

import django
from django.conf import settings
from django.core.cache import close_caches
from django.core.files.uploadedfile import UploadedFile
from django.core.handlers.base import BaseHandler, reset_urlconf
from django.core.handlers.wsgi import LimitedStream, WSGIRequest
from django.core.signals import request_finished, request_started
from django.db import close_old_connections, reset_queries
from django.http import HttpRequest, HttpResponse, QueryDict
from django.http.response import HttpResponseBase
from django.urls import ResolverMatch, get_resolver
from django.utils.datastructures import MultiValueDict
from django.utils.http import parse_header_parameters

from portal.core import connections

_AS_IT_IS = re.compile(r"/(?!/)[A-Za-z0-9/:@&=+$,._!~*'()-]*(?:\?[A-Za-z0-9/:@&=+$,._!~*'()-]+)?")
"""Paths and queries that Django's quoting leaves alone."""

StartResponse = Callable[[str, list[tuple[str, str]]], object]


_LONGEST_TYPE = 300
"""Characters of a Content-Type header that is read once for all requests: a type of 127, and a boundary of 70 (RFC 6838 §4.2, RFC 2046 §5.1.1)."""


class Request(WSGIRequest):
    """A request to the root of the host. A path of ASCII, as nearly all are, is taken as it comes."""

    def __init__(self, environ: dict[str, Any]) -> None:
        path = environ.get("PATH_INFO", "")
        environ["SCRIPT_NAME"] = ""
        if not path.isascii() or not path.startswith("/"):
            super().__init__(environ)
            return
        self.environ = self.META = environ
        self.path = self.path_info = path
        self.method = environ["REQUEST_METHOD"].upper()
        kind = environ.get("CONTENT_TYPE", "")
        if len(kind) <= _LONGEST_TYPE:
            self.content_type, self.content_params, self._encoding = _read_content_type(kind)
        else:
            self._set_content_type_params(environ)  # type: ignore[attr-defined]  # not in the stubs
        length = environ.get("CONTENT_LENGTH") or ""
        self._stream = LimitedStream(environ["wsgi.input"], int(length) if length.isdecimal() else 0)  # type: ignore[assignment]  # the stubs name its base
        self._read_started = False
        self.resolver_match = None

    @cached_property
    def GET(self) -> QueryDict:  # type: ignore[override]  # noqa: N802  # Django's name; the stubs' own kind of immutable
        """The address's query, read as Django reads it."""
        return read_query(self.META.get("QUERY_STRING", ""))

    def get_full_path(self, force_append_slash: bool = False) -> str:
        """Return path and query as the browser asked for them; one of characters that stand for themselves is not looked at any closer."""
        asked = f"{self.path}?{query}" if (query := self.META.get("QUERY_STRING", "")) else self.path
        return asked if not force_append_slash and _AS_IT_IS.fullmatch(asked) else super().get_full_path(force_append_slash)

    def _load_post_and_files(self) -> None:
        if self.method == "POST" and self.content_type == "application/x-www-form-urlencoded" and self.encoding is None and not self._read_started:
            self._post, self._files = read_query(self.body.decode("iso-8859-1")), MultiValueDict[str, UploadedFile]()
        else:
            super()._load_post_and_files()


@lru_cache(maxsize=256)
def _read_content_type(header: str) -> tuple[str, dict[str, str], str | None]:
    """Return type, parameters and encoding of a Content-Type header, as Django reads them; the encoding is None unless Python knows it."""
    kind, parameters = parse_header_parameters(header)
    charset = parameters.get("charset")
    try:
        if charset is not None:
            codecs.lookup(charset)
    except LookupError:
        charset = None
    return kind, parameters, charset


def read_query(text: str) -> QueryDict:
    """Return the names and values of a query, or of a form, whose bytes are the characters of `text`.

    Django's reader takes each name and each value through a dozen calls.
    """
    if not text.isascii() or text.count("&") >= settings.DATA_UPLOAD_MAX_NUMBER_FIELDS:
        return QueryDict(text.encode("iso-8859-1"))
    found: dict[str, list[str]] = {}
    for pair in text.split("&"):
        if pair:
            name, _, value = pair.replace("+", " ").partition("=")
            found.setdefault(unquote(name) if "%" in name else name, []).append(unquote(value) if "%" in value else value)
    query = QueryDict.__new__(QueryDict)  # its constructor reads a text and two settings
    dict.update(query, found)
    query._encoding = "utf-8"  # type: ignore[attr-defined]  # noqa: SLF001  # as its own constructor does
    query._mutable = False  # noqa: SLF001  # as its own constructor does
    return query


class Handling(BaseHandler):
    """How a request becomes a response, whoever brings it: the web server, or the tests' client."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._matches: dict[tuple[str, str], ResolverMatch] = {}

    def get_response(self, request: HttpRequest) -> HttpResponseBase:
        """Return the response to a request."""
        response: HttpResponseBase = self._middleware_chain(request)  # type: ignore[attr-defined]  # not in the stubs
        response._resource_closers.append(request.close)  # type: ignore[attr-defined]  # noqa: SLF001  # as Django's own handler
        return response

    def resolve_request(self, request: HttpRequest) -> ResolverMatch:
        """Find the view of an address. Addresses without parameters are few, and found once each."""
        key = (settings.ROOT_URLCONF, request.path_info)
        found = self._matches.get(key)
        if found is None:
            found = get_resolver().resolve(request.path_info)
            if not found.args and not found.kwargs:
                self._matches[key] = found
        request.resolver_match = found
        return found

    def _get_response(self, request: HttpRequest) -> HttpResponseBase:
        view, args, kwargs = self.resolve_request(request)
        for asked in self._view_middleware:  # type: ignore[attr-defined]  # not in the stubs
            answer: HttpResponseBase | None = asked(request, view, args, kwargs)
            if answer is not None:
                return answer
        try:
            response: HttpResponseBase = view(request, *args, **kwargs)
            # The admin site's pages are the only ones that are not rendered yet.
            return response if getattr(response, "is_rendered", True) else response.render()  # type: ignore[attr-defined]  # what is rendered late can be
        except Exception as error:
            response = self.process_exception_by_middleware(error, request)
            if response is None:
                raise
            return response


class Handler(Handling):
    """The WSGI application."""

    def __init__(self) -> None:
        super().__init__()
        self.load_middleware()

    def __call__(self, environ: dict[str, Any], start_response: StartResponse) -> Iterable[bytes]:
        """Answer one request, as PEP 3333 has it."""
        connections.begin()
        request_started.send(sender=Handler, environ=environ)
        response = self.get_response(Request(environ))
        response._resource_closers.append(connections.end)  # type: ignore[attr-defined]  # noqa: SLF001  # what ends with the answer
        response._handler_class = Handler  # type: ignore[attr-defined]  # noqa: SLF001  # whom the end of the request is announced for
        headers = list(response.headers._store.values())  # noqa: SLF001  # pairs of name and value, in the case they were set in
        headers += [("Set-Cookie", cookie.OutputString()) for cookie in response.cookies.values()]
        start_response(f"{response.status_code} {response.reason_phrase}", headers)
        if not isinstance(response, HttpResponse):
            return cast("Iterable[bytes]", response)  # it is written while it is made, and closed by the server
        # granian sends a list at once; anything else it asks for piece by piece, through a channel between its threads.
        body = [response.content]
        response.close()
        return body


def application() -> Handler:
    """Set Django up and return the WSGI application.

    What Django does around every request is left out where it has nothing to do here: queries are kept with DEBUG alone, the
    cache's connections stay open on purpose, no request changes the URL configuration, and the one database connection is looked
    at once, when the request is over.
    """
    django.setup(set_prefix=False)
    request_started.disconnect(reset_queries)
    request_started.disconnect(close_old_connections)
    request_finished.disconnect(close_caches)
    request_finished.disconnect(close_old_connections)
    request_finished.disconnect(reset_urlconf)
    return Handler()
