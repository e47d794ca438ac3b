"""What the IAM user's sign-in does."""

from dataclasses import dataclass
from datetime import timedelta

from accounts.models import Account, PasswordPolicy, Principal
from accounts.signin.attempt import Attempt
from accounts.signin.password import Claim
from accounts.signin.refusals import Refusal
from portal.core import arns, clock, ids
from portal.core.actions import NOBODY, Subject
from portal.core.prepared import PreparedQuery
from portal.trail.identity import Identity
from portal.trail.names import ErrorMessage

# What of an account and a user every sign-in looks at; whatever is left out is read when a page asks for it.
_OF_ACCOUNT = ("alias", "status", "administrator", "iam_users_need_mfa", "password_policy__max_age_days", "password_policy__hard_expiry")
_OF_USER = (
    *("password", "kind", "account_id", "name", "path", "unique_id", "is_active", "credential_epoch"),
    *("must_change_password", "reset_required_because", "password_changed_at"),
)
_BY_ID = PreparedQuery(lambda key: Account.objects.select_related("password_policy").only(*_OF_ACCOUNT).filter(pk=key), key=str)
_BY_ALIAS = PreparedQuery(lambda key: Account.objects.select_related("password_policy").only(*_OF_ACCOUNT).filter(alias=key), key=str)
_USER = PreparedQuery(
    lambda account, name: Principal.objects.filter(kind=Principal.Kind.IAM_USER, account_id=account, name_key=name).only(*_OF_USER),
    account=str,
    name=str,
)


@dataclass(frozen=True, slots=True)
class Found:
    """What an account and a user name stand for; each may be missing."""

    account: Account | None
    principal: Principal | None

    @property
    def policy(self) -> PasswordPolicy | None:
        """The account's own password policy."""
        policy: PasswordPolicy | None = getattr(self.account, "password_policy", None)
        return policy


def find(account_key: str, username: str) -> Found:
    """Look account and user up by two queries whatever exists, so that known and unknown cost the same."""
    account = (_BY_ID if ids.ACCOUNT_ID.fullmatch(account_key) else _BY_ALIAS).first(key=account_key)
    principal = _USER.first(account=account.pk if account else "", name=ids.user_name_key(username))
    if account and principal:
        principal.account = account
    return Found(account, principal if account else None)


def subject(found: Found, username: str) -> Subject:
    """Return on whom a policy is asked: nobody while the account is not known, else whoever has the name typed, if only by claim."""
    if found.account is None:
        return NOBODY
    return Subject(found.account.id, found.principal.arn if found.principal else arns.user_arn(found.account.id, username))


def identify(attempt: Attempt, found: Found, *, account: str, username: str, remember: bool) -> None:
    """Note who the visitor claims to be. The ARN of a policy question is that of the name typed, whether or not such a user exists."""
    attempt.account = account
    attempt.username = username
    attempt.remember = remember
    attempt.identified = True
    attempt.principal = found.principal.pk if found.principal else 0
    claimed = subject(found, username)
    attempt.subject_account, attempt.subject_arn = claimed.account, claimed.principal_arn


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
    policy = found.policy
    if policy is None or not policy.max_age_days or principal.password_changed_at is None:
        return False
    if clock.now() - principal.password_changed_at <= timedelta(days=policy.max_age_days):
        return False
    return Refusal.PASSWORD_EXPIRED if policy.hard_expiry else True
