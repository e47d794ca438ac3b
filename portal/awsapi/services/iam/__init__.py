"""IAM: users, groups, roles and policies of an account (service model `iam` 2010-05-08; its endpoint is global, so any Region is signed for).

Importing the modules offers their operations.
"""

from portal.awsapi.services.iam import (
    access_keys,
    account,
    attachments,
    groups,
    inline_policies,
    login_profiles,
    mfa_devices,
    policies,
    roles,
    simulation,
    users,
    versions,
)

MODULES = (
    *(users, login_profiles, access_keys, mfa_devices, account),
    *(groups, policies, versions, attachments, inline_policies, roles, simulation),
)
