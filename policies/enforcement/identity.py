"""The identity-based policies of whoever acts: attached managed policies, and documents of the account that name the identity."""

from collections.abc import Iterable

from accounts.models import Principal, Role
from policies.enforcement.documents import compiled_managed, compiled_row
from policies.evaluation.statements import Policy
from policies.models import PolicyDocument


def policies_of(holder: Principal | Role) -> tuple[Policy, ...]:
    """Return the identity-based policies of a principal or a role, compiled. A root user has none.

    Raises `policies.enforcement.documents.PolicyUnreadable` where one of them cannot be used: whoever asks must deny then.
    """
    if isinstance(holder, Principal) and holder.kind != Principal.Kind.IAM_USER:
        return ()
    attached = sorted(attachment.policy_arn for attachment in holder.policy_attachments.all())
    account = str(holder.account_id)
    return (*_attached(account, attached), *_naming(account, holder.arn))


def _attached(account: str, arns: Iterable[str]) -> Iterable[Policy]:
    own = f"arn:aws:iam::{account}:policy/"
    for arn in arns:
        row = None
        if arn.startswith(own):
            row = PolicyDocument.objects.filter(account_id=account, type=PolicyDocument.Type.IDENTITY, name=arn.removeprefix(own)).first()
        yield compiled_row(row) if row is not None else compiled_managed(arn)


def _naming(account: str, arn: str) -> Iterable[Policy]:
    rows = PolicyDocument.objects.filter(account_id=account, type=PolicyDocument.Type.IDENTITY, targets__target=arn)
    return [compiled_row(row) for row in rows.order_by("pk")]
