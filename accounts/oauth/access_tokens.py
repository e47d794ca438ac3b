"""OAuth access tokens: who acts, on which service, until when, sealed. Nothing is stored, and nobody but the portal reads one.

A token is `ASOA` and an encrypted text. It is another thing than a session token, a refresh token and an ID token, and none passes for
another: each says what it is in what is sealed or signed.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from accounts.access_keys.temporary import Session, content_of, session_of
from accounts.models import Grant
from portal.core import randomness
from portal.core.tokens import seal_packed, unseal_packed

PREFIX = "ASOA"
"""How access tokens of AWS Sign-In begin (service model `signin`, pattern of `IntrospectOAuth2TokenWithIAM`)."""
LONGEST = 4096
_PURPOSE = "oauth-access-token"
_OUTLIVED = ("", Grant.End.REVOKED)
"""Ends of a program's sign-in that its access tokens outlive: "Existing access tokens remain valid until they expire" (guide)."""


@dataclass(frozen=True, slots=True)
class AccessToken:
    """What a token holds. `session` is in whose name it acts, `session_arn` the sign-in that policies and events know it by.

    `grant` names the program's sign-in that gave it, `epoch` the credential epoch then; empty for one that somebody's own keys asked for.
    `scope` are ARNs of managed policies that limit it, parted by spaces.
    """

    client_id: str
    resource: str
    region: str
    account: str
    session: Session
    session_arn: str
    issued_at: datetime
    expires_at: datetime
    scope: str = ""
    grant: str = ""
    epoch: int = 0
    name: str = ""

    @property
    def seconds(self) -> int:
        """How long the token lasts."""
        return max(1, int((self.expires_at - self.issued_at).total_seconds()))

    def is_live(self, now: datetime) -> bool:
        """Tell whether the token has not expired, and what gave it does not forbid it. Whether its principal may act is asked elsewhere."""
        if not self.issued_at <= now < self.expires_at:
            return False
        if not self.grant:
            return True
        found = Grant.objects.filter(name=self.grant).values_list("end_reason", "credential_epoch", "principal__credential_epoch").first()
        return found is not None and found[0] in _OUTLIVED and found[1] == found[2] == self.epoch


def make(token: AccessToken) -> str:
    """Return the token's text, of at most `LONGEST` characters, under a name of its own."""
    content = {
        "for": _PURPOSE,
        "jti": str(randomness.uuid()),
        "client": token.client_id,
        "resource": token.resource,
        "region": token.region,
        "account": token.account,
        "session": content_of(token.session),
        "signin": token.session_arn,
        "iat": token.issued_at.timestamp(),
        "exp": token.expires_at.timestamp(),
        "scope": token.scope,
        "grant": token.grant,
        "epoch": token.epoch,
    }
    return PREFIX + seal_packed(json.dumps(content, separators=(",", ":")))


def read(text: str) -> AccessToken | None:
    """Return what an access token holds, expired or not; None for whatever `make` did not make."""
    if not text.startswith(PREFIX) or len(text) > LONGEST or not text.isascii():
        return None
    opened = unseal_packed(text[len(PREFIX) :])
    content: Mapping[str, object] = json.loads(opened) if opened and opened.startswith("{") else {}
    return _token(dict(content)) if content.get("for") == _PURPOSE else None


def _token(content: dict[str, object]) -> AccessToken:
    session = content["session"]
    assert isinstance(session, dict)  # noqa: S101  # as `make` wrote it
    return AccessToken(
        client_id=str(content["client"]),
        resource=str(content["resource"]),
        region=str(content["region"]),
        account=str(content["account"]),
        session=session_of(session),
        session_arn=str(content["signin"]),
        issued_at=_moment(content["iat"]),
        expires_at=_moment(content["exp"]),
        scope=str(content["scope"]),
        grant=str(content["grant"]),
        epoch=int(str(content["epoch"])),
        name=str(content["jti"]),
    )


def _moment(seconds: object) -> datetime:
    return datetime.fromtimestamp(float(str(seconds)), UTC)
