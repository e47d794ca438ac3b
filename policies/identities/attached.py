"""Which managed policies are attached to whom. A document of the account may also name a user or role itself; that counts as attached to it."""

from collections import Counter
from collections.abc import Sequence

from django.db.models import Count

from accounts.iam.errors import LimitExceededException, NoSuchEntityException
from accounts.iam.finding import locked
from accounts.models import Group, GroupPolicy, PolicyAttachment, Principal, Role, RolePolicy
from policies.identities.holders import Holder, check_standing, kind_of
from policies.identities.rules import MOST_ATTACHED, parts_of
from policies.managed import managed_policy
from policies.models import PolicyDocument, PolicyTarget

_QUOTA = {"user": "PoliciesPerUser", "group": "PoliciesPerGroup", "role": "PoliciesPerRole"}


def attached_to(holder: Holder) -> tuple[str, ...]:
    """Return the ARNs of the managed policies that are attached to a user, group or role, each once, by name."""
    arns = {attachment.policy_arn for attachment in holder.policy_attachments.all()}
    if not isinstance(holder, Group):
        arns |= {target.document.arn for target in _naming(holder)}
    return tuple(sorted(arns, key=name_key))


def name_key(arn: str) -> str:
    """Return what attached policies are listed by: an own policy may have the name of one of AWS's."""
    return f"{arn.rpartition('/')[2]} {'aws' if ':aws:policy/' in arn else 'own'}"


def _naming(holder: Principal | Role) -> Sequence[PolicyTarget]:
    named = PolicyTarget.objects.filter(document__account_id=holder.account_id, document__type=PolicyDocument.Type.IDENTITY, target=holder.arn)
    return list(named.select_related("document"))


def attach(account: str, holder: Holder, arn: str) -> None:
    """Attach a managed policy, if it is not; raises InvalidInputException, NoSuchEntityException, LimitExceededException."""
    with locked(account):
        check_standing(holder)
        if not _exists(account, arn):
            raise NoSuchEntityException(f"Policy {arn} does not exist or is not attachable.")
        standing = attached_to(holder)
        if arn in standing:
            return
        if len(standing) >= MOST_ATTACHED:
            raise LimitExceededException(f"Cannot exceed quota for {_QUOTA[kind_of(holder)]}: {MOST_ATTACHED}")
        _row(holder, arn).save(force_insert=True)


def _row(holder: Holder, arn: str) -> PolicyAttachment | GroupPolicy | RolePolicy:
    if isinstance(holder, Principal):
        return PolicyAttachment(principal=holder, policy_arn=arn)
    return GroupPolicy(group=holder, policy_arn=arn) if isinstance(holder, Group) else RolePolicy(role=holder, policy_arn=arn)


def _exists(account: str, arn: str) -> bool:
    owner, path, name = parts_of(arn)
    if owner != account:
        return managed_policy(arn) is not None
    return PolicyDocument.objects.filter(account_id=account, type=PolicyDocument.Type.IDENTITY, path=path, name=name).exists()


def detach(account: str, holder: Holder, arn: str) -> None:
    """Detach a managed policy; raises InvalidInputException, and NoSuchEntityException where it is not attached."""
    parts_of(arn)
    with locked(account):
        rows = list(holder.policy_attachments.filter(policy_arn=arn))
        naming = [] if isinstance(holder, Group) else [target for target in _naming(holder) if target.document.arn == arn]
        for row in (*rows, *naming):
            row.delete()
        if not rows and not naming:
            raise NoSuchEntityException(f"Policy {arn} was not found.")


def is_attached(document: PolicyDocument) -> bool:
    """Tell whether a policy of the account is attached to anybody."""
    attachments = (PolicyAttachment, GroupPolicy, RolePolicy)
    return document.targets.exists() or any(model.objects.filter(policy_arn=document.arn).exists() for model in attachments)


def attachment_counts(account: str, arns: Sequence[str] | None = None) -> Counter[str]:
    """Return how many users, groups and roles of an account each managed policy is attached to; of all, or of these ARNs."""
    found: Counter[str] = Counter()
    users = PolicyAttachment.objects.filter(principal__account_id=account)
    groups = GroupPolicy.objects.filter(group__account_id=account)
    roles = RolePolicy.objects.filter(role__account_id=account)
    for rows in (users, groups, roles):
        narrowed = rows if arns is None else rows.filter(policy_arn__in=arns)
        for arn, times in narrowed.values_list("policy_arn").annotate(times=Count("pk")):
            found[arn] += times
    documents = PolicyDocument.objects.filter(account_id=account, type=PolicyDocument.Type.IDENTITY, targets__isnull=False)
    for row in documents.annotate(times=Count("targets")):
        if arns is None or row.arn in arns:
            found[row.arn] += row.times
    return found


def holders_of(account: str, arn: str) -> tuple[list[Group], list[Principal], list[Role]]:
    """Return the groups, users and roles of an account that a managed policy is attached to, each by name."""
    groups = list(Group.objects.filter(account_id=account, policy_attachments__policy_arn=arn))
    users = set(Principal.objects.filter(account_id=account, kind=Principal.Kind.IAM_USER, policy_attachments__policy_arn=arn))
    roles = set(Role.objects.filter(account_id=account, policy_attachments__policy_arn=arn))
    named = _targets(account, arn)
    if named:
        names = [target.rpartition("/")[2] for target in named]
        of_account = Principal.objects.filter(account_id=account, kind=Principal.Kind.IAM_USER, name__in=names)
        users |= {row for row in of_account if row.arn in named}
        roles |= {row for row in Role.objects.filter(account_id=account, name__in=names) if row.arn in named}
    return (
        sorted(groups, key=lambda row: row.name_key),
        sorted(users, key=lambda row: row.name_key),
        sorted(roles, key=lambda row: row.name),
    )


def _targets(account: str, arn: str) -> frozenset[str]:
    owner, path, name = parts_of(arn)
    if owner != account:
        return frozenset()
    documents = PolicyDocument.objects.filter(account_id=account, type=PolicyDocument.Type.IDENTITY, path=path, name=name)
    return frozenset(PolicyTarget.objects.filter(document__in=documents).values_list("target", flat=True))
