"""Whom and what a call is about, and whether its caller may: IAM asks `iam:<Operation>` on the very user, group, role or policy.

What is not there is asked about by the ARN that it would have, so that who may not ask is not told which names there are.
"""

from collections.abc import Mapping

from accounts.iam.errors import InvalidInputException, NoSuchEntityException
from accounts.iam.finding import group_named, role_named, user_named
from accounts.models import Group, Principal, Role
from policies.identities.rules import parts_of
from portal.awsapi.permissions import decide, refused
from portal.awsapi.registry import Call
from portal.core import arns


def ask(call: Call, operation: str, resource: str = "*", *, policy_arn: str = "") -> None:
    """Refuse a call that its caller's policies do not allow on `resource`; `policy_arn` is the key `iam:PolicyARN`."""
    action = f"iam:{operation}"
    keys = {"iam:PolicyARN": policy_arn} if policy_arn else None
    decision = decide(call, action, resource=resource, keys=keys)
    if not decision.allowed:
        raise refused(call.signer, action, resource, decision)


def asked_user(call: Call, operation: str, *, policy_arn: str = "") -> Principal:
    """Return the user that a call names, whom its caller may do this to; raises `CallRefused`, NoSuchEntityException."""
    name: str = call.parameters["UserName"]
    found = user_named(call.signer.account, name)
    ask(call, operation, found.arn if found else arns.user_arn(call.signer.account, name), policy_arn=policy_arn)
    if found is None:
        raise NoSuchEntityException(f"The user with name {name} cannot be found.")
    return found


def asked_group(call: Call, operation: str, *, policy_arn: str = "") -> Group:
    """Return the group that a call names; raises as `asked_user` does."""
    name: str = call.parameters["GroupName"]
    found = group_named(call.signer.account, name)
    ask(call, operation, found.arn if found else arn_of(call, "group", name), policy_arn=policy_arn)
    if found is None:
        raise NoSuchEntityException(f"The group with name {name} cannot be found.")
    return found


def asked_role(call: Call, operation: str, *, policy_arn: str = "") -> Role:
    """Return the role that a call names; raises as `asked_user` does."""
    name: str = call.parameters["RoleName"]
    found = role_named(call.signer.account, name)
    ask(call, operation, found.arn if found else arn_of(call, "role", name), policy_arn=policy_arn)
    if found is None:
        raise NoSuchEntityException(f"The role with name {name} cannot be found.")
    return found


def asked_policy(call: Call, operation: str, *, changes: bool = False) -> str:
    """Return the ARN of the managed policy that a call names; raises `CallRefused`, InvalidInputException.

    Nobody `changes` a policy that is not the account's own, and what other accounts have nobody sees.
    """
    arn: str = call.parameters["PolicyArn"]
    owner, _path, _name = parts_of(arn)
    ask(call, operation, arn)
    if owner != call.signer.account and (changes or owner != "aws"):
        raise outside(arn)
    return arn


def outside(arn: str) -> NoSuchEntityException:
    """Return the refusal of a policy that is not the account's."""
    return NoSuchEntityException(f"Policy {arn} is outside your own account or does not exist.")


def arn_of(call: Call, kind: str, name: str, path: str = "/") -> str:
    """Return the ARN of what a call makes, or names although it is not there."""
    return f"arn:aws:iam::{call.signer.account}:{kind}{path}{name}"


def without(parameters: Mapping[str, object], *names: str) -> None:
    """Refuse parameters of things that the simulation does not have; raises InvalidInputException."""
    given = [name for name in names if parameters.get(name)]
    if given:
        raise InvalidInputException(f"{' and '.join(given)}: this simulation does not have it; leave it out.")
