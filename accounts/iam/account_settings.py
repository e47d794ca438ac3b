"""What an account decides about itself: its alias and its password policy (IAM API, operations of the same names)."""

from collections.abc import Mapping

from django.db import IntegrityError, transaction

from accounts.access_keys.revocation import standing_changed
from accounts.iam.errors import EntityAlreadyExistsException, NoSuchEntityException
from accounts.models import Account, PasswordPolicy


def set_alias(account: str, alias: str) -> None:
    """Give an account an alias, in place of the one that it has; raises `EntityAlreadyExistsException` where another account has it."""
    try:
        with transaction.atomic():
            Account.objects.filter(pk=account).update(alias=alias)
    except IntegrityError:
        raise EntityAlreadyExistsException(f"The account alias {alias} already exists.") from None
    standing_changed()


def drop_alias(account: str, alias: str) -> None:
    """Take an account's alias away; raises `NoSuchEntityException` where it has another or none."""
    if Account.objects.filter(pk=account, alias=alias).update(alias=None) != 1:
        raise NoSuchEntityException(f"The Account Alias {alias} cannot be found.")
    standing_changed()


def missing_policy(account: str) -> NoSuchEntityException:
    """Return the error for an account that has no password policy of its own, in IAM's words."""
    return NoSuchEntityException(f"The Password Policy with domain name {account} cannot be found.")


def set_password_policy(account: str, values: Mapping[str, int | bool | None]) -> None:
    """Give an account this password policy; what `values` leaves out is as the model has it, whatever it was before."""
    PasswordPolicy.objects.update_or_create(account_id=account, defaults={**_DEFAULTS, **values})


def drop_password_policy(account: str) -> None:
    """Take an account's password policy away, so that the default one holds; raises `NoSuchEntityException`."""
    if not PasswordPolicy.objects.filter(pk=account).delete()[0]:
        raise missing_policy(account)


_DEFAULTS: dict[str, int | bool | None] = {
    "minimum_length": 6,
    "require_uppercase": False,
    "require_lowercase": False,
    "require_numbers": False,
    "require_symbols": False,
    "max_age_days": None,
    "reuse_prevention": None,
    "hard_expiry": False,
    "allow_users_to_change": False,
}
"""What a parameter that is left out is set to (IAM API reference, `UpdateAccountPasswordPolicy`)."""
