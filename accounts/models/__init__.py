"""Tables of identities: organisation and accounts, principals, credentials, sessions, grants, mail."""

from accounts.models.credentials import CaptchaChallenge, FormerPassword, MailedCode, PasswordRecovery
from accounts.models.grants import AuthorizationCode, Grant, RegisteredClient
from accounts.models.groups import Group, GroupMembership, GroupPolicy
from accounts.models.keys import AccessKey
from accounts.models.mail import OutgoingMail
from accounts.models.organisation import Account, Organization, OrganizationalUnit, PasswordPolicy
from accounts.models.principals import IamUser, Operator, PolicyAttachment, Principal, RootUser
from accounts.models.roles import Role, RolePolicy
from accounts.models.sessions import SignInSession

__all__ = [
    "AccessKey",
    "Account",
    "AuthorizationCode",
    "CaptchaChallenge",
    "FormerPassword",
    "Grant",
    "Group",
    "GroupMembership",
    "GroupPolicy",
    "IamUser",
    "MailedCode",
    "Operator",
    "Organization",
    "OrganizationalUnit",
    "OutgoingMail",
    "PasswordPolicy",
    "PasswordRecovery",
    "PolicyAttachment",
    "Principal",
    "RegisteredClient",
    "Role",
    "RolePolicy",
    "RootUser",
    "SignInSession",
]
