"""Managed policies attached to users, groups and roles."""

from policies.identities.attached import attach, attached_to, detach, name_key
from policies.identities.holders import Holder
from policies.identities.rules import parts_of
from portal.awsapi.registry import Answer, Call, operation
from portal.awsapi.services.iam.asking import asked_group, asked_role, asked_user
from portal.awsapi.services.iam.listing import page_of


def _policy(call: Call) -> str:
    return str(call.parameters["PolicyArn"])


def _attach(call: Call, holder: Holder) -> Answer:
    attach(call.signer.account, holder, _policy(call))
    return Answer()


def _detach(call: Call, holder: Holder) -> Answer:
    detach(call.signer.account, holder, _policy(call))
    return Answer()


def _list(call: Call, holder: Holder, listing: str) -> Answer:
    prefix = call.parameters.get("PathPrefix", "/")
    below = [arn for arn in attached_to(holder) if parts_of(arn)[1].startswith(prefix)]
    found, more = page_of(call, f"{listing} {holder.unique_id}", below, name_key)
    return Answer({"AttachedPolicies": [{"PolicyName": arn.rpartition("/")[2], "PolicyArn": arn} for arn in found], **more})


@operation("iam", authorized=False)
def attach_user_policy(call: Call) -> Answer:
    """Attach a managed policy to an IAM user."""
    return _attach(call, asked_user(call, "AttachUserPolicy", policy_arn=_policy(call)))


@operation("iam", authorized=False)
def detach_user_policy(call: Call) -> Answer:
    """Detach a managed policy from an IAM user."""
    return _detach(call, asked_user(call, "DetachUserPolicy", policy_arn=_policy(call)))


@operation("iam", reads=True, authorized=False)
def list_attached_user_policies(call: Call) -> Answer:
    """List the managed policies attached to an IAM user, by name."""
    return _list(call, asked_user(call, "ListAttachedUserPolicies"), "ListAttachedUserPolicies")


@operation("iam", authorized=False)
def attach_group_policy(call: Call) -> Answer:
    """Attach a managed policy to a group."""
    return _attach(call, asked_group(call, "AttachGroupPolicy", policy_arn=_policy(call)))


@operation("iam", authorized=False)
def detach_group_policy(call: Call) -> Answer:
    """Detach a managed policy from a group."""
    return _detach(call, asked_group(call, "DetachGroupPolicy", policy_arn=_policy(call)))


@operation("iam", reads=True, authorized=False)
def list_attached_group_policies(call: Call) -> Answer:
    """List the managed policies attached to a group, by name."""
    return _list(call, asked_group(call, "ListAttachedGroupPolicies"), "ListAttachedGroupPolicies")


@operation("iam", authorized=False)
def attach_role_policy(call: Call) -> Answer:
    """Attach a managed policy to a role."""
    return _attach(call, asked_role(call, "AttachRolePolicy", policy_arn=_policy(call)))


@operation("iam", authorized=False)
def detach_role_policy(call: Call) -> Answer:
    """Detach a managed policy from a role."""
    return _detach(call, asked_role(call, "DetachRolePolicy", policy_arn=_policy(call)))


@operation("iam", reads=True, authorized=False)
def list_attached_role_policies(call: Call) -> Answer:
    """List the managed policies attached to a role, by name."""
    return _list(call, asked_role(call, "ListAttachedRolePolicies"), "ListAttachedRolePolicies")
