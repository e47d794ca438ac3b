"""Groups and who is in them."""

from accounts.iam import groups as flows
from accounts.iam.errors import NoSuchEntityException
from accounts.iam.finding import user_named
from accounts.models import Group, Principal
from portal.awsapi.registry import Answer, Call, operation
from portal.awsapi.services.iam import shapes
from portal.awsapi.services.iam.asking import arn_of, ask, asked_group, asked_user
from portal.awsapi.services.iam.listing import after, limit_of, page


@operation("iam", authorized=False)
def create_group(call: Call) -> Answer:
    """Make a group."""
    name, path = call.parameters["GroupName"], call.parameters.get("Path", "/")
    ask(call, "CreateGroup", arn_of(call, "group", name, path))
    return Answer({"Group": shapes.group(flows.create_group(call.signer.account, name=name, path=path))})


@operation("iam", reads=True, authorized=False)
def get_group(call: Call) -> Answer:
    """Describe a group and, page by page, the users in it."""
    group = asked_group(call, "GetGroup")
    members = Principal.objects.filter(memberships__group=group, name_key__gt=after(call, "GetGroup")).order_by("name_key")
    users, more = page(call, "GetGroup", members[: limit_of(call) + 1], lambda row: row.name_key)
    return Answer({"Group": shapes.group(group), "Users": [shapes.user(row) for row in users], **more})


@operation("iam", reads=True, authorized=False)
def list_groups(call: Call) -> Answer:
    """List the account's groups, those below a path if one is given."""
    ask(call, "ListGroups")
    prefix = call.parameters.get("PathPrefix", "/")
    rows = Group.objects.filter(account_id=call.signer.account, path__startswith=prefix, name_key__gt=after(call, "ListGroups"))
    found, more = page(call, "ListGroups", rows.order_by("name_key")[: limit_of(call) + 1], lambda row: row.name_key)
    return Answer({"Groups": [shapes.group(row) for row in found if row.path.startswith(prefix)], **more})


@operation("iam", authorized=False)
def update_group(call: Call) -> Answer:
    """Give a group another name or path; the caller must be allowed to change what it is and what it becomes."""
    group = asked_group(call, "UpdateGroup")
    name, path = call.parameters.get("NewGroupName", ""), call.parameters.get("NewPath", "")
    becomes = arn_of(call, "group", name or group.name, path or group.path)
    if becomes != group.arn:
        ask(call, "UpdateGroup", becomes)
    flows.update_group(group, name=name, path=path)
    return Answer()


@operation("iam", authorized=False)
def delete_group(call: Call) -> Answer:
    """Delete a group that has neither users nor policies."""
    flows.delete_group(asked_group(call, "DeleteGroup"))
    return Answer()


@operation("iam", authorized=False)
def add_user_to_group(call: Call) -> Answer:
    """Put a user into a group."""
    group = asked_group(call, "AddUserToGroup")
    flows.add_user(group, _member(call))
    return Answer()


@operation("iam", authorized=False)
def remove_user_from_group(call: Call) -> Answer:
    """Take a user out of a group."""
    group = asked_group(call, "RemoveUserFromGroup")
    flows.remove_user(group, _member(call))
    return Answer()


def _member(call: Call) -> Principal:
    """Return the user of a call that was asked about by its group."""
    name = call.parameters["UserName"]
    found = user_named(call.signer.account, name)
    if found is None:
        raise NoSuchEntityException(f"The user with name {name} cannot be found.")
    return found


@operation("iam", reads=True, authorized=False)
def list_groups_for_user(call: Call) -> Answer:
    """List the groups that a user is in."""
    user = asked_user(call, "ListGroupsForUser")
    rows = Group.objects.filter(memberships__principal=user, name_key__gt=after(call, "ListGroupsForUser")).order_by("name_key")
    found, more = page(call, "ListGroupsForUser", rows[: limit_of(call) + 1], lambda row: row.name_key)
    return Answer({"Groups": [shapes.group(row) for row in found], **more})
