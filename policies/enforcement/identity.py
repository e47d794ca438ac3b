"""The identity-based policies of whoever acts: attached managed policies, the account's documents that name it, and those embedded in it."""

from collections.abc import Iterable

from django.db.models import Q, QuerySet

from accounts.models import GroupMembership, GroupPolicy, Principal, Role
from policies.enforcement.documents import compiled, compiled_managed, compiled_row
from policies.evaluation.statements import Policy
from policies.language import PolicyType
from policies.models import InlinePolicy, PolicyDocument


def policies_of(holder: Principal | Role) -> tuple[Policy, ...]:
    """Return the identity-based policies of a principal or a role, compiled: its own, and those of a user's groups. A root user has none.

    Raises `policies.enforcement.documents.PolicyUnreadable` where one of them cannot be used: whoever asks must deny then.
    """
    if isinstance(holder, Role):
        attached = [row.policy_arn for row in holder.policy_attachments.all()]
        inline = InlinePolicy.objects.filter(role=holder)
    elif holder.kind == Principal.Kind.IAM_USER:
        groups = list(GroupMembership.objects.filter(principal=holder).values_list("group", flat=True))
        attached = [row.policy_arn for row in holder.policy_attachments.all()]
        attached += GroupPolicy.objects.filter(group__in=groups).values_list("policy_arn", flat=True)
        inline = InlinePolicy.objects.filter(Q(user=holder) | Q(group__in=groups))
    else:
        return ()
    account = str(holder.account_id)
    return (*_attached(account, sorted(set(attached))), *_naming(account, holder.arn), *_embedded(inline))


def _attached(account: str, arns: Iterable[str]) -> Iterable[Policy]:
    own = f"arn:aws:iam::{account}:policy/"
    for arn in arns:
        row = None
        if arn.startswith(own):
            row = PolicyDocument.objects.filter(account_id=account, type=PolicyDocument.Type.IDENTITY, name=arn.rpartition("/")[2]).first()
        yield compiled_row(row) if row is not None else compiled_managed(arn)


def _naming(account: str, arn: str) -> Iterable[Policy]:
    rows = PolicyDocument.objects.filter(account_id=account, type=PolicyDocument.Type.IDENTITY, targets__target=arn)
    return [compiled_row(row) for row in rows.order_by("pk")]


def _embedded(rows: QuerySet[InlinePolicy]) -> Iterable[Policy]:
    return [compiled(row.text, PolicyType.IDENTITY, row.name) for row in rows.order_by("pk")]
