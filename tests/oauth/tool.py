"""A program that signs in as `aws login` does: it has a key of its own, redeems codes and refreshes; only the socket is missing."""

import json
import time
import uuid
from base64 import urlsafe_b64encode
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

import jwt
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, EllipticCurvePrivateKey, generate_private_key

from accounts.models import Principal, SignInSession
from accounts.oauth.clients import CROSS_DEVICE_ID, SAME_DEVICE_ID, client_of
from accounts.oauth.dpop import thumbprint
from accounts.oauth.grants import make_grant_code
from accounts.sessions.flows import open_session
from portal.core import pkce
from portal.core.tokens import new_token
from portal.network.origin import Origin
from tests.awsapi.program import Program, send

BROWSER = Origin(address="203.0.113.7", region="us-east-1", regional=False, user_agent="Mozilla/5.0", host="localhost:8000")
CALLBACK = "http://127.0.0.1:49152/oauth/callback"
CONFIRMATION = "http://localhost:8000/v1/sessions/confirmation"
HTU = "http://localhost:8000/v1/token"
USER_AGENT = "aws-cli/2.38.5 md/command#login"


def encoded(octets: bytes) -> str:
    """Return base64url without padding."""
    return urlsafe_b64encode(octets).rstrip(b"=").decode()


def jwk_of(key: EllipticCurvePrivateKey, *, strip: bool = False) -> dict[str, str]:
    """Return the public half of a key; `strip` leaves out leading zero bytes, as awscrt does."""
    numbers = key.public_key().public_numbers()
    octets = [number.to_bytes(32) for number in (numbers.x, numbers.y)]
    x, y = (coordinate.lstrip(b"\0") if strip else coordinate for coordinate in octets)
    return {"kty": "EC", "crv": "P-256", "x": encoded(x), "y": encoded(y)}


@dataclass(frozen=True, slots=True)
class Answered:
    """What the token endpoint answered."""

    status: int
    kind: str
    body: dict[str, Any]

    @property
    def refresh_token(self) -> str:
        """The refresh token of an answer that has one."""
        assert self.status == 200, self
        token: str = self.body["refreshToken"]
        return token

    @property
    def error(self) -> tuple[str, str]:
        """The kind and the word of a refusal."""
        assert self.status != 200, self
        return self.kind, self.body["error"]

    def program(self) -> Program:
        """Return a program that signs with the credentials of this answer."""
        given = self.body["accessToken"]
        return Program(given["accessKeyId"], given["secretAccessKey"], given["sessionToken"])


@dataclass(frozen=True)
class Tool:
    """A program with a key, as one `aws login` has it."""

    client_id: str = SAME_DEVICE_ID
    key: EllipticCurvePrivateKey = field(default_factory=lambda: generate_private_key(SECP256R1()))
    verifier: str = field(default_factory=lambda: new_token() + new_token()[:21])
    address: str = "127.0.0.1"

    @property
    def redirect_uri(self) -> str:
        """Where the code comes to."""
        return CONFIRMATION if self.client_id == CROSS_DEVICE_ID else CALLBACK

    @property
    def jkt(self) -> str:
        """The thumbprint of the key."""
        numbers = self.key.public_key().public_numbers()
        return thumbprint(numbers.x.to_bytes(32), numbers.y.to_bytes(32))

    def proof(self, header: Mapping[str, Any] | None = None, **claims: Any) -> str:
        """Return a proof, changed by `header` and `claims`; a claim that is None is left out."""
        made: dict[str, Any] = {"htm": "POST", "htu": HTU, "iat": int(time.time()), "jti": str(uuid.uuid4())} | claims
        head = {"typ": "dpop+jwt", "jwk": jwk_of(self.key), **(header or {})}
        return jwt.encode({name: value for name, value in made.items() if value is not None}, self.key, algorithm="ES256", headers=head)

    def code(self, session: SignInSession, **more: str) -> str:
        """Return a code that the session's owner has allowed."""
        client = client_of(self.client_id)
        assert client is not None
        challenge = pkce.challenge_of(verifier=self.verifier)
        arguments = {"region": "us-east-1", "redirect_uri": self.redirect_uri, "scope": "openid"} | more
        return make_grant_code(session, client=client, challenge=challenge, **arguments)

    def redeems(self, code: str, /, *, proof: str | None = None, **changes: Any) -> Answered:
        """Ask for tokens for a code."""
        return self.sends(
            {
                "clientId": self.client_id,
                "grantType": "authorization_code",
                "code": code,
                "codeVerifier": self.verifier,
                "redirectUri": self.redirect_uri,
            }
            | changes,
            proof=proof,
        )

    def refreshes(self, token: str, /, *, proof: str | None = None, **changes: Any) -> Answered:
        """Ask for tokens for a refresh token."""
        return self.sends({"clientId": self.client_id, "grantType": "refresh_token", "refreshToken": token} | changes, proof=proof)

    def sends(self, body: Mapping[str, Any], *, proof: str | None = None, headers: Mapping[str, str] | None = None, form: bool = False) -> Answered:
        """Send a token request; members that are None are left out."""
        given = {name: value for name, value in body.items() if value is not None}
        sent = {"DPoP": self.proof() if proof is None else proof, "Content-Type": "application/json", **(headers or {})}
        written = json.dumps(given)
        if form:
            sent["Content-Type"] = "application/x-www-form-urlencoded"
            written = urlencode(given)
        return self.posts(written.encode(), {name: value for name, value in sent.items() if value})

    def posts(self, body: bytes, headers: dict[str, str], *, path: str = "/v1/token") -> Answered:
        """Send bytes to the token endpoint."""
        answer = send("POST", path, body, headers, user_agent=USER_AGENT, address=self.address)
        return Answered(answer.status_code, answer.headers.get("x-amzn-ErrorType", ""), json.loads(answer.content))  # type: ignore[attr-defined]

    def signs_in(self, session: SignInSession) -> Answered:
        """Get a code and redeem it."""
        answer = self.redeems(self.code(session))
        assert answer.status == 200, answer
        return answer


def session_of(principal: Principal, *, factor: str = "") -> SignInSession:
    """Return a session of somebody who has just signed in."""
    return open_session(principal, origin=BROWSER, factor=factor)[0]


def somebody(account: str, name: str) -> Principal:
    """Return an IAM user, or a root user by its e-mail address."""
    found = Principal.objects.select_related("account")
    return found.get(kind="root", email=name) if "@" in name else found.get(account_id=account, kind="iam_user", name=name)
