"""Roles and who may assume them."""

from accounts.iam import roles as flows
from accounts.models import Role
from portal.awsapi.registry import Answer, Call, operation
from portal.awsapi.services.iam import shapes
from portal.awsapi.services.iam.asking import arn_of, ask, asked_role, without
from portal.awsapi.services.iam.listing import after, limit_of, page


@operation("iam", authorized=False)
def create_role(call: Call) -> Answer:
    """Make a role that trusts whom its policy names."""
    given = call.parameters
    name, path = given["RoleName"], given.get("Path", "/")
    ask(call, "CreateRole", arn_of(call, "role", name, path))
    without(given, "PermissionsBoundary", "Tags")
    made = flows.create_role(
        call.signer.account,
        name=name,
        path=path,
        trust=given["AssumeRolePolicyDocument"],
        description=given.get("Description", ""),
        max_session_seconds=given.get("MaxSessionDuration", flows.SHORTEST_SECONDS),
    )
    return Answer({"Role": shapes.role(made)})


@operation("iam", reads=True, authorized=False)
def get_role(call: Call) -> Answer:
    """Describe a role."""
    return Answer({"Role": {**shapes.role(asked_role(call, "GetRole")), "RoleLastUsed": {}}})


@operation("iam", reads=True, authorized=False)
def list_roles(call: Call) -> Answer:
    """List the account's roles, those below a path if one is given."""
    ask(call, "ListRoles")
    prefix = call.parameters.get("PathPrefix", "/")
    rows = Role.objects.filter(account_id=call.signer.account, path__startswith=prefix, name__gt=after(call, "ListRoles")).order_by("name")
    found, more = page(call, "ListRoles", rows[: limit_of(call) + 1], lambda row: row.name)
    return Answer({"Roles": [shapes.role(row) for row in found if row.path.startswith(prefix)], **more})


@operation("iam", authorized=False)
def update_role(call: Call) -> Answer:
    """Change a role's description and how long its sessions may last."""
    role = asked_role(call, "UpdateRole")
    flows.update_role(role, description=call.parameters.get("Description"), max_session_seconds=call.parameters.get("MaxSessionDuration"))
    return Answer()


@operation("iam", authorized=False)
def delete_role(call: Call) -> Answer:
    """Delete a role that has no policies."""
    flows.delete_role(asked_role(call, "DeleteRole"))
    return Answer()


@operation("iam", authorized=False)
def update_assume_role_policy(call: Call) -> Answer:
    """Change who may assume a role."""
    flows.update_trust(asked_role(call, "UpdateAssumeRolePolicy"), call.parameters["PolicyDocument"])
    return Answer()
