"""What is asked: an action on a resource by a caller, in a context of condition keys."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

Keys = Mapping[str, str | tuple[str, ...]]
"""Condition keys by lower-case name: one value, or several. A key that is absent is missing, not empty."""


@dataclass(frozen=True, slots=True)
class Caller:
    """Who asks. Use the constructors.

    `chain` are the names by which a Principal element may mean the caller, from the account down to the session; the last is the
    caller's own. `direct` are those that name this very user or session (and not its account or role). `unique_ids` may be named
    as well. `is_root` has every permission that no policy takes away.
    """

    account: str
    chain: tuple[str, ...]
    direct: frozenset[str] = frozenset()
    unique_ids: tuple[str, ...] = ()
    service: str = ""
    federated: str = ""
    is_root: bool = False

    @classmethod
    def root(cls, account: str) -> "Caller":
        """Return the root user of an account."""
        return cls(account, (account_arn(account),), is_root=True)

    @classmethod
    def user(cls, arn: str, *, unique_id: str = "") -> "Caller":
        """Return an IAM user."""
        account = arn.split(":", 5)[4]
        return cls(account, (account_arn(account), arn), frozenset({arn}), (unique_id,) if unique_id else ())

    @classmethod
    def role_session(cls, role_arn: str, session_arn: str, *, unique_id: str = "") -> "Caller":
        """Return a session of a role; `session_arn` is the assumed-role ARN, which has no path."""
        account = session_arn.split(":", 5)[4]
        return cls(account, (account_arn(account), role_arn, session_arn), frozenset({session_arn}), (unique_id,) if unique_id else ())

    @classmethod
    def federated_user(cls, arn: str) -> "Caller":
        """Return a session of `GetFederationToken`."""
        account = arn.split(":", 5)[4]
        return cls(account, (account_arn(account), arn), frozenset({arn}))

    @classmethod
    def of_service(cls, name: str) -> "Caller":
        """Return a service, such as `ec2.amazonaws.com`."""
        return cls("", (), service=name)

    @classmethod
    def of_provider(cls, provider: str) -> "Caller":
        """Return somebody whom an identity provider, by its ARN or domain, has vouched for."""
        return cls("", (), federated=provider)


ANONYMOUS = Caller("", ())
"""Nobody in particular."""


def account_arn(account: str) -> str:
    """Return the ARN that stands for a whole account."""
    return f"arn:aws:iam::{account}:root"


@dataclass(frozen=True, slots=True)
class Request:
    """One request. Build it with `Request.of`, which puts the keys' names into lower case."""

    action: str
    resource: str
    caller: Caller
    keys: Keys
    account: str = ""

    @classmethod
    def of(cls, action: str, *, caller: Caller, keys: Mapping[str, str | Sequence[str]], resource: str = "*", account: str = "") -> "Request":
        """Return a request; `account` is that of the resource, by default the caller's own."""
        lowered = {name.lower(): value if isinstance(value, str) else tuple(value) for name, value in keys.items()}
        return cls(action, resource, caller, lowered, account or caller.account)
