"""Clients that register themselves (RFC 7591; Sign-In API reference, CreateOAuth2PublicClient): public ones, with redirect URIs of a list.

Anybody may call, so a registration is worth nothing by itself: it names where codes may go, and only to places that the list knows. What
a client calls itself is shown as its own words.
"""

import re
import unicodedata
import uuid
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from django.utils.translation import gettext as _

from accounts.models import RegisteredClient
from accounts.oauth.clients import LOOPBACK_URI, REGISTRATION_LIFETIME
from portal.conf import conf
from portal.core import clock
from portal.core.errors import TooMany
from portal.core.throttle import Window
from portal.network.origin import Origin, network_prefix

GRANT_TYPES = ("authorization_code", "refresh_token")
MOST_URIS = 10
LONGEST_URI = 2048
LONGEST_NAME = 100
"""Characters of the name that a client gives itself; longer ones are cut (simulator's own)."""
BY_ADDRESS = Window("client registrations", 20, 3600)
"""Registrations of one address (simulator's own)."""

_URI = re.compile(r"[a-z][a-z0-9+.-]*:[!#-;=?-\[\]_a-z~]+", re.IGNORECASE | re.ASCII)
"""An absolute URI in printable ASCII, without what no address holds unescaped; the rest is looked at beside."""
_UNSEEN = frozenset({"Cc", "Cf", "Cn", "Co", "Cs", "Zl", "Zp"})
"""Unicode categories of what a name may not hide or turn round."""


class RegistrationRefused(Exception):
    """A registration is refused; `error` is the word of RFC 7591 §3.2.2 and `str()` tells the client's author what is wrong."""

    def __init__(self, error: str, message: str) -> None:
        super().__init__(message)
        self.error = error


def register(given: Mapping[str, Any], *, origin: Origin) -> RegisteredClient:
    """Register a public client and return it; raises `RegistrationRefused`, TooMany. Members that are not known are ignored (RFC 7591 §2)."""
    hit = BY_ADDRESS.hit(network_prefix(origin.caller))
    if hit.wait:
        raise TooMany(_("Too many programs were registered from this address. Try again later."), retry_after=hit.wait)
    uris = _texts(given, "redirect_uris", MOST_URIS, error="invalid_redirect_uri")
    if not uris:
        raise RegistrationRefused("invalid_redirect_uri", f"redirect_uris must list 1 to {MOST_URIS} addresses.")
    for uri in uris:
        _require_allowed(uri)
    grants = _texts(given, "grant_types", 5) or GRANT_TYPES
    if not set(grants) <= set(GRANT_TYPES) or "authorization_code" not in grants:
        raise RegistrationRefused("invalid_client_metadata", "grant_types must be authorization_code, with or without refresh_token.")
    if set(_texts(given, "response_types", 5) or ("code",)) != {"code"}:
        raise RegistrationRefused("invalid_client_metadata", "response_types must be code.")
    if given.get("token_endpoint_auth_method", "none") != "none":
        raise RegistrationRefused("invalid_client_metadata", "token_endpoint_auth_method must be none: clients here are public.")
    return RegisteredClient.objects.create(
        client_id=f"arn:aws:signin:{origin.region}::external-client/dcr/{uuid.uuid4()}",
        name=_name(given, uris[0]),
        redirect_uris=list(dict.fromkeys(uris)),
        grant_types=[grant for grant in GRANT_TYPES if grant in grants],
        region=origin.region,
        source_ip=origin.address,
        created_at=clock.now(),
    )


def purge(*, batch: int = 1000) -> int:
    """Delete registrations that are over; return how many."""
    over = RegisteredClient.objects.filter(created_at__lte=clock.now() - REGISTRATION_LIFETIME).order_by("pk").values_list("pk", flat=True)
    deleted = 0
    while keys := list(over[:batch]):
        deleted += RegisteredClient.objects.filter(pk__in=keys).delete()[0]
    return deleted


def _texts(given: Mapping[str, Any], name: str, most: int, *, error: str = "invalid_client_metadata") -> tuple[str, ...]:
    value = given.get(name)
    if value is None:
        return ()
    if not isinstance(value, list) or not 1 <= len(value) <= most or not all(isinstance(text, str) for text in value):
        raise RegistrationRefused(error, f"{name} must be a list of 1 to {most} texts.")
    return tuple(value)


def _require_allowed(uri: str) -> None:
    """Refuse a redirect URI that is not of the list (guide, "Supported Redirect URIs for DCR"): loopback, and what the operator allows."""
    if len(uri) <= LONGEST_URI and _is_plain(uri) and (LOOPBACK_URI.fullmatch(uri) or any(_fits(uri, one) for one in conf.oauth_redirect_uris)):
        return
    raise RegistrationRefused("invalid_redirect_uri", "A redirect URI is not on this portal's list: loopback addresses, and what it allows beside.")


def _is_plain(uri: str) -> bool:
    """Tell whether an address says plainly where it leads: no user, no fragment, no way back up its path, no second spelling of one."""
    if not _URI.fullmatch(uri) or "#" in uri:
        return False
    try:
        parts = urlsplit(uri)
        parts.port  # noqa: B018  # raises for what is no port
    except ValueError:
        return False
    steps = parts.path.lower().replace("%2e", ".").split("/")
    return "@" not in parts.netloc and ".." not in steps and "." not in steps and "%5c" not in uri.lower()


def _fits(uri: str, allowed: str) -> bool:
    """Tell whether an address is an allowed one, or begins with it where it ends in `*` behind a whole host."""
    stem = allowed.removesuffix("*")
    if stem == allowed:
        return uri == allowed
    scheme, _colon, rest = stem.partition("://")
    return uri.startswith(stem) and (scheme not in {"http", "https"} or "/" in rest)


def _name(given: Mapping[str, Any], uri: str) -> str:
    """Return the name that a client gives itself, in what people can read; the host of its address where it gives none."""
    name = given.get("client_name")
    if not isinstance(name, str):
        return urlsplit(uri).netloc or uri.partition(":")[0]
    seen = "".join(character if unicodedata.category(character) not in _UNSEEN else " " for character in name)
    return " ".join(seen.split())[:LONGEST_NAME] or urlsplit(uri).netloc
