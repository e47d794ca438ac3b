"""What the IAM user's sign-in does."""

from dataclasses import dataclass
from datetime import timedelta

from django.db.models import FilteredRelation, Q

from accounts.models import Account, Principal
from accounts.signin.attempt import Attempt
from accounts.signin.password import Claim
from accounts.signin.refusals import Refusal
from portal.core import arns, clock, ids
from portal.trail.identity import Identity
from portal.trail.names import ErrorMessage

_PRINCIPAL_FIELDS = tuple(field.attname for field in Principal._meta.concrete_fields)
_ACCOUNT_FIELDS = tuple(field.attname for field in Account._meta.concrete_fields)
_COLUMNS = (
    *_ACCOUNT_FIELDS,
    "password_policy__max_age_days",
    "password_policy__hard_expiry",
    *(f"user__{name}" for name in _PRINCIPAL_FIELDS),
)


@dataclass(frozen=True, slots=True)
class Found:
    """What an account and a user name stand for: each may be missing. `max_age_days` and `hard_expiry` are of the account's policy."""

    account: Account | None
    principal: Principal | None
    max_age_days: int | None = None
    hard_expiry: bool = False


def find(account_key: str, username: str) -> Found:
    """Look account and user up by one query whatever exists, so that known and unknown cost the same."""
    wanted = FilteredRelation(
        "principals", condition=Q(principals__kind=Principal.Kind.IAM_USER, principals__name_key=ids.user_name_key(username))
    )
    named = {"pk": account_key} if ids.ACCOUNT_ID.fullmatch(account_key) else {"alias": account_key}
    row = Account.objects.annotate(user=wanted).filter(**named).values_list(*_COLUMNS).first()
    if row is None:
        return Found(None, None)
    count = len(_ACCOUNT_FIELDS)
    account = Account(*row[:count])
    values = row[count + 2 :]
    if values[0] is None:
        return Found(account, None)
    principal = Principal.from_db("default", _PRINCIPAL_FIELDS, values)
    principal.account = account
    return Found(account, principal, row[count], bool(row[count + 1]))


def identify(attempt: Attempt, found: Found, *, account: str, username: str, remember: bool) -> None:
    """Note who the visitor claims to be. The ARN of a policy question is that of the name typed, whether or not such a user exists."""
    attempt.account = account
    attempt.username = username
    attempt.remember = remember
    attempt.identified = True
    attempt.principal = found.principal.pk if found.principal else 0
    if found.account:
        attempt.subject_account = found.account.id
        attempt.subject_arn = arns.user_arn(found.account.id, found.principal.name if found.principal else username)


def claim(attempt: Attempt, found: Found, *, remembers_account: bool) -> Claim:
    """Return the claim that a password is checked against. Id and alias of one account share one counter."""
    account = found.account.id if found.account else attempt.account
    return Claim(
        f"iam_user:{account}:{ids.user_name_key(attempt.username)}",
        found.principal,
        unknown=Identity.unknown_iam_user(account if ids.ACCOUNT_ID.fullmatch(account) and found.account else ""),
        unknown_error=ErrorMessage.UNKNOWN_USER,
        remembers_account=remembers_account,
    )


def password_due(principal: Principal, found: Found) -> bool | Refusal:
    """Tell whether a right password must be replaced now; a refusal where the account's policy lets only an administrator do it.

    An administrator's demand comes first; expiry follows the account's maximum age (IAM user guide, "password expiration").
    """
    if principal.must_change_password:
        return True
    if not found.max_age_days or principal.password_changed_at is None:
        return False
    if clock.now() - principal.password_changed_at <= timedelta(days=found.max_age_days):
        return False
    return Refusal.PASSWORD_EXPIRED if found.hard_expiry else True
