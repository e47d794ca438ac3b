"""The language of a request: the visitor's choice, else what the browser asks for, else English.

It does what Django's LocaleMiddleware does for a site without languages in its paths, with the decision kept: the same two headers
come again with every request of a browser.
"""

from collections.abc import Callable
from functools import lru_cache

from django.conf import settings
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils.translation import activate, get_language, get_supported_language_variant
from django.utils.translation.trans_real import parse_accept_lang_header

GetResponse = Callable[[HttpRequest], HttpResponseBase]

_LONGEST_CODE = 35
_LONGEST_LIST = 500
"""Characters that are read of the cookie (RFC 5646 §4.4.1 wants no more of a tag) and of the header: no visitor fills the memory."""


@lru_cache(maxsize=1024)
def language_for(chosen: str, accepted: str) -> str:
    """Return the code of the language for a cookie's and an Accept-Language header's values, whatever they hold."""
    for code in (chosen, *(code for code, _ in parse_accept_lang_header(accepted))):
        if code and code != "*":
            try:
                return get_supported_language_variant(code)
            except LookupError:
                continue
    return settings.LANGUAGE_CODE


def language_of(request: HttpRequest) -> str:
    """Return the language of a request, which `Language` has noted on it; the active one for a request that has not come that way."""
    noted: str | None = getattr(request, "LANGUAGE_CODE", None)
    return noted or get_language() or settings.LANGUAGE_CODE


class Language:
    """Activates the language of each request and names it in the answer."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Answer in the visitor's language."""
        chosen = request.COOKIES.get(settings.LANGUAGE_COOKIE_NAME, "")[:_LONGEST_CODE]
        code = language_for(chosen, request.META.get("HTTP_ACCEPT_LANGUAGE", "")[:_LONGEST_LIST])
        activate(code)
        request.LANGUAGE_CODE = code
        response = self.get_response(request)
        defaults = response.headers._store  # noqa: SLF001  # constants, which need none of the checks of values that are set
        defaults.setdefault("content-language", ("Content-Language", code))
        defaults.setdefault("vary", ("Vary", "Accept-Language, Cookie"))
        return response
