"""`userIdentity` of an event: who did it, as CloudTrail describes each kind of identity (CloudTrail user guide, "userIdentity element")."""

from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from portal.core import arns
from portal.trail.names import HIDDEN_USER_NAME


def utc_text(moment: datetime) -> str:
    """Return a time as CloudTrail writes it: UTC, whole seconds, `Z`."""
    return moment.astimezone(UTC).isoformat()[:19] + "Z"


@dataclass(frozen=True, slots=True)
class Identity:
    """Who an event is about; use the constructors, each of which is one row of CloudTrail's table.

    `kind` is the principal's kind (`root`, `iam_user`, `operator`), `account` the 12 digits that receive the event, or empty.
    A part that is None is left out of the record; an `access_key_id` that is empty is written, as CloudTrail does for sign-ins.
    """

    kind: str
    type: str
    account: str = ""
    principal_id: str | None = None
    arn: str | None = None
    access_key_id: str | None = None
    user_name: str | None = None
    signed_in_at: datetime | None = None
    mfa_authenticated: bool = False
    session_issuer: "Identity | None" = None
    signin_session: str = ""

    @classmethod
    def root(cls, account: str, alias: str | None = "") -> "Identity":
        """Return an account's root user, successful or not; `userName` is the account's alias, when it has one.

        Without `account` it is the root user that no account has: the cloud would deliver such an event to nobody.
        """
        arn = arns.root_arn(account) if account else None
        return cls("root", "Root", account, principal_id=account or None, arn=arn, access_key_id="", user_name=alias or None)

    @classmethod
    def iam_user(cls, account: str, name: str, unique_id: str, arn: str) -> "Identity":
        """Return an IAM user whose sign-in succeeded, or who is signed in."""
        return cls("iam_user", "IAMUser", account, principal_id=unique_id, arn=arn, user_name=name)

    @classmethod
    def failed_iam_user(cls, account: str, name: str, unique_id: str) -> "Identity":
        """Return an IAM user who exists and whose sign-in failed, or is not yet complete: without ARN."""
        return cls("iam_user", "IAMUser", account, principal_id=unique_id, access_key_id="", user_name=name)

    @classmethod
    def unknown_iam_user(cls, account: str) -> "Identity":
        """Return the IAM user that an account does not have: what was typed is never recorded, for it may be a password."""
        return cls("iam_user", "IAMUser", account, access_key_id="", user_name=HIDDEN_USER_NAME)

    @classmethod
    def operator(cls, name: str) -> "Identity":
        """Return someone who runs the portal: the simulator's own type, which the cloud does not know. Without a name: nobody it knows."""
        return cls("operator", "Operator", user_name=name or HIDDEN_USER_NAME)

    @classmethod
    def assumed_role(cls, session_arn: str, *, role_name: str, role_arn: str, role_id: str, access_key_id: str, since: datetime) -> "Identity":
        """Return a session of a role, which began at `since`; `role_id` is the role's unique id."""
        account, session_name = session_arn.split(":", 5)[4], session_arn.rpartition("/")[2]
        issuer = cls("role", "Role", account, principal_id=role_id, arn=role_arn, user_name=role_name)
        return cls(
            "assumed_role",
            "AssumedRole",
            account,
            principal_id=f"{role_id}:{session_name}",
            arn=session_arn,
            access_key_id=access_key_id,
            signed_in_at=since,
            session_issuer=issuer,
        )

    @classmethod
    def federated_user(cls, arn: str, principal_id: str, *, issuer: "Identity", access_key_id: str, since: datetime) -> "Identity":
        """Return a session of `GetFederationToken`, which began at `since`; `issuer` is the user who vouched for it."""
        return cls(
            "federated_user",
            "FederatedUser",
            issuer.account,
            principal_id=principal_id,
            arn=arn,
            access_key_id=access_key_id,
            signed_in_at=since,
            session_issuer=replace(issuer, access_key_id=None),
        )

    def with_key(self, access_key_id: str) -> "Identity":
        """Return the same identity as a program signs for it."""
        return replace(self, access_key_id=access_key_id)

    def in_session(self, since: datetime, *, mfa_authenticated: bool = False, signin_session: str = "") -> "Identity":
        """Return the same identity acting within a session that began at `since`: the record then has a `sessionContext`.

        `signin_session` is the ARN of the program's sign-in that the session comes from, if it comes from one.
        """
        return replace(self, signed_in_at=since, mfa_authenticated=mfa_authenticated, signin_session=signin_session)

    @property
    def label(self) -> str:
        """The name that lists show."""
        return self.user_name or self.arn or self.principal_id or ""

    def document(self) -> dict[str, Any]:
        """Return the `userIdentity` element."""
        parts: dict[str, Any] = {"type": self.type}
        if self.principal_id is not None:
            parts["principalId"] = self.principal_id
        if self.arn is not None:
            parts["arn"] = self.arn
        if self.account:
            parts["accountId"] = self.account
        if self.access_key_id is not None:
            parts["accessKeyId"] = self.access_key_id
        if self.user_name is not None:
            parts["userName"] = self.user_name
        if self.signed_in_at is not None:
            attributes = {"creationDate": utc_text(self.signed_in_at), "mfaAuthenticated": "true" if self.mfa_authenticated else "false"}
            issuer = {"sessionIssuer": self.session_issuer.document(), "webIdFederationData": {}} if self.session_issuer else {}
            signin = {"signInSessionArn": self.signin_session} if self.signin_session else {}
            parts["sessionContext"] = {**issuer, "attributes": attributes, **signin}
        return parts
