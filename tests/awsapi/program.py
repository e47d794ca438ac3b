"""A program that calls the portal: botocore writes and signs its requests and reads the answers; only the socket is missing."""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from urllib.parse import quote_plus, urlsplit

from botocore.parsers import create_parser
from botocore.serialize import create_serializer
from django.http.response import HttpResponseBase
from django.test import Client

from accounts.access_keys.flows import NewKey
from portal.awsapi import models
from tests.awsapi.signing import signed

HOST = "http://localhost:8000"


@dataclass(frozen=True, slots=True)
class Failed:
    """An error as a client reads it; `encoded` is what stands behind the message of a denial for those who may decode it."""

    code: str
    message: str
    status: int
    more: dict[str, Any]
    encoded: str = ""


@dataclass(frozen=True)
class Program:
    """Whose keys it has, and which Region it calls."""

    key_id: str
    secret: str
    token: str = ""
    region: str = "us-east-1"
    user_agent: str = "tests/1.0"

    @classmethod
    def of(cls, key: NewKey) -> "Program":
        """Return a program with this key."""
        return cls(key.id, key.secret)

    def within(self, credentials: dict[str, Any]) -> "Program":
        """Return a program with the temporary credentials that `assume_role` gave."""
        return replace(self, key_id=credentials["AccessKeyId"], secret=credentials["SecretAccessKey"], token=credentials["SessionToken"])

    def in_region(self, region: str) -> "Program":
        """Return the same program, calling another Region."""
        return replace(self, region=region)

    def sends(
        self,
        path: str = "/",
        *,
        body: bytes = b"",
        service: str = "signin",
        headers: dict[str, str] | None = None,
        method: str = "POST",
        at: datetime | None = None,
    ) -> HttpResponseBase:
        """Sign and send a request as it is given."""
        request = signed(
            method,
            HOST + path,
            key_id=self.key_id,
            secret=self.secret,
            token=self.token,
            service=service,
            region=self.region,
            headers=headers,
            body=body,
            at=at,
        )
        return send(method, path, body, dict(request.headers.items()), user_agent=self.user_agent)

    def calls(self, service: str, operation: str, **parameters: Any) -> dict[str, Any] | Failed:
        """Call an operation and return its output, or the error, as botocore reads them."""
        wanted = models.operation(service, operation)
        protocol = wanted.service.protocol
        written = create_serializer(protocol, include_validation=False).serialize_to_request(parameters, wanted.model)
        body = written["body"]
        if isinstance(body, dict):
            body = "&".join(f"{quote_plus(name)}={quote_plus(str(value))}" for name, value in body.items()).encode()
        answer = self.sends(written["url_path"], body=_octets(body), service=wanted.service.signing_name, headers=dict(written["headers"]))
        raw = {"body": answer.content, "headers": {name.lower(): value for name, value in answer.items()}, "status_code": answer.status_code}  # type: ignore[attr-defined]
        parsed: dict[str, Any] = create_parser(protocol).parse(raw, wanted.model.output_shape)
        if answer.status_code < 300:
            parsed.pop("ResponseMetadata")
            return parsed
        shape = wanted.error_shape(parsed["Error"]["Code"])
        more = create_parser(protocol).parse(raw, shape) if shape is not None else {}
        members = {name: value for name, value in more.items() if name not in {"Error", "ResponseMetadata"}}
        message, _, encoded = parsed["Error"]["Message"].partition(". Encoded authorization failure message: ")
        return Failed(parsed["Error"]["Code"], message, answer.status_code, members, encoded)

    def answered(self, service: str, operation: str, **parameters: Any) -> dict[str, Any]:
        """Call an operation that must succeed."""
        found = self.calls(service, operation, **parameters)
        assert not isinstance(found, Failed), found
        return found

    def refused(self, service: str, operation: str, **parameters: Any) -> Failed:
        """Call an operation that must fail."""
        found = self.calls(service, operation, **parameters)
        assert isinstance(found, Failed), found
        return found


def _octets(body: Any) -> bytes:
    return body if isinstance(body, bytes) else str(body).encode()


def send(
    method: str, path: str, body: bytes, headers: dict[str, str], *, user_agent: str = "tests/1.0", address: str = "127.0.0.1"
) -> HttpResponseBase:
    """Send a request in process, with these headers alone; no form token, no cookie."""
    sent = {name: value for name, value in headers.items() if name.lower() not in {"content-type", "content-length"}}
    meta = {f"HTTP_{name.upper().replace('-', '_')}": value for name, value in sent.items()}
    kind = next((value for name, value in headers.items() if name.lower() == "content-type"), "")
    parts = urlsplit(path)
    meta |= {"HTTP_HOST": meta.get("HTTP_HOST", "localhost:8000"), "HTTP_USER_AGENT": user_agent, "QUERY_STRING": parts.query, "REMOTE_ADDR": address}
    return Client(enforce_csrf_checks=True).generic(method, parts.path, body, content_type=kind, **meta)  # type: ignore[arg-type]  # the stubs name no extra keys
