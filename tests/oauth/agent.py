"""An agent that registers itself and speaks plain OAuth: forms, tokens for one service."""

import json
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

from accounts.models import SignInSession
from accounts.oauth.clients import client_of
from accounts.oauth.grants import make_grant_code
from portal.core import pkce
from portal.core.tokens import new_token
from tests.awsapi.program import send
from tests.oauth.tool import Answered

CALLBACK = "http://127.0.0.1:60432/oauth/callback"
MCP = "https://aws-mcp.us-east-1.api.aws/mcp"
SERVICE = "aws-mcp.amazonaws.com"
JSON = {"Content-Type": "application/json"}
FORM = {"Content-Type": "application/x-www-form-urlencoded"}


def posts(path: str, body: bytes, headers: dict[str, str], *, address: str = "127.0.0.1") -> Answered:
    """Send bytes to an address of the data plane."""
    answer = send("POST", path, body, headers, user_agent="agent/1.0", address=address)
    return Answered(answer.status_code, answer.headers.get("x-amzn-ErrorType", ""), json.loads(answer.content))  # type: ignore[attr-defined]


def registers(*uris: str, address: str = "127.0.0.1", **more: Any) -> Answered:
    """Register a client with these redirect URIs."""
    return posts("/v1/register", json.dumps({"redirect_uris": list(uris or (CALLBACK,)), **more}).encode(), JSON, address=address)


def registered(*uris: str, **more: Any) -> "Agent":
    """Return an agent that has registered itself."""
    answer = registers(*uris, **more)
    assert answer.status == 200, answer
    return Agent(answer.body["client_id"])


@dataclass(frozen=True)
class Agent:
    """A registered client."""

    client_id: str
    redirect_uri: str = CALLBACK
    verifier: str = field(default_factory=lambda: new_token() + new_token()[:21])

    def code(self, session: SignInSession, **more: str) -> str:
        """Return a code that the session's owner has allowed."""
        client = client_of(self.client_id)
        assert client is not None
        challenge = pkce.challenge_of(verifier=self.verifier)
        arguments = {"region": "us-east-1", "redirect_uri": self.redirect_uri, "scope": "", "resource": MCP} | more
        return make_grant_code(session, client=client, challenge=challenge, **arguments)

    def sends(self, **given: str) -> Answered:
        """Send a token request."""
        return posts("/v1/token", urlencode({"client_id": self.client_id, **given}).encode(), FORM)

    def redeems(self, code: str, **changes: str) -> Answered:
        """Ask for tokens for a code."""
        own = {"grant_type": "authorization_code", "code": code, "code_verifier": self.verifier, "redirect_uri": self.redirect_uri}
        return self.sends(**(own | changes))

    def refreshes(self, token: str, **changes: str) -> Answered:
        """Ask for tokens for a refresh token."""
        return self.sends(grant_type="refresh_token", refresh_token=token, **changes)

    def signs_in(self, session: SignInSession) -> dict[str, Any]:
        """Get a code and redeem it."""
        answer = self.redeems(self.code(session))
        assert answer.status == 200, answer
        return answer.body
