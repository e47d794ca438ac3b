"""Managed policies: made, described, listed, deleted, and whom they are attached to."""

from collections.abc import Iterator
from itertools import chain
from typing import Any

from policies.identities import managed
from policies.identities.attached import attachment_counts, holders_of
from policies.models import PolicyDocument
from portal.awsapi.registry import Answer, Call, operation
from portal.awsapi.services.iam import shapes
from portal.awsapi.services.iam.asking import arn_of, ask, asked_policy, without
from portal.awsapi.services.iam.listing import after, limit_of, page, page_of


@operation("iam", authorized=False)
def create_policy(call: Call) -> Answer:
    """Make a customer managed policy."""
    given = call.parameters
    name, path = given["PolicyName"], given.get("Path", "/")
    ask(call, "CreatePolicy", arn_of(call, "policy", name, path))
    without(given, "Tags")
    made = managed.create_policy(call.signer.account, name=name, path=path, text=given["PolicyDocument"], description=given.get("Description", ""))
    return Answer({"Policy": shapes.policy(made, attached=0)})


@operation("iam", reads=True, authorized=False)
def get_policy(call: Call) -> Answer:
    """Describe a managed policy."""
    account, arn = call.signer.account, asked_policy(call, "GetPolicy")
    found = managed.policy_of(account, arn)
    described = shapes.policy(found, attached=attachment_counts(account, [arn])[arn])
    return Answer({"Policy": {**described, "Description": found.description or None}})


@operation("iam", reads=True, authorized=False)
def list_policies(call: Call) -> Answer:
    """List managed policies: the account's own by name, then AWS's; those below a path, and those attached to somebody, if so wished."""
    ask(call, "ListPolicies")
    if call.parameters.get("PolicyUsageFilter") == "PermissionsBoundary":
        return Answer({"Policies": [], "IsTruncated": False})
    counts = attachment_counts(call.signer.account)
    kind, _colon, start = after(call, "ListPolicies").partition(":")
    scope, prefix = call.parameters.get("Scope", "All"), call.parameters.get("PathPrefix", "/")
    only = frozenset(counts) if call.parameters.get("OnlyAttached") else None
    own = _own(call, start, only) if scope != "AWS" and kind != "aws" else iter(())
    aws = (found for found in managed.aws_policies() if found.name > (start if kind == "aws" else "")) if scope != "Local" else iter(())
    wanted = (found for found in chain(own, aws) if found.path.startswith(prefix) and (only is None or found.arn in only))
    found, more = page(call, "ListPolicies", wanted, lambda row: f"{'aws' if ':aws:policy/' in row.arn else 'own'}:{row.name}")
    return Answer({"Policies": [shapes.policy(row, attached=counts[row.arn]) for row in found], **more})


def _own(call: Call, start: str, only: frozenset[str] | None) -> Iterator[managed.Managed]:
    """Yield the account's own policies after a name, without reading their documents."""
    rows = PolicyDocument.objects.filter(account_id=call.signer.account, type=PolicyDocument.Type.IDENTITY, name__gt=start)
    rows = rows.filter(path__startswith=call.parameters.get("PathPrefix", "/"))
    if only is not None:
        rows = rows.filter(name__in={arn.rpartition("/")[2] for arn in only})
    return (managed.of_row(row) for row in rows.defer("text").order_by("name")[: limit_of(call) + 1])


@operation("iam", authorized=False)
def delete_policy(call: Call) -> Answer:
    """Delete a customer managed policy that is attached to nobody and has no version but the default one."""
    managed.delete_policy(call.signer.account, asked_policy(call, "DeletePolicy", changes=True))
    return Answer()


@operation("iam", reads=True, authorized=False)
def list_entities_for_policy(call: Call) -> Answer:
    """List the groups, users and roles that a managed policy is attached to, page by page."""
    account, arn = call.signer.account, asked_policy(call, "ListEntitiesForPolicy")
    managed.policy_of(account, arn)
    prefix, wanted = call.parameters.get("PathPrefix", "/"), call.parameters.get("EntityFilter")
    boundaries = call.parameters.get("PolicyUsageFilter") == "PermissionsBoundary"
    groups, users, roles = holders_of(account, arn)
    listed: list[tuple[str, str, dict[str, Any]]] = [
        *(("Group", row.path, {"GroupName": row.name, "GroupId": row.unique_id}) for row in groups),
        *(("Role", row.path, {"RoleName": row.name, "RoleId": row.unique_id}) for row in roles),
        *(("User", row.path, {"UserName": row.name, "UserId": row.unique_id}) for row in users),
    ]
    fitting = [each for each in listed if each[1].startswith(prefix) and wanted in {None, each[0]} and not boundaries]
    found, more = page_of(call, "ListEntitiesForPolicy", sorted(fitting, key=_entity_key), _entity_key)
    kinds = {"Group": "PolicyGroups", "User": "PolicyUsers", "Role": "PolicyRoles"}
    return Answer({**{name: [each[2] for each in found if each[0] == kind] for kind, name in kinds.items()}, **more})


def _entity_key(entity: tuple[str, str, dict[str, Any]]) -> str:
    kind, _path, described = entity
    return f"{kind} {described[f'{kind}Name']}"
