"""The identity-based policies of whoever acts: attached managed policies, the account's documents that name it, and those embedded in it."""

from collections.abc import Callable, Collection, Iterable
from copy import copy
from functools import partial
from typing import NamedTuple

from django.db.models import prefetch_related_objects

from accounts.models import Group, Principal, Role
from policies.enforcement.documents import PolicyUnreadable, compiled, compiled_managed, compiled_row
from policies.evaluation.decision import Layer
from policies.evaluation.statements import Policy
from policies.language import PolicyType
from policies.models import PolicyDocument


class Identity(NamedTuple):
    """The identity-based policies of somebody, compiled; `unreadable` are those that cannot be used, and deny."""

    policies: tuple[Policy, ...] = ()
    unreadable: tuple[PolicyUnreadable, ...] = ()


NOBODY = "nobody has this ARN."
_OF_ROLE = ("policy_attachments", "inline_policies")
_OF_USER = (*_OF_ROLE, "memberships__group__policy_attachments", "memberships__group__inline_policies")
"""What policies come from, read together."""


def policies_of(holder: Principal | Role) -> tuple[Policy, ...]:
    """Return the identity-based policies of a principal or a role, compiled: its own, and those of a user's groups. A root user has none.

    Raises `policies.enforcement.documents.PolicyUnreadable` where one of them cannot be used: whoever asks must deny then.
    """
    found = _identity_of(holder)
    if found.unreadable:
        raise found.unreadable[0]
    return found.policies


def read_identity(arn: str) -> Identity:
    """Return the identity-based policies of whoever has this ARN; where nobody has it, that is said as a policy that cannot be used."""
    account, kind, name = _parts(arn)
    holder: Principal | Role | None = None
    if kind == "user":
        holder = Principal.objects.filter(kind=Principal.Kind.IAM_USER, account_id=account, name=name).first()
    elif kind == "role":
        holder = Role.objects.filter(account_id=account, name=name).first()
    elif kind == "root":
        return Identity()
    return _identity_of(holder) if holder is not None else _nobody(arn)


def read_identities(account: str, wanted: Collection[str]) -> dict[str, Identity]:
    """Return what `read_identity` returns of each of these ARNs of one account, by as many queries however many they are."""
    names: dict[str, set[str]] = {"user": set(), "role": set()}
    for _account, kind, name in map(_parts, wanted):
        names.get(kind, set()).add(name)
    users = Principal.objects.filter(kind=Principal.Kind.IAM_USER, account_id=account, name__in=names["user"])
    roles = Role.objects.filter(account_id=account, name__in=names["role"])
    holders: dict[tuple[str, str], Principal | Role] = {("user", row.name): row for row in users.prefetch_related(*_OF_USER)}
    holders |= {("role", row.name): row for row in roles.prefetch_related(*_OF_ROLE)}
    documents = PolicyDocument.objects.filter(account_id=account, type=PolicyDocument.Type.IDENTITY).prefetch_related("targets").order_by("pk")
    own = {row.name: row for row in documents}
    naming: dict[str, list[PolicyDocument]] = {}
    for row in own.values():
        for target in row.targets.all():
            naming.setdefault(target.target, []).append(row)
    found: dict[str, Identity] = {}
    for arn in wanted:
        of_account, kind, name = _parts(arn)
        holder = holders.get((kind, name)) if of_account == account else None
        if kind == "root":
            found[arn] = Identity()
        elif holder is None:
            found[arn] = _nobody(arn)
        else:
            found[arn] = _composed(holder, own.get, naming.get(holder.arn, ()))
    return found


def _parts(arn: str) -> tuple[str, str, str]:
    """Return the account, the kind and the name, without path, of the principal that an ARN names."""
    _partition, _aws, _service, _region, account, last = arn.split(":", 5)
    kind, _slash, rest = last.partition("/")
    return account, kind, rest.rpartition("/")[2]


def _nobody(arn: str) -> Identity:
    return Identity(unreadable=(PolicyUnreadable(Layer.IDENTITY, arn, NOBODY),))


def _identity_of(holder: Principal | Role) -> Identity:
    if isinstance(holder, Principal) and holder.kind != Principal.Kind.IAM_USER:
        return Identity()
    documents = PolicyDocument.objects.filter(account_id=holder.account_id, type=PolicyDocument.Type.IDENTITY)
    naming = documents.filter(targets__target=holder.arn).order_by("pk")
    # What is read is kept by a copy of its own: the holder may be one that others share and keep for longer.
    own = copy(holder)
    prefetch_related_objects([own], *(_OF_USER if isinstance(own, Principal) else _OF_ROLE))
    return _composed(own, lambda name: documents.filter(name=name).first(), naming)


def _givers(holder: Principal | Role) -> tuple[Principal | Role | Group, ...]:
    """Return who lends its policies to a holder: itself, and the groups of a user."""
    return (holder, *(membership.group for membership in holder.memberships.all())) if isinstance(holder, Principal) else (holder,)


def _composed(holder: Principal | Role, own: Callable[[str], PolicyDocument | None], naming: Iterable[PolicyDocument]) -> Identity:
    """Return the policies attached by ARN, those of its account through `own`, then the documents that name the holder, then embedded ones."""
    prefix = f"arn:aws:iam::{holder.account_id}:policy/"
    policies: list[Policy] = []
    unreadable: list[PolicyUnreadable] = []

    def take(read: Callable[[], Policy]) -> None:
        try:
            policies.append(read())
        except PolicyUnreadable as error:
            unreadable.append(error)

    givers = _givers(holder)
    for arn in sorted({attachment.policy_arn for giver in givers for attachment in giver.policy_attachments.all()}):
        row = own(arn.rpartition("/")[2]) if arn.startswith(prefix) else None
        if row is not None:
            take(partial(compiled_row, row))
        else:
            take(partial(compiled_managed, arn))
    for row in naming:
        take(partial(compiled_row, row))
    for embedded in sorted((row for giver in givers for row in giver.inline_policies.all()), key=lambda row: row.pk):
        take(partial(compiled, embedded.text, PolicyType.IDENTITY, embedded.name))
    return Identity(tuple(policies), tuple(unreadable))
