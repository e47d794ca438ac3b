"""A cookie as the portal sets them, its header written at once: Django's general way looks at every attribute three times."""

import re
from http.cookies import Morsel, SimpleCookie
from typing import Literal

_PLAIN = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~:-]+")
"""Values that are sent as they are; others are quoted, as the standard library does (RFC 2109)."""


class Cookie(Morsel[str]):
    """One cookie of a response, made by `make_cookie` and not changed afterwards."""

    header: str

    def OutputString(self, attrs: object = None) -> str:  # noqa: N802  # the standard library's name and signature
        """Return what follows `Set-Cookie: `."""
        return self.header


def make_cookie(name: str, value: str, *, max_age: int | None, secure: bool, samesite: Literal["Lax", "Strict"]) -> Cookie:
    """Return an HttpOnly cookie for every path of this host. `max_age` in seconds; None ends with the browser."""
    coded = value if _PLAIN.fullmatch(value) else str(SimpleCookie().value_encode(value)[1])
    cookie = Cookie()
    cookie.set(name, value, coded)
    life = "" if max_age is None else f" Max-Age={max_age};"
    cookie.header = f"{name}={coded}; HttpOnly;{life} Path=/; SameSite={samesite}{'; Secure' if secure else ''}"
    given = {"httponly": True, "max-age": "" if max_age is None else max_age, "path": "/", "samesite": samesite, "secure": secure or ""}
    dict.update(cookie, given)
    return cookie
