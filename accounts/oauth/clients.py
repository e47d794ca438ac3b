"""The OAuth clients that the portal knows, as a table."""

import re
from dataclasses import dataclass
from enum import StrEnum
from urllib.parse import urlsplit

from portal.conf import conf, is_loopback

CONSOLE_CLIENT_ID = "arn:aws:signin:::console/vestibule"
"""The console itself; the resource form of the service authorization reference, `arn:…:signin:::console/NAME`."""
SAME_DEVICE_ID = "arn:aws:signin:::devtools/same-device"
CROSS_DEVICE_ID = "arn:aws:signin:::devtools/cross-device"

CONFIRMATION_PATH = "/v1/sessions/confirmation"
"""Where the browser shows the code that a person carries to another machine."""

_LOOPBACK_CALLBACK = re.compile(r"http://127\.0\.0\.1:([1-9][0-9]{0,4})/oauth/callback", re.ASCII)
"""The callback of `aws login`, which listens on this literal address alone, at a port of its own each time (RFC 8252 §7.3)."""


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
    `proves_key` tells whether its token requests must carry a DPoP proof.
    """

    client_id: str
    redirect_uris: tuple[str, ...]
    scopes: frozenset[str]
    kind: ClientKind = ClientKind.CONSOLE
    name: str = ""
    resource_name: str = ""
    proves_key: bool = False

    def takes(self, redirect_uri: str) -> bool:
        """Tell whether a code of this client may be sent to `redirect_uri`."""
        if self.kind is ClientKind.SAME_DEVICE:
            callback = _LOOPBACK_CALLBACK.fullmatch(redirect_uri)
            return callback is not None and int(callback[1]) <= 65535
        if self.kind is ClientKind.CROSS_DEVICE:
            return redirect_uri in _confirmation_pages()
        return redirect_uri in self.redirect_uris

    def resource_arn(self, region: str, account: str) -> str:
        """Return the ARN by which an account's policies in `region` mean this client."""
        return f"arn:aws:signin:{region}:{account}:oauth2/public-client/{self.resource_name}"


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
    return None
