"""Verify Signature Version 4 (IAM user guide, "Create a signed AWS API request"). Pure: no request object, no settings, no clock.

Only the Authorization header is read. Query signatures (presigned addresses), bodies that are signed chunk by chunk and bodies that
are not signed at all are refused, and the refusal says so.
"""

import hashlib
import hmac
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import Enum, auto
from functools import lru_cache
from urllib.parse import quote, quote_from_bytes, unquote_to_bytes

from portal.core.mac import mac

ALGORITHM = "AWS4-HMAC-SHA256"
TERMINATOR = "aws4_request"
STAMP = "%Y%m%dT%H%M%SZ"
CONTENT_HASH = "x-amz-content-sha256"

_STAMP = re.compile(r"[0-9]{8}T[0-9]{6}Z", re.ASCII)
_SIGNATURE = re.compile(r"[0-9a-f]{64}", re.ASCII)
_HEADER_NAMES = re.compile(r"[a-z0-9!#$%&'*+.^_`|~-]+(?:;[a-z0-9!#$%&'*+.^_`|~-]+)*", re.ASCII)
_PARTS = ("Credential", "SignedHeaders", "Signature")


class Flaw(Enum):
    """What is wrong with a request's signature; each protocol has its own name for it."""

    MISSING = auto()
    INCOMPLETE = auto()
    MISMATCH = auto()


class SignatureRefused(Exception):
    """The request is not signed as it must be; `message` is the sentence that the client is told."""

    def __init__(self, flaw: Flaw, message: str) -> None:
        super().__init__(message)
        self.flaw = flaw
        self.message = message


@dataclass(frozen=True, slots=True)
class SignedRequest:
    """A request as it was sent: `path` and `query` still percent-encoded, header names in lower case, values of one name joined by commas."""

    method: str
    path: str
    query: str
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True, slots=True)
class Claim:
    """What an Authorization header claims. Nothing of it is true until `verify` has returned."""

    key_id: str
    date: str
    region: str
    service: str
    signed_headers: tuple[str, ...]
    signature: str
    stamp: str
    signed_at: datetime

    @property
    def scope(self) -> str:
        """The credential scope, without the key."""
        return f"{self.date}/{self.region}/{self.service}/{TERMINATOR}"


def read_claim(request: SignedRequest) -> Claim:
    """Return what a request claims; raises `SignatureRefused` where it is not signed, or not in the one way that is taken."""
    given = request.headers.get("authorization", "")
    if not given:
        if re.search(r"(?:^|&)X-Amz-(?:Signature|Algorithm|Credential)=", request.query, re.IGNORECASE):
            raise SignatureRefused(Flaw.INCOMPLETE, "Presigned URLs are not supported; sign with the Authorization header.")
        raise SignatureRefused(Flaw.MISSING, "Request is missing Authentication Token")
    algorithm, _, rest = given.partition(" ")
    if algorithm != ALGORITHM:
        raise SignatureRefused(Flaw.INCOMPLETE, f"Unsupported algorithm in the Authorization header; expected {ALGORITHM}.")
    parts = _parts(rest)
    credential = parts["Credential"].split("/")
    if len(credential) != 5 or credential[4] != TERMINATOR:
        raise SignatureRefused(Flaw.INCOMPLETE, f"Credential must have the form <access key ID>/<date>/<region>/<service>/{TERMINATOR}.")
    if not _SIGNATURE.fullmatch(parts["Signature"]):
        raise SignatureRefused(Flaw.INCOMPLETE, "Signature must be 64 lower-case hexadecimal digits.")
    stamp = request.headers.get("x-amz-date", "")
    signed_at = _moment(stamp)
    if credential[1] != stamp[:8]:
        reason = f"'{credential[1][:16]}' != '{stamp[:8]}', from '{stamp}'."
        raise SignatureRefused(Flaw.MISMATCH, f"Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP: {reason}")
    names = _signed_headers(parts["SignedHeaders"], request.headers)
    return Claim(credential[0], credential[1], credential[2], credential[3], names, parts["Signature"], stamp, signed_at)


def _parts(rest: str) -> dict[str, str]:
    found: dict[str, str] = {}
    for part in rest.split(","):
        name, equals, value = part.strip().partition("=")
        if not equals or name not in _PARTS or name in found:
            raise SignatureRefused(Flaw.INCOMPLETE, "The Authorization header must name Credential, SignedHeaders and Signature once each.")
        found[name] = value
    missing = [name for name in _PARTS if not found.get(name)]
    if missing:
        raise SignatureRefused(Flaw.INCOMPLETE, f"Authorization header requires '{missing[0]}' parameter.")
    return found


def _moment(stamp: str) -> datetime:
    if not stamp:
        raise SignatureRefused(Flaw.INCOMPLETE, "Authorization header requires existence of an 'X-Amz-Date' header.")
    try:
        if not _STAMP.fullmatch(stamp):
            raise ValueError(stamp)
        # Reading the parts costs a quarter of what `strptime` does.
        year, month, day, hour, minute, second = map(int, (stamp[:4], stamp[4:6], stamp[6:8], stamp[9:11], stamp[11:13], stamp[13:15]))
        return datetime(year, month, day, hour, minute, second, tzinfo=UTC)
    except ValueError:
        raise SignatureRefused(Flaw.INCOMPLETE, "Date must be in ISO-8601 'basic format', such as 20260102T030405Z.") from None


