"""Temporary credentials: a key id, a secret, and a session token that is all of it, sealed. Nothing is stored.

The token holds what it is for, the key id that it belongs to, the secret, the role's unique id, the session's name and policies,
and when it began and ends. It dies with its end on the simulated clock, with the role, with the account, and with the portal's
secret keys. It cannot be made or read without those keys.
"""

import json
from dataclasses import dataclass, field
from datetime import UTC, datetime

from accounts.access_keys import keys
from portal.core.tokens import seal, unseal

PURPOSE = "session-token"


@dataclass(frozen=True, slots=True)
class RoleSession:
    """A session of a role. `policies` are texts of session policies, `policy_arns` managed ones; both empty: the role's own permissions."""

    role_id: str
    name: str
    began_at: datetime
    ends_at: datetime
    policies: tuple[str, ...] = ()
    policy_arns: tuple[str, ...] = ()
    source_identity: str = ""
    mfa_at: datetime | None = None

    @property
    def is_limited(self) -> bool:
        """Whether session policies were passed."""
        return bool(self.policies or self.policy_arns)


@dataclass(frozen=True, slots=True)
class Credentials:
    """What a client signs with, and the token that it sends along."""

    key_id: str
    secret: str = field(repr=False)
    token: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class OpenedToken:
    """What a session token holds."""

    secret: str = field(repr=False)
    session: RoleSession


def issue(session: RoleSession) -> Credentials:
    """Return fresh credentials of a session."""
    key_id, secret = keys.new_id(keys.TEMPORARY), keys.new_secret()
    content = {
        "for": PURPOSE,
        "key": key_id,
        "secret": secret,
        "role": session.role_id,
        "name": session.name,
        "from": session.began_at.timestamp(),
        "to": session.ends_at.timestamp(),
    }
    optional = {
        "policies": list(session.policies),
        "arns": list(session.policy_arns),
        "source": session.source_identity,
        "mfa": session.mfa_at.timestamp() if session.mfa_at else None,
    }
    content |= {name: value for name, value in optional.items() if value}
    return Credentials(key_id, secret, seal(json.dumps(content, separators=(",", ":"))))


def open_token(token: str, *, key_id: str) -> OpenedToken | None:
    """Return what a session token of this key id holds, expired or not; None for whatever `issue` did not make for it."""
    text = unseal(token) if token.isascii() else None
    content = json.loads(text) if text and text.startswith("{") else {}
    if content.get("for") != PURPOSE or content.get("key") != key_id:
        return None
    session = RoleSession(
        role_id=content["role"],
        name=content["name"],
        began_at=_moment(content["from"]),
        ends_at=_moment(content["to"]),
        policies=tuple(content.get("policies", ())),
        policy_arns=tuple(content.get("arns", ())),
        source_identity=content.get("source", ""),
        mfa_at=_moment(content["mfa"]) if "mfa" in content else None,
    )
    return OpenedToken(content["secret"], session)


def _moment(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)
