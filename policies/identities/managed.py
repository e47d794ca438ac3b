"""Managed policies: AWS's own, which nobody changes, and the account's, made, versioned and deleted (IAM API, operations of the same names)."""

import hashlib
from base64 import b32encode
from dataclasses import dataclass
from datetime import UTC, datetime

from django.db import IntegrityError, transaction

from accounts.iam.errors import DeleteConflictException, EntityAlreadyExistsException, LimitExceededException, NoSuchEntityException
from accounts.iam.finding import locked
from policies.identities.attached import is_attached
from policies.identities.rules import (
    MANAGED_CHARACTERS,
    MOST_POLICIES,
    MOST_VERSIONS,
    check_document,
    parts_of,
    size,
    version_number,
)
from policies.managed import ManagedPolicy, managed_policies, managed_policy
from policies.models import PolicyDocument, PolicyVersion
from portal.core import clock

AWS_SINCE = datetime(2015, 2, 6, 18, 39, 46, tzinfo=UTC)
"""When AWS's own policies count as made: their documents do not tell."""


@dataclass(frozen=True, slots=True)
class Managed:
    """A managed policy as the API describes it, whoever keeps it."""

    arn: str
    name: str
    path: str
    unique_id: str
    description: str
    version: int
    created_at: datetime
    updated_at: datetime


@dataclass(frozen=True, slots=True)
class Version:
    """A version of a managed policy."""

    number: int
    text: str
    is_default: bool
    created_at: datetime


def of_row(row: PolicyDocument) -> Managed:
    """Describe a customer managed policy."""
    return Managed(row.arn, row.name, row.path, row.unique_id, row.description, row.version, row.created_at, row.updated_at)


def of_aws(found: ManagedPolicy) -> Managed:
    """Describe one of AWS's own policies, which all have one version here."""
    unique_id = "ANPA" + b32encode(hashlib.sha256(found.arn.encode()).digest()).decode()[:17]
    return Managed(found.arn, found.name, parts_of(found.arn)[1], unique_id, found.description, 1, AWS_SINCE, AWS_SINCE)


def aws_policies() -> tuple[Managed, ...]:
    """Return AWS's own policies, by name."""
    return tuple(of_aws(found) for found in sorted(managed_policies(), key=lambda found: found.name))


def not_found(arn: str) -> NoSuchEntityException:
    """Return the refusal for a policy that is not there."""
    return NoSuchEntityException(f"Policy {arn} does not exist or is not attachable.")


def own_policy(account: str, arn: str) -> PolicyDocument | None:
    """Return the account's own policy of an ARN; raises InvalidInputException for what is no ARN."""
    owner, path, name = parts_of(arn)
    if owner != account:
        return None
    return PolicyDocument.objects.filter(account_id=account, type=PolicyDocument.Type.IDENTITY, path=path, name=name).first()


def policy_of(account: str, arn: str) -> Managed:
    """Return the policy of an ARN that the account can use; raises InvalidInputException, NoSuchEntityException."""
    row = own_policy(account, arn)
    found = managed_policy(arn)
    if row is not None:
        return of_row(row)
    if found is not None:
        return of_aws(found)
    raise not_found(arn)


def create_policy(account: str, *, name: str, text: str, path: str = "/", description: str = "") -> Managed:
    """Make a policy with its first version.

    Raises MalformedPolicyDocumentException, EntityAlreadyExistsException, LimitExceededException.
    """
    _check(text)
    with locked(account):
        standing = PolicyDocument.objects.filter(account_id=account, type=PolicyDocument.Type.IDENTITY)
        if standing.filter(name__iexact=name).exists():
            raise _exists(name)
        if standing.count() >= MOST_POLICIES:
            raise LimitExceededException(f"Cannot exceed quota for PoliciesPerAccount: {MOST_POLICIES}.")
        now = clock.now()
        row = PolicyDocument(
            type=PolicyDocument.Type.IDENTITY,
            account_id=account,
            name=name,
            path=path,
            description=description,
            text=text,
            created_at=now,
            version_at=now,
            updated_at=now,
        )
        try:
            with transaction.atomic():
                row.save(force_insert=True)
        except IntegrityError as error:
            raise _exists(name) from error
    return of_row(row)


