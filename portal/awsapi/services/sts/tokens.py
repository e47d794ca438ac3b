"""Credentials that users get for themselves and for those whom they vouch for: GetSessionToken and GetFederationToken."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from accounts.access_keys import temporary
from accounts.access_keys.temporary import FederatedSession, PrincipalSession
from accounts.models import Principal
from portal.awsapi.permissions import require
from portal.awsapi.registry import Answer, Call, operation
from portal.awsapi.services.sts.second_factor import second_factor
from portal.awsapi.services.sts.session_policies import packed_size, refuse_tags, session_policies

DEFAULT_SECONDS = 43_200
ROOT_SECONDS = 3600
"""How long a session of a root user lasts by default, and at most; who asks for more gets this (STS API reference, GetFederationToken)."""


@operation("sts", reads=True, authorized=False)
def get_session_token(call: Call) -> Answer:
    """Give the user that called temporary credentials of its own, with a second factor if a code came along; no policy can deny it."""
    holder = _holder(call)
    session = PrincipalSession(
        principal_id=holder.unique_id,
        account=call.signer.account,
        began_at=call.now,
        ends_at=call.now + _length(call),
        epoch=0,
        mfa_at=second_factor(call),
        standing=holder.standing,
    )
    return _answer(session, {})


@operation("sts", reads=True, authorized=False)
def get_federation_token(call: Call) -> Answer:
    """Give credentials to somebody whom the user that called vouches for, under a name and limited by session policies."""
    given, holder = call.parameters, _holder(call)
    refuse_tags(given)
    name: str = given["Name"]
    arn = f"arn:aws:sts::{call.signer.account}:federated-user/{name}"
    require(call, "sts:GetFederationToken", resource=arn)
    written, named = session_policies(given)
    session = FederatedSession(
        principal_id=holder.unique_id,
        account=call.signer.account,
        name=name,
        began_at=call.now,
        ends_at=call.now + _length(call),
        policies=written,
        policy_arns=named,
        standing=holder.standing,
    )
    user = {"FederatedUserId": session.user_id, "Arn": session.arn}
    return _answer(session, {"FederatedUser": user, "PackedPolicySize": packed_size(written, named)})


def _holder(call: Call) -> Principal:
    """Return the user who called with an access key of its own. What sessions may not call is refused before (`portal.awsapi.restrictions`)."""
    holder = call.signer.holder
    assert isinstance(holder, Principal)  # noqa: S101  # roles have sessions only
    return holder


def _length(call: Call) -> timedelta:
    """Return how long the session lasts: as asked for, but for a root user never longer than an hour."""
    wanted: int | None = call.parameters.get("DurationSeconds")
    if call.signer.is_root:
        return timedelta(seconds=min(wanted or ROOT_SECONDS, ROOT_SECONDS))
    return timedelta(seconds=wanted or DEFAULT_SECONDS)


def _answer(session: PrincipalSession | FederatedSession, more: Mapping[str, Any]) -> Answer:
    issued = temporary.issue(session)
    public = {"AccessKeyId": issued.key_id, "Expiration": session.ends_at}
    credentials = {**public, "SecretAccessKey": issued.secret, "SessionToken": issued.token}
    return Answer({"Credentials": credentials, **more}, recorded={"Credentials": public, **more})
