"""Requests of programs that wait in a browser for the person's answer, sign-in included.

A request is kept in the cache for the browser that opened it, under a name that only this browser can make out of it: the same address
opened in two tabs is one request, and the same address in another browser another. It is open for ten minutes of the portal's clock,
which is how long the AWS CLI listens; for a while longer it is known, so that the page can say that it is over.

Anybody may open such an address, signed in or not, and each one is some kilobytes kept for a quarter of an hour: so one address makes so
many new ones a minute. The same one opened again by the same browser is kept already and costs nothing.
"""

import re
from dataclasses import asdict, astuple, dataclass
from datetime import UTC, datetime, timedelta

from django.core.cache import cache
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils.translation import gettext as _

from accounts.oauth.requests import AuthorizationRequest
from portal.core import clock
from portal.core.errors import TooMany
from portal.core.http import read_cookie, write_cookie
from portal.core.throttle import Window
from portal.core.tokens import digest, keyed_digest, new_token, same
from portal.network.origin import network_prefix, origin_of

LIFETIME = timedelta(minutes=10)
"""How long a request can be answered: the AWS CLI's own wait."""
BY_ADDRESS = Window("program requests", 120, 60)
"""New requests of one address in a minute (simulator's own): a classroom behind one address comes nowhere near."""
_KNOWN_SECONDS = 900
"""How long a request is kept: as long as it can be answered, and a while to tell that it is over."""
_COOKIE = "program"
_NAME = re.compile(r"[0-9a-f]{32}")


@dataclass(frozen=True, slots=True)
class PendingRequest:
    """A request that a browser opened at `since`; `name` stands in the addresses of its pages."""

    name: str
    asked: AuthorizationRequest
    since: datetime

    @property
    def until(self) -> datetime:
        """When it can be answered no more."""
        return self.since + LIFETIME

    @property
    def is_open(self) -> bool:
        """Whether it can still be answered; a request from a time that has not come yet cannot."""
        return self.since - timedelta(minutes=1) <= clock.now() < self.until


def _key(name: str) -> str:
    return f"program-request:{name}"


def keep(request: HttpRequest, asked: AuthorizationRequest) -> tuple[str, str]:
    """Keep what a program asks for this browser; return the request's name and the secret that `hold` gives the browser.

    Opened again, it stays the request that it is, grows no younger and does not count. Raises TooMany where one address opens too many.
    """
    browser = read_cookie(request, _COOKIE) or new_token()
    name = keyed_digest("program-request", browser, *astuple(asked))[:32]
    held = {"asked": asdict(asked), "since": clock.now().timestamp(), "browser": digest(browser)}
    if cache.add(_key(name), held, timeout=_KNOWN_SECONDS):
        hit = BY_ADDRESS.hit(network_prefix(origin_of(request).caller))
        if hit.wait:
            cache.delete(_key(name))
            raise TooMany(_("Too many programs asked from this address. Wait a minute, then start again from the program."), retry_after=hit.wait)
    return name, browser


def hold(response: HttpResponseBase, browser: str) -> None:
    """Give the browser the secret that its requests are bound to."""
    write_cookie(response, _COOKIE, browser)


def pending(request: HttpRequest, name: str) -> PendingRequest | None:
    """Return the request called `name` of this browser, open or over; None when it has none of that name."""
    browser = read_cookie(request, _COOKIE)
    held = cache.get(_key(name)) if browser and _NAME.fullmatch(name) else None
    if held is None or not same(held["browser"], digest(browser)):
        return None
    return PendingRequest(name, AuthorizationRequest(**held["asked"]), datetime.fromtimestamp(held["since"], UTC))


def answer_once(name: str, answer: str) -> bool:
    """Note the answer to a request; False when it was answered otherwise before. The same answer again, as by a double click, is no other."""
    key = _key(name) + ":answer"
    return bool(cache.add(key, answer, timeout=_KNOWN_SECONDS)) or cache.get(key) == answer


def answered(name: str) -> bool:
    """Tell whether a request was answered."""
    return cache.get(_key(name) + ":answer") is not None
