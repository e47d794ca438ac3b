"""The OAuth clients that the portal knows, as a table."""

from dataclasses import dataclass

from portal.conf import conf

CONSOLE_CLIENT_ID = "arn:aws:signin:::console/vestibule"
"""The console itself; the resource form of the service authorization reference, `arn:…:signin:::console/NAME`."""


@dataclass(frozen=True, slots=True)
class Client:
    """A public client: its id and the redirect URIs it may name, compared as exact text (RFC 9700 §4.1.3)."""

    client_id: str
    redirect_uris: tuple[str, ...]
    scopes: frozenset[str]


def client_of(client_id: str) -> Client | None:
    """Return the client called `client_id`, or None."""
    if client_id == CONSOLE_CLIENT_ID:
        return Client(CONSOLE_CLIENT_ID, (f"{conf.base_url}/console/callback",), frozenset({"openid"}))
    return None
