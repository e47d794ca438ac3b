"""Temporary credentials: a key id, a secret, and a session token that is all of it, sealed. Nothing is stored.

The token holds what it is for, the key id that it belongs to, the secret, whose session it is, and when that began and ends. It dies
with its end on the simulated clock, with whoever it is of, with the account, and with the portal's secret keys. It cannot be made or
read without those keys.

`standing` of a session is that of whoever it is of when it began (`Principal.standing`; of a role, its account's). Once that is another,
the session is over, whatever has been given back since.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from accounts.access_keys import keys
from portal.conf import conf
from portal.core.tokens import seal, unseal

PURPOSE = "session-token"
_ENCODER = json.JSONEncoder(separators=(",", ":"))
_MOST_OPENED = 2048


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
    standing: int = 0

    @property
    def is_limited(self) -> bool:
        """Whether session policies were passed."""
        return bool(self.policies or self.policy_arns)


@dataclass(frozen=True, slots=True)
class PrincipalSession:
    """A session of a root user or an IAM user: what `aws login` and `GetSessionToken` give.

    `principal_id` is its unique id. `grant` and `region` name the program's sign-in that it comes from, and `epoch` is the credential epoch
    when the session began: once that is another, such a session is over. `GetSessionToken` is asked with an access key, which no
    password concerns: its sessions have neither, and end by their standing alone.
    """

    principal_id: str
    account: str
    began_at: datetime
    ends_at: datetime
    epoch: int
    mfa_at: datetime | None = None
    grant: str = ""
    region: str = ""
    standing: int = 0


@dataclass(frozen=True, slots=True)
class FederatedSession:
    """A session of somebody whom a root user or an IAM user vouched for by `GetFederationToken`, under the name `name`.

    It may do what both that user and the session policies allow; without session policies it may do nothing by itself.
    """

    principal_id: str
    account: str
    name: str
    began_at: datetime
    ends_at: datetime
    policies: tuple[str, ...] = ()
    policy_arns: tuple[str, ...] = ()
    standing: int = 0

    @property
    def user_id(self) -> str:
        """The unique id of the federated user."""
        return f"{self.account}:{self.name}"

    @property
    def arn(self) -> str:
        """The ARN of the federated user."""
        return f"arn:aws:sts::{self.account}:federated-user/{self.name}"


Session = RoleSession | PrincipalSession | FederatedSession


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
    session: Session


_opened: dict[tuple[tuple[str, ...], str, str], OpenedToken] = {}
"""What tokens that were really issued hold, by the secret keys that opened them, the key id and the token."""


def issue(session: Session) -> Credentials:
    """Return fresh credentials of a session."""
    key_id, secret = keys.new_id(keys.TEMPORARY), keys.new_secret()
    content = {"for": PURPOSE, "key": key_id, "secret": secret, **content_of(session)}
    return Credentials(key_id, secret, seal(_ENCODER.encode(content)))


def open_token(token: str, *, key_id: str) -> OpenedToken | None:
    """Return what a session token of this key id holds, expired or not; None for whatever `issue` did not make for it.

    What was opened is kept: a client sends its token with every request. Under other secret keys it is opened anew.
    """
    named = (conf.secret_keys, key_id, token)
    opened = _opened.get(named)
    if opened is None and (opened := _open(token, key_id)) is not None:
        if len(_opened) >= _MOST_OPENED:
            _opened.clear()
        _opened[named] = opened
    return opened


def _open(token: str, key_id: str) -> OpenedToken | None:
    text = unseal(token) if token.isascii() else None
    content = json.loads(text) if text and text.startswith("{") else {}
    if content.get("for") != PURPOSE or content.get("key") != key_id:
        return None
    return OpenedToken(content["secret"], session_of(content))


def content_of(session: Session) -> dict[str, Any]:
    """Return a session as what a token holds of it: a JSON object."""
    if isinstance(session, RoleSession):
        own = _of_role(session)
    elif isinstance(session, FederatedSession):
        own = _of_federated(session)
    else:
        own = _of_principal(session)
    times = {"from": session.began_at.timestamp(), "to": session.ends_at.timestamp()}
    return times | {name: value for name, value in (own | {"standing": session.standing}).items() if value}


def session_of(content: Mapping[str, Any]) -> Session:
    """Return the session that `content_of` made this of."""
    if "role" in content:
        return _role_session(content)
    return _federated_session(content) if "by" in content else _principal_session(content)


def _of_role(session: RoleSession) -> dict[str, Any]:
    return {
        "role": session.role_id,
        "name": session.name,
        "policies": list(session.policies),
        "arns": list(session.policy_arns),
        "source": session.source_identity,
        "mfa": _seconds(session.mfa_at),
    }


def _role_session(content: Mapping[str, Any]) -> RoleSession:
    return RoleSession(
        role_id=content["role"],
        name=content["name"],
        began_at=_moment(content["from"]),
        ends_at=_moment(content["to"]),
        policies=tuple(content.get("policies", ())),
        policy_arns=tuple(content.get("arns", ())),
        source_identity=content.get("source", ""),
        mfa_at=_moment(content["mfa"]) if "mfa" in content else None,
        standing=content.get("standing", 0),
    )


def _of_principal(session: PrincipalSession) -> dict[str, Any]:
    return {
        "of": session.principal_id,
        "account": session.account,
        "epoch": session.epoch,
        "grant": session.grant,
        "region": session.region,
        "mfa": _seconds(session.mfa_at),
    }


def _principal_session(content: Mapping[str, Any]) -> PrincipalSession:
    return PrincipalSession(
        principal_id=content["of"],
        account=content["account"],
        began_at=_moment(content["from"]),
        ends_at=_moment(content["to"]),
        epoch=content.get("epoch", 0),
        mfa_at=_moment(content["mfa"]) if "mfa" in content else None,
        grant=content.get("grant", ""),
        region=content.get("region", ""),
        standing=content.get("standing", 0),
    )


def _of_federated(session: FederatedSession) -> dict[str, Any]:
    return {
        "by": session.principal_id,
        "account": session.account,
        "name": session.name,
        "policies": list(session.policies),
        "arns": list(session.policy_arns),
    }


def _federated_session(content: Mapping[str, Any]) -> FederatedSession:
    return FederatedSession(
        principal_id=content["by"],
        account=content["account"],
        name=content["name"],
        began_at=_moment(content["from"]),
        ends_at=_moment(content["to"]),
        policies=tuple(content.get("policies", ())),
        policy_arns=tuple(content.get("arns", ())),
        standing=content.get("standing", 0),
    )


def _seconds(moment: datetime | None) -> float | None:
    return moment.timestamp() if moment else None


def _moment(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)
