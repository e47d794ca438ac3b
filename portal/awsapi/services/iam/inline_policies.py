"""Policies embedded in users, groups and roles."""

from policies.identities.holders import Holder
from policies.identities.inline import delete_inline, embedded_in, inline_named, put_inline
from portal.awsapi.registry import Answer, Call, operation
from portal.awsapi.services.iam import shapes
from portal.awsapi.services.iam.asking import asked_group, asked_role, asked_user
from portal.awsapi.services.iam.listing import after, limit_of, page


def _name(call: Call) -> str:
    return str(call.parameters["PolicyName"])


def _put(call: Call, holder: Holder) -> Answer:
    put_inline(call.signer.account, holder, name=_name(call), text=call.parameters["PolicyDocument"])
    return Answer()


def _get(call: Call, holder: Holder, owner: str) -> Answer:
    found = inline_named(holder, _name(call))
    return Answer({owner: holder.name, "PolicyName": found.name, "PolicyDocument": shapes.document(found.text)})


def _delete(call: Call, holder: Holder) -> Answer:
    delete_inline(call.signer.account, holder, _name(call))
    return Answer()


def _list(call: Call, holder: Holder, listing: str) -> Answer:
    rows = embedded_in(holder).filter(name__gt=after(call, f"{listing} {holder.unique_id}"))
    found, more = page(call, f"{listing} {holder.unique_id}", rows[: limit_of(call) + 1], lambda row: row.name)
    return Answer({"PolicyNames": [row.name for row in found], **more})


@operation("iam", authorized=False)
def put_user_policy(call: Call) -> Answer:
    """Embed a policy in an IAM user."""
    return _put(call, asked_user(call, "PutUserPolicy"))


@operation("iam", reads=True, authorized=False)
def get_user_policy(call: Call) -> Answer:
    """Return a policy embedded in an IAM user."""
    return _get(call, asked_user(call, "GetUserPolicy"), "UserName")


@operation("iam", authorized=False)
def delete_user_policy(call: Call) -> Answer:
    """Delete a policy embedded in an IAM user."""
    return _delete(call, asked_user(call, "DeleteUserPolicy"))


@operation("iam", reads=True, authorized=False)
def list_user_policies(call: Call) -> Answer:
    """List the names of the policies embedded in an IAM user."""
    return _list(call, asked_user(call, "ListUserPolicies"), "ListUserPolicies")


@operation("iam", authorized=False)
def put_group_policy(call: Call) -> Answer:
    """Embed a policy in a group."""
    return _put(call, asked_group(call, "PutGroupPolicy"))


@operation("iam", reads=True, authorized=False)
def get_group_policy(call: Call) -> Answer:
    """Return a policy embedded in a group."""
    return _get(call, asked_group(call, "GetGroupPolicy"), "GroupName")


@operation("iam", authorized=False)
def delete_group_policy(call: Call) -> Answer:
    """Delete a policy embedded in a group."""
    return _delete(call, asked_group(call, "DeleteGroupPolicy"))


@operation("iam", reads=True, authorized=False)
def list_group_policies(call: Call) -> Answer:
    """List the names of the policies embedded in a group."""
    return _list(call, asked_group(call, "ListGroupPolicies"), "ListGroupPolicies")


@operation("iam", authorized=False)
def put_role_policy(call: Call) -> Answer:
    """Embed a policy in a role."""
    return _put(call, asked_role(call, "PutRolePolicy"))


@operation("iam", reads=True, authorized=False)
def get_role_policy(call: Call) -> Answer:
    """Return a policy embedded in a role."""
    return _get(call, asked_role(call, "GetRolePolicy"), "RoleName")


@operation("iam", authorized=False)
def delete_role_policy(call: Call) -> Answer:
    """Delete a policy embedded in a role."""
    return _delete(call, asked_role(call, "DeleteRolePolicy"))


@operation("iam", reads=True, authorized=False)
def list_role_policies(call: Call) -> Answer:
    """List the names of the policies embedded in a role."""
    return _list(call, asked_role(call, "ListRolePolicies"), "ListRolePolicies")
