"""The account itself: its alias, its password policy, and how much there is of what."""

from accounts.iam import account_settings as flows
from accounts.models import Account, PasswordPolicy
from portal.awsapi.errors import CallRefused, Fault
from portal.awsapi.registry import Answer, Call, operation
from portal.awsapi.services.iam.summary import summary_of
from portal.core import ids

_COLUMNS = {
    "MinimumPasswordLength": "minimum_length",
    "RequireSymbols": "require_symbols",
    "RequireNumbers": "require_numbers",
    "RequireUppercaseCharacters": "require_uppercase",
    "RequireLowercaseCharacters": "require_lowercase",
    "AllowUsersToChangePassword": "allow_users_to_change",
    "MaxPasswordAge": "max_age_days",
    "PasswordReusePrevention": "reuse_prevention",
    "HardExpiry": "hard_expiry",
}
"""Members of a password policy and the columns that hold them."""


@operation("iam")
def create_account_alias(call: Call) -> Answer:
    """Give the account an alias, in place of the one that it has."""
    alias = call.parameters["AccountAlias"]
    if not ids.ALIAS.fullmatch(alias):
        raise CallRefused(Fault.INVALID, "An alias has 3 to 63 lower-case letters, digits and single hyphens, and is not twelve digits.")
    flows.set_alias(call.signer.account, alias)
    return Answer()


@operation("iam")
def delete_account_alias(call: Call) -> Answer:
    """Take the account's alias away; its sign-in address has the account number from then on."""
    flows.drop_alias(call.signer.account, call.parameters["AccountAlias"])
    return Answer()


@operation("iam", reads=True)
def list_account_aliases(call: Call) -> Answer:
    """List the account's alias, of which there is one at most."""
    alias = Account.objects.filter(pk=call.signer.account).values_list("alias", flat=True).first()
    return Answer({"AccountAliases": [alias] if alias else [], "IsTruncated": False})


@operation("iam", reads=True)
def get_account_password_policy(call: Call) -> Answer:
    """Return the account's own password policy."""
    policy = PasswordPolicy.objects.filter(pk=call.signer.account).first()
    if policy is None:
        raise flows.missing_policy(call.signer.account)
    members = {member: getattr(policy, column) for member, column in _COLUMNS.items()}
    return Answer({"PasswordPolicy": {**members, "ExpirePasswords": policy.max_age_days is not None}})


@operation("iam")
def update_account_password_policy(call: Call) -> Answer:
    """Set the account's password policy; what is left out goes back to what it is without being set."""
    flows.set_password_policy(call.signer.account, {_COLUMNS[member]: value for member, value in call.parameters.items()})
    return Answer()


@operation("iam")
def delete_account_password_policy(call: Call) -> Answer:
    """Take the account's password policy away; the default one holds then."""
    flows.drop_password_policy(call.signer.account)
    return Answer()


@operation("iam", reads=True)
def get_account_summary(call: Call) -> Answer:
    """Count what the account has, beside its quotas."""
    return Answer({"SummaryMap": summary_of(Account.objects.get(pk=call.signer.account))})
