"""Create, change, delete, attach and detach an organisation's policies (AWS Organizations API, operations of the same names).

The organisation's row is the lock of every change, so that no two at once can pass a quota together, delete what is being attached,
or overwrite each other. Compiled policies follow the rows by themselves (`policies.enforcement.changes`).
"""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from accounts.models import Organization
from policies.language import PolicyInvalid, PolicyType, read
from policies.models import PolicyDocument, PolicyTarget
from policies.models.documents import ORGANIZATION_POLICY_LIMIT
from policies.organization.errors import (
    ConcurrentModificationException,
    ConstraintViolationException,
    DuplicatePolicyAttachmentException,
    DuplicatePolicyException,
    InvalidInputException,
    MalformedPolicyDocumentException,
    PolicyInUseException,
    PolicyNotAttachedException,
    PolicyNotFoundException,
    TargetNotFoundException,
)
from policies.organization.rules import ALWAYS_ATTACHED, MOST_POLICIES, NAME, normalised, version_of
from policies.organization.tree import is_target
from portal.conf import conf
from portal.core import clock

KINDS = (PolicyType.RCP, PolicyType.SCP)


@contextmanager
def _locked(organization_id: str) -> Iterator[Organization]:
    """Hold the organisation's row for the length of a change."""
    with transaction.atomic():
        organization = Organization.objects.select_for_update().filter(pk=organization_id).first()
        if organization is None:
            raise PolicyNotFoundException(_("There is no such organization."))
        yield organization


def policy_of(organization_id: str, key: int) -> PolicyDocument:
    """Return an RCP or SCP of the organisation; raises PolicyNotFoundException alike for none and for another organisation's."""
    found = PolicyDocument.objects.filter(pk=key, organization_id=organization_id, type__in=[kind.value for kind in KINDS]).first()
    if found is None:
        raise PolicyNotFoundException(_("The organization has no such policy. It may have been deleted."))
    return found


def check_name(name: str) -> None:
    """Raise InvalidInputException for what is no name of a policy."""
    if not NAME.fullmatch(name):
        raise InvalidInputException(_("A policy name has 1 to 128 letters, digits and signs of _+=,.@-"))


def check_document(kind: PolicyType, text: str) -> None:
    """Raise MalformedPolicyDocumentException, with every problem, for a document that cannot be a policy of this kind."""
    if len(text) > ORGANIZATION_POLICY_LIMIT:
        words = _("The document has %(length)d characters. A policy of an organization has at most %(limit)d, white space included.")
        raise MalformedPolicyDocumentException(words % {"length": len(text), "limit": ORGANIZATION_POLICY_LIMIT})
    try:
        read(text, kind)
    except PolicyInvalid as invalid:
        raise MalformedPolicyDocumentException(_("The document is not a valid policy of this kind."), invalid.problems) from invalid


def _check_free(organization: Organization, kind: PolicyType, name: str, *, but: int | None = None) -> None:
    taken = PolicyDocument.objects.filter(organization=organization, type=kind.value, name=name).values_list("pk", flat=True).first()
    if taken not in {None, but} or name == ALWAYS_ATTACHED[kind].name:
        raise _duplicate(name)


def _duplicate(name: str) -> DuplicatePolicyException:
    return DuplicatePolicyException(_("The organization has a policy of this kind that is called `%(name)s`. Choose another name.") % {"name": name})


def _save(row: PolicyDocument) -> None:
    try:
        with transaction.atomic():
            row.save()
    except IntegrityError as error:  # the admin site writes the same rows, and does not ask for this lock
        raise _duplicate(row.name) from error


def create_policy(organization_id: str, kind: PolicyType, *, name: str, text: str) -> PolicyDocument:
    """Store a policy that is attached nowhere yet, and return it.

    Raises InvalidInputException, MalformedPolicyDocumentException, DuplicatePolicyException, ConstraintViolationException.
    """
    text = normalised(text)
    check_name(name)
    check_document(kind, text)
    with _locked(organization_id) as organization:
        _check_free(organization, kind, name)
        most = MOST_POLICIES[kind]
        if PolicyDocument.objects.filter(organization=organization, type=kind.value).count() >= most:
            raise ConstraintViolationException(
                _("The organization has %(most)d policies of this kind, as many as it may. Delete one.") % {"most": most}
            )
        row = PolicyDocument(type=kind.value, name=name, organization=organization, text=text, created_at=clock.now())
        _save(row)
    return row


def update_policy(organization_id: str, key: int, *, name: str, text: str, read_as: str) -> PolicyDocument:
    """Change name and document of a policy, wherever it is attached, and return it; `read_as` is the `version_of` what was edited.

    Raises what `create_policy` raises, PolicyNotFoundException, and ConcurrentModificationException where it is another by now.
    """
    text = normalised(text)
    with _locked(organization_id) as organization:
        row = policy_of(organization_id, key)
        kind = PolicyType(row.type)
        check_name(name)
        check_document(kind, text)
        if version_of(row.name, row.text) != read_as:
            raise ConcurrentModificationException(_("Somebody has changed this policy since you opened it. Open it again and repeat your change."))
        _check_free(organization, kind, name, but=row.pk)
        row.name, row.text = name, text
        _save(row)
    return row


def delete_policy(organization_id: str, key: int) -> None:
    """Delete a policy that is attached nowhere; raises PolicyNotFoundException or PolicyInUseException."""
    with _locked(organization_id):
        row = policy_of(organization_id, key)
        if row.targets.exists():
            raise PolicyInUseException(_("`%(name)s` is attached. Detach it from everything first.") % {"name": row.name})
        row.delete()


def attach_policy(organization_id: str, key: int, target: str) -> PolicyTarget:
    """Attach a policy to the organisation's root, a unit or an account.

    Raises PolicyNotFoundException, TargetNotFoundException, DuplicatePolicyAttachmentException, ConstraintViolationException.
    """
    with _locked(organization_id) as organization:
        row = policy_of(organization_id, key)
        if not is_target(organization, target):
            raise TargetNotFoundException(_("The organization has no such root, unit or account."))
        if row.targets.filter(target=target).exists():
            raise DuplicatePolicyAttachmentException(_("`%(name)s` is attached to `%(target)s`.") % {"name": row.name, "target": target})
        kind = PolicyType(row.type)
        most = conf.policies_per_target
        if attached_to(organization_id, kind, target) >= most:
            words = _("`%(target)s` has %(most)d policies of this kind, `%(always)s` among them, as many as it may. Detach one, or join some.")
            raise ConstraintViolationException(words % {"target": target, "most": most, "always": ALWAYS_ATTACHED[kind].name})
        made = PolicyTarget(document=row, target=target)
        made.save(force_insert=True)
    return made


def attached_to(organization_id: str, kind: PolicyType, target: str) -> int:
    """Return how many policies of a kind are attached to a target, the one that always is among them."""
    return 1 + PolicyTarget.objects.filter(document__organization_id=organization_id, document__type=kind.value, target=target).count()


def detach_policy(organization_id: str, key: int, target: str) -> None:
    """Detach a policy; raises PolicyNotFoundException or PolicyNotAttachedException."""
    with _locked(organization_id):
        row = policy_of(organization_id, key)
        attachment = row.targets.filter(target=target).first()
        if attachment is None:
            raise PolicyNotAttachedException(_("`%(name)s` is not attached to `%(target)s`.") % {"name": row.name, "target": target})
        attachment.delete()
