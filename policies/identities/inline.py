"""Policies that are embedded in a user, group or role (IAM API: Put…Policy, Get…Policy, Delete…Policy, List…Policies)."""

from django.db.models import QuerySet

from accounts.iam.errors import LimitExceededException, NoSuchEntityException
from accounts.iam.finding import locked
from policies.identities.holders import Holder, check_standing, kind_of
from policies.identities.rules import check_document, size
from policies.models import InlinePolicy
from portal.core import clock

MOST_CHARACTERS = {"user": 2048, "group": 5120, "role": 10240}
"""Characters of all embedded policies of one user, group or role together (IAM quotas)."""


def embedded_in(holder: Holder) -> QuerySet[InlinePolicy]:
    """Return the policies embedded in a holder, by name."""
    return InlinePolicy.objects.filter(**{kind_of(holder): holder}).order_by("name")


def put_inline(account: str, holder: Holder, *, name: str, text: str) -> None:
    """Embed a policy, in place of the one of the same name if there is one; raises MalformedPolicyDocumentException, LimitExceededException."""
    check_document(text)
    with locked(account):
        check_standing(holder)
        standing = {row.name: row for row in embedded_in(holder)}
        most = MOST_CHARACTERS[kind_of(holder)]
        if size(text) + sum(size(row.text) for row in standing.values() if row.name != name) > most:
            raise LimitExceededException(f"Maximum policy size of {most} bytes exceeded for {kind_of(holder)} {holder.name}")
        row = standing.get(name) or InlinePolicy(**{kind_of(holder): holder}, name=name, created_at=clock.now())
        row.text = text
        row.save()


def inline_named(holder: Holder, name: str) -> InlinePolicy:
    """Return the embedded policy of this name; raises NoSuchEntityException."""
    found = embedded_in(holder).filter(name=name).first()
    if found is None:
        raise NoSuchEntityException(f"The {kind_of(holder)} policy with name {name} cannot be found.")
    return found


def delete_inline(account: str, holder: Holder, name: str) -> None:
    """Delete an embedded policy; raises NoSuchEntityException."""
    with locked(account):
        inline_named(holder, name).delete()
