"""What finished answers begin as, set up at once: Django's constructor looks for encodings and headers that none of them has."""

from collections.abc import Mapping

from django.http import HttpResponse, SimpleCookie
from django.http.response import ResponseHeaders

_HTML = ("Content-Type", "text/html; charset=utf-8")


def set_up(response: HttpResponse, text: str = "") -> None:
    """Do for a response in UTF-8 what `HttpResponse.__init__` does, of HTML; the tests hold the two against each other."""
    headers = ResponseHeaders({})
    headers._store["content-type"] = _HTML  # noqa: SLF001  # a constant, which needs none of the checks of values that are set
    vars(response).update(
        headers=headers,
        cookies=SimpleCookie(),
        closed=False,
        _charset=None,
        _container=[text.encode()],
        _handler_class=None,
        _reason_phrase=None,
        _resource_closers=[],
    )


class Finished(HttpResponse):
    """An answer of another type than HTML. Type and headers, whose names are as they are sent, are the portal's own words: nobody checks them."""

    def __init__(self, text: str, *, status: int, kind: str, headers: Mapping[str, str]) -> None:
        set_up(self, text)
        self.status_code = status
        store = self.headers._store  # noqa: SLF001  # constants, which need none of the checks of values that are set
        store["content-type"] = ("Content-Type", kind)
        for name, value in headers.items():
            store[name.lower()] = (name, value)


class Html(HttpResponse):
    """A finished page; from here on a response like any other."""

    def __init__(self, text: str) -> None:
        set_up(self, text)
