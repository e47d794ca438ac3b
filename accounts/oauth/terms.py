"""The terms of a program's sign-in, what a token request gives, and why it gives nothing."""

import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from functools import lru_cache
from typing import Any, NamedTuple

from accounts.access_keys.temporary import PrincipalSession
from accounts.models import Grant, Principal
from accounts.oauth import refresh_tokens
from portal.conf import conf
from portal.core import randomness
from portal.core.base64url import octets_of, written


class Refusal(StrEnum):
    """Why there are no tokens. All but `INVALID_GRANT` are the words of the service model `signin`; the clients have a sentence for each."""

    TOKEN_EXPIRED = "TOKEN_EXPIRED"  # noqa: S105  # a word, not a secret
    CODE_EXPIRED = "AUTHCODE_EXPIRED"
    CREDENTIALS_CHANGED = "USER_CREDENTIALS_CHANGED"
    NOT_PERMITTED = "INSUFFICIENT_PERMISSIONS"
    INVALID_GRANT = "invalid_grant"


class TokenRefused(Exception):
    """A token request is refused; `str()` is what the person at the program reads.

    `note` says for the event which policy decided; `of_nobody` that what was shown names no grant, so that there is no event.
    """

    def __init__(self, refusal: Refusal, message: str, *, note: Mapping[str, Any] | None = None, of_nobody: bool = False) -> None:
        super().__init__(message)
        self.refusal = refusal
        self.note = note
        self.of_nobody = of_nobody


class Terms(NamedTuple):
    """What was granted: everything of a `Grant` that never changes. `pk` is its row's, `principal` the principal's unique id."""

    pk: int
    name: str
    principal: str
    account: str
    client_id: str
    resource: str
    scope: str
    region: str
    redirect_uri: str
    jkt: str
    factor: str
    epoch: int
    authenticated_at: datetime
    created_at: datetime
    expires_at: datetime

    @classmethod
    def of(cls, grant: Grant) -> "Terms":
        """Return the terms of a grant whose principal and code were read along."""
        return cls(
            grant.pk,
            grant.name,
            grant.principal.unique_id,
            str(grant.principal.account_id),
            grant.client_id,
            grant.resource,
            grant.scope,
            grant.region,
            grant.code.redirect_uri if grant.code else "",
            grant.jkt,
            grant.factor,
            grant.credential_epoch,
            grant.authenticated_at,
            grant.created_at,
            grant.expires_at,
        )

    @property
    def session_arn(self) -> str:
        """The ARN that policies and events know this sign-in by."""
        return session_arn(self.name, account=self.account, region=self.region)


@dataclass(frozen=True, slots=True)
class Issued:
    """A grant that has just been redeemed or refreshed: whose, on which terms, and the generation of its newest refresh token."""

    terms: Terms
    principal: Principal
    generation: int
    at: datetime

    @property
    def ends_at(self) -> datetime:
        """When the credentials end that are given now: never later than the grant."""
        return min(self.at + conf.login_credentials_lifetime, self.terms.expires_at)

    @property
    def seconds(self) -> int:
        """How long those credentials last."""
        return max(1, int((self.ends_at - self.at).total_seconds()))

    @property
    def refresh_token(self) -> str:
        """The newest refresh token; the same whenever it is asked for."""
        return refresh_tokens.make(self.terms.name, self.generation)

    def session(self) -> PrincipalSession:
        """Return the session that temporary credentials are issued for."""
        terms = self.terms
        return PrincipalSession(
            principal_id=terms.principal,
            account=terms.account,
            began_at=self.at,
            ends_at=self.ends_at,
            epoch=terms.epoch,
            mfa_at=terms.authenticated_at if terms.factor else None,
            grant=terms.name,
            region=terms.region,
            standing=self.principal.standing,
        )


Permit = Callable[[Principal, Terms], None]
"""Asks the policies whether a principal may have tokens on these terms; raises `TokenRefused` where not."""


@lru_cache(maxsize=8192)
def session_arn(name: str, *, account: str, region: str) -> str:
    """Return the ARN of a program's sign-in; its UUID is the grant's name in another spelling."""
    return f"arn:aws:signin:{region}:{account}:session/{session_uuid(name)}"


def session_uuid(name: str) -> uuid.UUID:
    """Return a grant's name in the other spelling."""
    return uuid.UUID(bytes=octets_of(name))


def grant_name(arn: str) -> str:
    """Return the name of the grant that a program's sign-in has; raises ValueError for an ARN that is none of a sign-in."""
    return written(uuid.UUID(arn.rpartition(":session/")[2]).bytes)


def new_session_arn(*, account: str, region: str) -> str:
    """Return the ARN of a sign-in that has no grant: that of a program with credentials of its own, which gets one token."""
    return f"arn:aws:signin:{region}:{account}:session/{randomness.uuid()}"
