"""IAM users: made, described, listed, renamed, deleted."""

from collections.abc import Mapping
from typing import Any

from accounts.iam import users as flows
from accounts.models import Principal
from portal.awsapi.registry import Answer, Call, operation
from portal.awsapi.services.iam import shapes
from portal.awsapi.services.iam.asking import arn_of, ask, asked_user, without
from portal.awsapi.services.iam.callers_own import named_or_own
from portal.awsapi.services.iam.listing import after, limit_of, page


def _described(user: Principal) -> Mapping[str, Any]:
    return {**shapes.user(user), "PasswordLastUsed": flows.last_sign_in(user)}


@operation("iam", authorized=False)
def create_user(call: Call) -> Answer:
    """Make a user, who has no password, no key and no permission yet."""
    given = call.parameters
    name, path = given["UserName"], given.get("Path", "/")
    ask(call, "CreateUser", arn_of(call, "user", name, path))
    without(given, "Tags", "PermissionsBoundary")
    return Answer({"User": shapes.user(flows.create(call.signer.account, name, path=path))})


@operation("iam", reads=True, authorized=False)
def get_user(call: Call) -> Answer:
    """Describe a user; without a name, whoever calls. A root user has neither name nor path."""
    user = named_or_own(call, "GetUser")
    described = dict(_described(user))
    if user.kind == Principal.Kind.ROOT:
        described |= {"UserName": None, "Path": None}
    return Answer({"User": described})


@operation("iam", reads=True, authorized=False)
def list_users(call: Call) -> Answer:
    """List the account's users by name, those below a path if one is given."""
    prefix = call.parameters.get("PathPrefix", "/")
    ask(call, "ListUsers", arn_of(call, "user", "", prefix))
    listing = f"ListUsers {prefix}"
    rows = flows.users_of(call.signer.account, path_prefix=prefix).filter(name_key__gt=after(call, listing)).order_by("name_key")
    found, more = page(call, listing, rows[: limit_of(call) + 1], lambda row: row.name_key)
    return Answer({"Users": [_described(row) for row in found], **more})


@operation("iam", authorized=False)
def update_user(call: Call) -> Answer:
    """Give a user another name or path; the caller must be allowed to change what it is and what it becomes."""
    user = asked_user(call, "UpdateUser")
    name, path = call.parameters.get("NewUserName", ""), call.parameters.get("NewPath", "")
    becomes = arn_of(call, "user", name or user.name, path or user.path)
    if becomes != user.arn:
        ask(call, "UpdateUser", becomes)
    flows.update(user, name=name, path=path)
    return Answer()


@operation("iam", authorized=False)
def delete_user(call: Call) -> Answer:
    """Delete a user on whom nothing hangs any more."""
    flows.delete(asked_user(call, "DeleteUser"))
    return Answer()
