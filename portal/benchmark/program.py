"""A program as far as a token request and a signed call need one: a key, proofs, signatures, and one connection that stays open."""

import http.client
import json
import time
import uuid
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

import jwt
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, EllipticCurvePrivateKey, generate_private_key

from accounts.models import Grant, Principal, SignInSession
from accounts.oauth import grants
from accounts.oauth.clients import SAME_DEVICE_ID, client_of
from accounts.oauth.dpop import ALGORITHM, TYPE
from accounts.sessions.flows import open_session
from portal.core import pkce
from portal.core.base64url import written
from portal.core.tokens import new_token
from portal.network.origin import Origin

TOKEN_PATH = "/v1/token"  # noqa: S105  # an address, not a secret
IDENTITY_CALL = b"Action=GetCallerIdentity&Version=2011-06-15"
REGION = "us-east-1"
_CALLBACK = "http://127.0.0.1:49152/oauth/callback"
_FORM = "application/x-www-form-urlencoded; charset=utf-8"
_AGENT = "aws-cli/2.38.5 md/command#login"


class ProgramFailed(RuntimeError):
    """The portal did not give a program what it asked for."""


@dataclass
class Connection:
    """One connection to a server. `timed` receives the label and the seconds of each request."""

    base_url: str
    timed: Callable[[str, float], None] = lambda _label, _seconds: None

    def __post_init__(self) -> None:
        parts = urlsplit(self.base_url)
        self._connection = http.client.HTTPConnection(parts.hostname or "localhost", parts.port or 80, timeout=60)

    def post(self, label: str, path: str, body: bytes, headers: Mapping[str, str]) -> bytes:
        """Send one request and return the body of its answer; raises `ProgramFailed` for an error."""
        sent = {"User-Agent": _AGENT, **headers}
        started = time.perf_counter()
        try:
            status, content = self._exchange(path, body, sent)
        except ConnectionError:
            self._connection.close()  # the server hangs up on whoever was quiet for a while
            status, content = self._exchange(path, body, sent)
        self.timed(label, time.perf_counter() - started)
        if status != 200:
            raise ProgramFailed(f"{status} for {label}: {content[:200]!r}")
        return content

    def _exchange(self, path: str, body: bytes, headers: Mapping[str, str]) -> tuple[int, bytes]:
        self._connection.request("POST", path, body=body, headers=headers)
        response = self._connection.getresponse()
        return response.status, response.read()

    def close(self) -> None:
        """Close the connection."""
        self._connection.close()


def identity_headers(base_url: str, given: Mapping[str, str]) -> dict[str, str]:
    """Return the headers of a call of `GetCallerIdentity` that is signed with the credentials of a token answer."""
    request = AWSRequest("POST", f"{base_url}/", headers={"Content-Type": _FORM}, data=IDENTITY_CALL)
    credentials = Credentials(given["accessKeyId"], given["secretAccessKey"], given["sessionToken"])
    SigV4Auth(credentials, "sts", REGION).add_auth(request)
    return dict(request.headers.items())


@dataclass(frozen=True)
class Program:
    """A program on the same machine as the browser, as one `aws login` makes it."""

    base_url: str
    key: EllipticCurvePrivateKey = field(default_factory=lambda: generate_private_key(SECP256R1()))
    verifier: str = field(default_factory=new_token)

    def proof(self) -> str:
        """Return a DPoP proof for the token endpoint, good for a minute."""
        numbers = self.key.public_key().public_numbers()
        jwk = {"kty": "EC", "crv": "P-256", "x": written(numbers.x.to_bytes(32)), "y": written(numbers.y.to_bytes(32))}
        claims = {"htm": "POST", "htu": f"{self.base_url}{TOKEN_PATH}", "iat": int(time.time()), "jti": str(uuid.uuid4())}
        return jwt.encode(claims, self.key, algorithm=ALGORITHM, headers={"typ": TYPE, "jwk": jwk})

    def proofs(self, count: int) -> Iterator[str]:
        """Return that many proofs, made now, so that making them takes no time between requests."""
        return iter([self.proof() for _ in range(count)])

    def code(self, session: SignInSession) -> str:
        """Return a code as if the session's owner had just allowed this program."""
        client = client_of(SAME_DEVICE_ID)
        assert client is not None  # noqa: S101  # it is in the table
        challenge = pkce.challenge_of(verifier=self.verifier)
        return grants.make_grant_code(session, client=client, redirect_uri=_CALLBACK, challenge=challenge, scope="openid", region=REGION)

    def redeem(self, connection: Connection, code: str, proof: str) -> dict[str, Any]:
        """Exchange a code for tokens; return the answer."""
        return self._ask(connection, "code", proof, grantType=grants.CODE_GRANT, code=code, codeVerifier=self.verifier, redirectUri=_CALLBACK)

    def refresh(self, connection: Connection, token: str, proof: str) -> dict[str, Any]:
        """Exchange a refresh token for the next one; return the answer."""
        return self._ask(connection, "refresh", proof, grantType=grants.REFRESH_GRANT, refreshToken=token)

    def _ask(self, connection: Connection, label: str, proof: str, **asked: str) -> dict[str, Any]:
        body = json.dumps({"clientId": SAME_DEVICE_ID, **asked}).encode()
        answer: dict[str, Any] = json.loads(connection.post(label, TOKEN_PATH, body, {"Content-Type": "application/json", "DPoP": proof}))
        return answer


@contextmanager
def bench_session(principal: Principal) -> Iterator[SignInSession]:
    """Sign a principal in without a browser; the session goes away again with every code and grant that it gave."""
    origin = Origin(address="127.0.0.1", region=REGION, regional=False, user_agent=_AGENT, host="localhost")
    session, _secret = open_session(principal, origin=origin, factor="")
    try:
        yield session
    finally:
        Grant.objects.filter(code__session=session).delete()
        session.delete()