def delete_policy(account: str, arn: str) -> None:
    """Delete a policy that is attached to nobody and has one version; raises NoSuchEntityException, DeleteConflictException."""
    with locked(account):
        row = _own(account, arn)
        if is_attached(row):
            raise DeleteConflictException("Cannot delete a policy attached to entities.")
        if row.versions.exists():
            raise DeleteConflictException(
                "This policy has more than one version. Before you delete a policy, you must delete the policy's versions."
                " The default version is deleted with the policy."
            )
        row.delete()


def versions_of(account: str, arn: str) -> tuple[Version, ...]:
    """Return the versions of a policy, newest first; raises NoSuchEntityException."""
    row = own_policy(account, arn)
    if row is None:
        found = managed_policy(arn)
        if found is None:
            raise not_found(arn)
        return (Version(1, found.document.text, True, AWS_SINCE),)  # noqa: FBT003  # a row of the result
    return tuple(sorted((_default(row), *map(_other, row.versions.all())), key=lambda version: -version.number))


def version_of(account: str, arn: str, identifier: str) -> Version:
    """Return one version of a policy; raises NoSuchEntityException."""
    number = version_number(identifier)
    for version in versions_of(account, arn):
        if version.number == number:
            return version
    raise _no_version(arn, identifier)


def create_version(account: str, arn: str, *, text: str, as_default: bool) -> Version:
    """Make a further version, as the default one or not.

    Raises MalformedPolicyDocumentException, NoSuchEntityException, LimitExceededException.
    """
    _check(text)
    with locked(account):
        row = _own(account, arn)
        if row.versions.count() + 1 >= MOST_VERSIONS:
            raise LimitExceededException(
                f"A managed policy can have up to {MOST_VERSIONS} versions. Before you create a new version, you must delete an existing version."
            )
        now = clock.now()
        made = PolicyVersion(document=row, number=row.newest_version + 1, text=text, created_at=now)
        row.newest_version, row.updated_at = made.number, now
        made.save(force_insert=True)
        if as_default:
            _exchange(row, made)
        row.save()
        return Version(row.newest_version, text, as_default, now)


def set_default_version(account: str, arn: str, identifier: str) -> None:
    """Make another version the one that counts; raises NoSuchEntityException."""
    with locked(account):
        row = _own(account, arn)
        number = version_number(identifier)
        if number == row.version:
            return
        _exchange(row, _version_row(row, arn, identifier))
        row.save()


def delete_version(account: str, arn: str, identifier: str) -> None:
    """Delete a version that is not the default one; raises NoSuchEntityException, DeleteConflictException."""
    with locked(account):
        row = _own(account, arn)
        if version_number(identifier) == row.version:
            raise DeleteConflictException("Cannot delete the default version of a policy.")
        _version_row(row, arn, identifier).delete()


def _exchange(row: PolicyDocument, other: PolicyVersion) -> None:
    """Let `other` be the default version and what was that one of the others; the document is saved by the caller."""
    chosen = (other.number, other.text, other.created_at)
    other.number, other.text, other.created_at = row.version, row.text, row.version_at
    row.version, row.text, row.version_at = chosen
    other.save(update_fields=["number", "text", "created_at"])


def _version_row(row: PolicyDocument, arn: str, identifier: str) -> PolicyVersion:
    found = row.versions.filter(number=version_number(identifier)).first()
    if found is None:
        raise _no_version(arn, identifier)
    return found


def _default(row: PolicyDocument) -> Version:
    return Version(row.version, row.text, True, row.version_at)  # noqa: FBT003  # as above


def _other(row: PolicyVersion) -> Version:
    return Version(row.number, row.text, False, row.created_at)  # noqa: FBT003  # as above


def _no_version(arn: str, identifier: str) -> NoSuchEntityException:
    return NoSuchEntityException(f"Policy {arn} version {identifier} does not exist or is not attachable.")


def _own(account: str, arn: str) -> PolicyDocument:
    row = own_policy(account, arn)
    if row is None:
        raise not_found(arn)
    return row


def _exists(name: str) -> EntityAlreadyExistsException:
    return EntityAlreadyExistsException(f"A policy called {name} already exists. Duplicate names are not allowed.")


def _check(text: str) -> None:
    check_document(text)
    if size(text) > MANAGED_CHARACTERS:
        raise LimitExceededException(f"Cannot exceed quota for PolicySize: {MANAGED_CHARACTERS}")
