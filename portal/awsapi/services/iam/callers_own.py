"""The identity that a call is about where it need not name one: then its caller's own (IAM API reference, `UserName`)."""

from accounts.models import Principal
from portal.awsapi.errors import CallRefused, Fault
from portal.awsapi.registry import Call
from portal.awsapi.services.iam.asking import ask, asked_user


def named_or_own(call: Call, operation: str) -> Principal:
    """Return the user that a call names, or the IAM user or root user who calls; refuses what the caller may not do to it.

    The row is read anew: what the signature was checked by is shared and may be a moment old.
    """
    if "UserName" in call.parameters:
        return asked_user(call, operation)
    principal = own(call)
    ask(call, operation, principal.arn)
    return principal


def own(call: Call) -> Principal:
    """Return the IAM user or root user who calls; refuses a role's session, and whoever is no user of its own."""
    signer = call.signer
    if not isinstance(signer.holder, Principal) or signer.type not in {"User", "Account"}:
        raise CallRefused(Fault.INVALID, "Must specify userName when calling with non-User credentials")
    return Principal.objects.select_related("account").get(pk=signer.holder.pk)


def own_user(call: Call, operation: str) -> Principal:
    """Return what `named_or_own` does where it is an IAM user; refuses a root user, whom the operation is not for."""
    principal = named_or_own(call, operation)
    if principal.kind != Principal.Kind.IAM_USER:
        raise CallRefused(Fault.INVALID, "Must specify userName when calling with non-User credentials")
    return principal
