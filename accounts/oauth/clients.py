"""The OAuth clients that the portal knows, as a table."""

import re
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from urllib.parse import urlsplit

from accounts.models import RegisteredClient
from accounts.oauth.resources import service_arn, service_of
from portal.conf import conf, is_loopback
from portal.core import clock

CONSOLE_CLIENT_ID = "arn:aws:signin:::console/vestibule"
"""The console itself; the resource form of the service authorization reference, `arn:…:signin:::console/NAME`."""
SAME_DEVICE_ID = "arn:aws:signin:::devtools/same-device"
CROSS_DEVICE_ID = "arn:aws:signin:::devtools/cross-device"

CONFIRMATION_PATH = "/v1/sessions/confirmation"
"""Where the browser shows the code that a person carries to another machine."""

_LOOPBACK_CALLBACK = re.compile(r"http://127\.0\.0\.1:([1-9][0-9]{0,4})/oauth/callback", re.ASCII)
"""The callback of `aws login`, which listens on this literal address alone, at a port of its own each time (RFC 8252 §7.3)."""


LOOPBACK_URI = re.compile(r"http://(?:localhost|127\.0\.0\.1|\[::1\])(?::(?P<port>[1-9][0-9]{0,4}))?(?:[/?][!-~]*)?", re.ASCII)
"""An address on the machine of whoever opens it; the port may be another at every sign-in (RFC 8252 §7.3)."""
_REGISTERED_ID = re.compile(r"arn:aws:signin:[a-z0-9-]{1,32}::external-client/dcr/[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.ASCII)
REGISTRATION_LIFETIME = timedelta(days=90)
"""How long a client's registration lasts (Sign-In API reference, CreateOAuth2PublicClient)."""


class ClientKind(StrEnum):
    """What a client is, which decides how its codes come to it and what proves that a request is its own."""

    CONSOLE = "console"
    SAME_DEVICE = "same-device"
    CROSS_DEVICE = "cross-device"
    REGISTERED = "registered"


@dataclass(frozen=True, slots=True)
class Client:
    """A public client: its id and the redirect URIs it may name, compared as exact text (RFC 9700 §4.1.3).

    `resource_name` is the last part of the ARN by which policies mean it (guide, "OAuth resource types"); `name` is what people call it.
    `proves_key` tells whether its token requests must carry a DPoP proof, `refreshes` whether it gets refresh tokens.
    """

    client_id: str
    redirect_uris: tuple[str, ...]
    scopes: frozenset[str]
    kind: ClientKind = ClientKind.CONSOLE
    name: str = ""
    resource_name: str = ""
    proves_key: bool = False
    refreshes: bool = True

    def takes(self, redirect_uri: str) -> bool:
        """Tell whether a code of this client may be sent to `redirect_uri`."""
        if self.kind is ClientKind.SAME_DEVICE:
            callback = _LOOPBACK_CALLBACK.fullmatch(redirect_uri)
            return callback is not None and int(callback[1]) <= 65535
        if self.kind is ClientKind.CROSS_DEVICE:
            return redirect_uri in _confirmation_pages()
        if redirect_uri in self.redirect_uris:
            return True
        wanted = _without_port(redirect_uri) if self.kind is ClientKind.REGISTERED else None
        return wanted is not None and any(_without_port(uri) == wanted for uri in self.redirect_uris)

    def allows(self, scope: str) -> bool:
        """Tell whether the client may ask for a scope; one that registered itself need not ask for any."""
        return (not scope and self.kind is ClientKind.REGISTERED) or self.scopes.issuperset(scope.split(" "))

    def is_for(self, resource: str) -> bool:
        """Tell whether a sign-in of this client may be for `resource`: one that registered itself must name a service that takes tokens."""
        return self.kind is not ClientKind.REGISTERED or service_of(resource) is not None

    def resource_arn(self, region: str, account: str, *, resource: str = "") -> str:
        """Return the ARN by which an account's policies in `region` mean this client, or the service that its tokens are for."""
        if self.kind is ClientKind.REGISTERED:
            return service_arn(service_of(resource) or "", region=region, account=account)
        return f"arn:aws:signin:{region}:{account}:oauth2/public-client/{self.resource_name}"


def _without_port(uri: str) -> str | None:
    """Return a loopback address without its port; None for any other."""
    found = LOOPBACK_URI.fullmatch(uri)
    if found is None or (found["port"] and int(found["port"]) > 65535):
        return None
    return uri if found["port"] is None else uri[: found.start("port") - 1] + uri[found.end("port") :]


def _confirmation_pages() -> frozenset[str]:
    """Return the portal's own confirmation page under every name that a client may have for the portal.

    The clients build the address from their endpoint, so a portal on loopback is named as `localhost` by one and as `127.0.0.1` by
    another; its port is always the portal's.
    """
    base = urlsplit(conf.base_url)
    port = f":{base.port}" if base.port else ""
    hosts = {base.netloc, *(f"{host}{port}" for host in conf.extra_hosts)}
    if is_loopback(conf.host):
        hosts |= {f"localhost{port}", f"127.0.0.1{port}"}
    return frozenset(f"{base.scheme}://{host}{CONFIRMATION_PATH}" for host in hosts)


def client_of(client_id: str) -> Client | None:
    """Return the client called `client_id`, or None."""
    openid = frozenset({"openid"})
    if client_id == CONSOLE_CLIENT_ID:
        return Client(CONSOLE_CLIENT_ID, (f"{conf.base_url}/console/callback",), openid)
    if client_id == SAME_DEVICE_ID:
        return Client(client_id, (), openid, ClientKind.SAME_DEVICE, "AWS CLI", "localhost", proves_key=True)
    if client_id == CROSS_DEVICE_ID:
        return Client(client_id, (), openid, ClientKind.CROSS_DEVICE, "AWS CLI", "remote", proves_key=True)
    return _registered(client_id, openid) if _REGISTERED_ID.fullmatch(client_id) else None


def _registered(client_id: str, scopes: frozenset[str]) -> Client | None:
    row = RegisteredClient.objects.filter(client_id=client_id, created_at__gt=clock.now() - REGISTRATION_LIFETIME).first()
    if row is None:
        return None
    refreshes = "refresh_token" in row.grant_types
    return Client(client_id, tuple(row.redirect_uris), scopes, ClientKind.REGISTERED, row.name, refreshes=refreshes)