def _signed_headers(given: str, headers: Mapping[str, str]) -> tuple[str, ...]:
    """Return the names of the signed headers; refuses a list that leaves out what a request must not change after it was signed."""
    names = tuple(given.split(";"))
    if len(set(names)) != len(names) or not _HEADER_NAMES.fullmatch(given):
        raise SignatureRefused(Flaw.INCOMPLETE, "SignedHeaders must be lower-case header names, each once, separated by semicolons.")
    if "host" not in names:
        raise SignatureRefused(Flaw.MISMATCH, "'Host' must be a 'SignedHeader' in the AWS Authorization.")
    unsigned = sorted([name for name in headers.keys() - names if name.startswith("x-amz-")])
    if unsigned:
        raise SignatureRefused(Flaw.MISMATCH, f"There were headers present in the request which were not signed: {', '.join(unsigned)}")
    absent = [name for name in names if name not in headers]
    if absent:
        raise SignatureRefused(Flaw.MISMATCH, f"A signed header is not in the request: {absent[0][:64]}")
    return names


def check_time(claim: Claim, *, now: datetime, skew: timedelta) -> None:
    """Refuse a signature made more than `skew` before or after `now`. Within it a request may come again, as a client's own retry does."""
    minutes = f"{skew.total_seconds() / 60:g} min."
    present = now.strftime(STAMP)
    if claim.signed_at < now - skew:
        bound = (now - skew).strftime(STAMP)
        raise SignatureRefused(Flaw.MISMATCH, f"Signature expired: {claim.stamp} is now earlier than {bound} ({present} - {minutes})")
    if claim.signed_at > now + skew:
        bound = (now + skew).strftime(STAMP)
        raise SignatureRefused(Flaw.MISMATCH, f"Signature not yet current: {claim.stamp} is still later than {bound} ({present} + {minutes})")


def check_body(request: SignedRequest) -> str:
    """Return the SHA-256 of the body, in hexadecimal; refuses a body that was signed in pieces, not at all, or as another one."""
    found = hashlib.sha256(request.body).hexdigest()
    named = request.headers.get(CONTENT_HASH)
    if named is None or hmac.compare_digest(named.encode("utf-8", "replace"), found.encode()):
        return found
    if named.startswith("STREAMING-"):
        raise SignatureRefused(Flaw.MISMATCH, "Bodies signed chunk by chunk (aws-chunked) are not supported; sign the whole body.")
    if named == "UNSIGNED-PAYLOAD":
        raise SignatureRefused(Flaw.MISMATCH, "The body must be signed; UNSIGNED-PAYLOAD is not supported.")
    raise SignatureRefused(Flaw.MISMATCH, "The provided 'x-amz-content-sha256' header does not match what was computed.")


def verify(request: SignedRequest, claim: Claim, *, secret: str) -> None:
    """Refuse a request that the holder of `secret` did not sign as it is; the signatures are compared in constant time."""
    canonical = canonical_request(request, claim.signed_headers, check_body(request))
    text = "\n".join((ALGORITHM, claim.stamp, claim.scope, hashlib.sha256(canonical.encode("utf-8", "surrogatepass")).hexdigest()))
    key = _signing_key(secret, claim.date, claim.region, claim.service)
    expected = mac(key, text.encode("utf-8", "surrogatepass")).hex()
    if not hmac.compare_digest(expected, claim.signature):
        raise SignatureRefused(
            Flaw.MISMATCH,
            "The request signature we calculated does not match the signature you provided. "
            "Check your AWS Secret Access Key and signing method. Consult the service documentation for details.",
        )


@lru_cache(maxsize=4096)
def _signing_key(secret: str, date: str, region: str, service: str) -> bytes:
    """Return the key of a scope: a client signs with the same one all day."""
    key = f"AWS4{secret}".encode()
    for part in (date, region, service, TERMINATOR):
        key = hmac.digest(key, part.encode("utf-8", "surrogatepass"), "sha256")
    return key


def canonical_request(request: SignedRequest, signed_headers: tuple[str, ...], body_hash: str) -> str:
    """Return the text that is signed (IAM user guide, "Create a canonical request"), for every service but S3."""
    names = sorted(signed_headers)
    lines = [f"{name}:{' '.join(request.headers[name].split())}" for name in names]
    path, query = "/" if request.path == "/" else _canonical_path(request.path), _canonical_query(request.query)
    return "\n".join((request.method.upper(), path, query, *lines, "", ";".join(names), body_hash))


def _canonical_path(path: str) -> str:
    """Return the path with dot segments and empty segments gone (RFC 3986 §5.2.4), encoded once more than it was sent."""
    kept: list[str] = []
    for segment in path.split("/"):
        if segment == "..":
            del kept[-1:]
        elif segment not in {"", "."}:
            kept.append(segment)
    whole = "/" + "/".join(kept) + ("/" if kept and path.endswith("/") else "")
    return quote(whole, safe="/~")


def _canonical_query(query: str) -> str:
    """Return the parameters in the order of their encoded names and values, each encoded in the one way."""
    pairs = []
    for pair in query.split("&") if query else ():
        name, _, value = pair.partition("=")
        pairs.append((_encoded(name), _encoded(value)))
    return "&".join(f"{name}={value}" for name, value in sorted(pairs))


def _encoded(text: str) -> str:
    return quote_from_bytes(unquote_to_bytes(text), safe="-_.~")
