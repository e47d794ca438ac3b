"""What every answer of HTML begins as, set up at once: Django's constructor looks for encodings and headers that none of them has."""

from django.http import HttpResponse, SimpleCookie
from django.http.response import ResponseHeaders

_HTML = ("Content-Type", "text/html; charset=utf-8")


def set_up(response: HttpResponse, text: str = "") -> None:
    """Do for a response of HTML in UTF-8 what `HttpResponse.__init__` does; the tests hold the two against each other."""
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


class Html(HttpResponse):
    """A finished page; from here on a response like any other."""

    def __init__(self, text: str) -> None:
        set_up(self, text)
