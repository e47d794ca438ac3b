"""How much of everything an account has, and its quotas (IAM API reference, `GetAccountSummary`)."""

from accounts.access_keys.flows import MOST_KEYS
from accounts.iam.groups import MOST_GROUPS, MOST_GROUPS_OF_USER
from accounts.iam.roles import MOST_ROLES, TRUST_CHARACTERS
from accounts.iam.users import MOST_USERS, has_login_profile
from accounts.models import AccessKey, Account, Group, Principal, Role
from mfa.models import Authenticator, AuthenticatorApp, VirtualDevice
from policies.identities.inline import MOST_CHARACTERS
from policies.identities.rules import MANAGED_CHARACTERS, MOST_ATTACHED, MOST_POLICIES, MOST_VERSIONS
from policies.models import PolicyDocument

_QUOTAS = {
    "UsersQuota": MOST_USERS,
    "GroupsQuota": MOST_GROUPS,
    "RolesQuota": MOST_ROLES,
    "PoliciesQuota": MOST_POLICIES,
    "GroupsPerUserQuota": MOST_GROUPS_OF_USER,
    "AccessKeysPerUserQuota": MOST_KEYS,
    "AttachedPoliciesPerUserQuota": MOST_ATTACHED,
    "AttachedPoliciesPerGroupQuota": MOST_ATTACHED,
    "AttachedPoliciesPerRoleQuota": MOST_ATTACHED,
    "UserPolicySizeQuota": MOST_CHARACTERS["user"],
    "GroupPolicySizeQuota": MOST_CHARACTERS["group"],
    "RolePolicySizeQuota": MOST_CHARACTERS["role"],
    "AssumeRolePolicySizeQuota": TRUST_CHARACTERS,
    "PolicySizeQuota": MANAGED_CHARACTERS,
    "VersionsPerPolicyQuota": MOST_VERSIONS,
}


def summary_of(account: Account) -> dict[str, int]:
    """Return the counts and quotas of an account by the API's names; what the simulation does not have is 0."""
    users = Principal.objects.filter(account=account, kind=Principal.Kind.IAM_USER)
    root = Principal.objects.filter(account=account, kind=Principal.Kind.ROOT)
    policies = PolicyDocument.objects.filter(account=account, type=PolicyDocument.Type.IDENTITY)
    assigned = AuthenticatorApp.objects.filter(user__account=account, confirmed=True).count()
    return {
        **_QUOTAS,
        "Users": users.count(),
        "Groups": Group.objects.filter(account=account).count(),
        "Roles": Role.objects.filter(account=account).count(),
        "Policies": policies.count(),
        "MFADevices": assigned + VirtualDevice.objects.filter(account=account).count(),
        "MFADevicesInUse": Authenticator.objects.filter(user__account=account, confirmed=True).count(),
        "AccountMFAEnabled": int(Authenticator.objects.filter(user__in=root, confirmed=True).exists()),
        "AccountPasswordPresent": int(account.has_root_credentials and any(map(has_login_profile, root))),
        "AccountAccessKeysPresent": int(AccessKey.objects.filter(principal__in=root).exists()),
        "AccountSigningCertificatesPresent": 0,
        "InstanceProfiles": 0,
        "ServerCertificates": 0,
        "Providers": 0,
    }
