"""Login profiles: the passwords of IAM users."""

from collections.abc import Callable, Mapping
from typing import Any

from accounts.credentials.flows import may_change, policy_of
from accounts.iam import login_profiles as flows
from accounts.iam.credential_errors import InvalidUserTypeException
from accounts.iam.users import has_login_profile
from accounts.models import Principal
from policies.enforcement.documents import compiled
from policies.language import PolicyType
from portal.awsapi.errors import CallRefused, Fault
from portal.awsapi.permissions import decide, refused
from portal.awsapi.registry import Answer, Call, operation
from portal.awsapi.services.iam.asking import asked_user
from portal.awsapi.services.iam.callers_own import own_user

WRONG = "The old password was incorrect."
_OF_ALL_USERS = '{"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "iam:ChangePassword", "Resource": "*"}}'
"""What the account's password policy gives every user while it lets them change their own passwords."""


def _described(user: Principal) -> Mapping[str, Any]:
    """Describe a login profile; it is as old as its password."""
    return {
        "LoginProfile": {
            "UserName": user.name,
            "CreateDate": user.password_changed_at or user.created_at,
            "PasswordResetRequired": user.must_change_password,
        }
    }


@operation("iam", authorized=False, in_two_parts=True)
def create_login_profile(call: Call) -> Callable[[], Answer]:
    """Give a user without a password the first one."""
    user, given = own_user(call, "CreateLoginProfile"), call.parameters
    if "Password" not in given:
        raise CallRefused(Fault.INVALID, "Password: an IAM user's login profile needs one.")
    if has_login_profile(user):
        raise flows.existing(user.name)
    encoded = flows.checked(user, given["Password"])

    def write() -> Answer:
        flows.create(user, encoded, reset_required=given.get("PasswordResetRequired", False))
        return Answer(_described(user))

    return write


@operation("iam", reads=True, authorized=False)
def get_login_profile(call: Call) -> Answer:
    """Tell whether a user has a password, since when, and whether the next sign-in asks for another."""
    return Answer(_described(_with_password(own_user(call, "GetLoginProfile"))))


@operation("iam", authorized=False, in_two_parts=True)
def update_login_profile(call: Call) -> Callable[[], Answer]:
    """Give a user another password, which ends all its sessions, or ask for a new one at the next sign-in."""
    user, given = _with_password(asked_user(call, "UpdateLoginProfile")), call.parameters
    encoded = flows.checked(user, given["Password"]) if "Password" in given else None

    def write() -> Answer:
        flows.update(user, encoded, reset_required=given.get("PasswordResetRequired"), origin=call.origin)
        return Answer()

    return write


@operation("iam", authorized=False)
def delete_login_profile(call: Call) -> Answer:
    """Take a user's password away; its access keys go on."""
    flows.delete(_with_password(own_user(call, "DeleteLoginProfile")))
    return Answer()


@operation("iam", authorized=False, in_two_parts=True)
def change_password(call: Call) -> Callable[[], Answer]:
    """Change the caller's own password, which it knows."""
    if call.signer.type != "User" or not isinstance(call.signer.holder, Principal):
        raise InvalidUserTypeException("Only an IAM user can change its own password by this operation.")
    user = _with_password(Principal.objects.select_related("account").get(pk=call.signer.holder.pk))
    _permit_change(call, user)
    if not flows.prove(user, call.parameters["OldPassword"]):
        raise CallRefused(Fault.DENIED, WRONG)
    encoded = flows.checked(user, call.parameters["NewPassword"])

    def write() -> Answer:
        flows.update(user, encoded, reset_required=False, origin=call.origin)
        return Answer()

    return write


def _permit_change(call: Call, user: Principal) -> None:
    """Refuse unless the caller's policies allow it, or the account's password policy allows it to all users and no policy denies it.

    IAM user guide, "Permit IAM users to change their own passwords".
    """
    action = "iam:ChangePassword"
    lent = (compiled(_OF_ALL_USERS, PolicyType.IDENTITY, "account password policy"),) if may_change(policy_of(user)) else ()
    decision = decide(call, action, resource=user.arn, lent=lent)
    if not decision.allowed:
        raise refused(call.signer, action, user.arn, decision)


def _with_password(user: Principal) -> Principal:
    if not has_login_profile(user):
        raise flows.missing(user.name)
    return user
