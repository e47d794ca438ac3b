"""Requests signed by botocore's own signer, as the real clients sign them."""

from collections.abc import Mapping
from datetime import UTC, datetime
from urllib.parse import urlsplit

from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from portal.awsapi.sigv4 import SignedRequest


class Signer(SigV4Auth):  # type: ignore[misc]  # botocore publishes no types
    """botocore's signer, at a moment of one's own."""

    def __init__(self, credentials: Credentials, service: str, region: str, at: datetime) -> None:
        super().__init__(credentials, service, region)
        self._at = at

    def add_auth(self, request: AWSRequest) -> None:
        """Sign as `SigV4Auth.add_auth` does; the moment is the only difference."""
        request.context["timestamp"] = self._at.strftime("%Y%m%dT%H%M%SZ")
        self._modify_request_before_signing(request)
        text = self.string_to_sign(request, self.canonical_request(request))
        self._inject_signature_to_request(request, self.signature(text, request))


def signed(
    method: str,
    url: str,
    *,
    key_id: str,
    secret: str,
    token: str = "",
    service: str = "signin",
    region: str = "us-east-1",
    headers: Mapping[str, str] | None = None,
    body: bytes = b"",
    at: datetime | None = None,
) -> AWSRequest:
    """Return the request, signed."""
    request = AWSRequest(method=method, url=url, data=body, headers=dict(headers or {}))
    request.context["payload_signing_enabled"] = True
    Signer(Credentials(key_id, secret, token or None), service, region, at or datetime.now(UTC)).add_auth(request)
    return request


def as_received(request: AWSRequest) -> SignedRequest:
    """Return what a server sees of a signed request."""
    parts = urlsplit(request.url)
    headers: dict[str, list[str]] = {"host": [parts.netloc]}
    for name, value in request.headers.items():
        headers.setdefault(name.lower(), []).append(value)
    joined = {name: ",".join(values) for name, values in headers.items()}
    body = request.data if isinstance(request.data, bytes) else b""
    return SignedRequest(request.method, parts.path, parts.query, joined, body)
