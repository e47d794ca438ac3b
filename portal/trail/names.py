"""Names that events carry (facts, sections 1.1 to 1.3). Recorded by flows; never spelled out anywhere else."""

# ruff: noqa: S105 -- names of events speak of passwords and hold none

from enum import StrEnum


class EventName(StrEnum):
    """What happened.

    CloudTrail publishes no event for signing out: `ConsoleLogout` is the simulator's own name, in the frame of `ConsoleLogin`.
    `SessionEnded`, `AccountCreated`, `OperatorLogin` and `OperatorAction` are its own too, and come from `PORTAL_SOURCE`; so is what
    happens to second factors beyond `CheckMfa` and IAM's `EnableMFADevice`, `DeactivateMFADevice` and `ResyncMFADevice`.
    """

    CONSOLE_LOGIN = "ConsoleLogin"
    PASSWORD_RECOVERY_REQUESTED = "PasswordRecoveryRequested"
    PASSWORD_RECOVERY_COMPLETED = "PasswordRecoveryCompleted"
    PASSWORD_UPDATED = "PasswordUpdated"
    CHANGE_PASSWORD = "ChangePassword"
    CONSOLE_LOGOUT = "ConsoleLogout"
    SESSION_ENDED = "SessionEnded"
    ACCOUNT_CREATED = "AccountCreated"
    OPERATOR_LOGIN = "OperatorLogin"
    OPERATOR_ACTION = "OperatorAction"
    CHECK_MFA = "CheckMfa"
    ENABLE_MFA_DEVICE = "EnableMFADevice"
    DEACTIVATE_MFA_DEVICE = "DeactivateMFADevice"
    RESYNC_MFA_DEVICE = "ResyncMFADevice"
    MFA_DEVICE_RENAMED = "MfaDeviceRenamed"
    MFA_FAILED_REPEATEDLY = "MfaFailedRepeatedly"
    PASSKEY_CLONE_SUSPECTED = "PasskeyCloneSuspected"
    MFA_RECOVERY_REQUESTED = "MfaRecoveryRequested"
    MFA_RECOVERY_EMAIL_VERIFIED = "MfaRecoveryEmailVerified"
    MFA_RECOVERY_CALLED = "MfaRecoveryCalled"
    MFA_RECOVERY_COMPLETED = "MfaRecoveryCompleted"
    TRUSTED_DEVICE_ADDED = "TrustedDeviceAdded"
    TRUSTED_DEVICE_FORGOTTEN = "TrustedDeviceForgotten"
    TRUST_NOT_ACCEPTED = "TrustNotAccepted"
    REAUTHENTICATED = "Reauthenticated"
    ACCOUNT_MFA_REQUIREMENT_CHANGED = "AccountMfaRequirementChanged"
    # The console's own handshake records neither of these two; they are of clients outside the browser.
    AUTHORIZE_OAUTH2_ACCESS = "AuthorizeOAuth2Access"
    CREATE_OAUTH2_TOKEN = "CreateOAuth2Token"
    # Calls of programs, by the operations' own names. `portal.trail.calls` records any other operation as well.
    PUT_RESOURCE_PERMISSION_STATEMENT = "PutResourcePermissionStatement"
    DELETE_RESOURCE_PERMISSION_STATEMENT = "DeleteResourcePermissionStatement"
    LIST_RESOURCE_PERMISSION_STATEMENTS = "ListResourcePermissionStatements"
    GET_RESOURCE_POLICY = "GetResourcePolicy"
    PUT_CONSOLE_AUTHORIZATION_CONFIGURATION = "PutConsoleAuthorizationConfiguration"
    GET_CONSOLE_AUTHORIZATION_CONFIGURATION = "GetConsoleAuthorizationConfiguration"
    DELETE_CONSOLE_AUTHORIZATION_CONFIGURATION = "DeleteConsoleAuthorizationConfiguration"
    GET_CALLER_IDENTITY = "GetCallerIdentity"
    ASSUME_ROLE = "AssumeRole"
    LOOKUP_EVENTS = "LookupEvents"
    CREATE_ACCESS_KEY = "CreateAccessKey"
    UPDATE_ACCESS_KEY = "UpdateAccessKey"
    DELETE_ACCESS_KEY = "DeleteAccessKey"
    # What an administrator of an organisation does to its policies in the console, by the operations of AWS Organizations.
    LIST_POLICIES = "ListPolicies"
    LIST_TARGETS_FOR_POLICY = "ListTargetsForPolicy"
    DESCRIBE_POLICY = "DescribePolicy"
    CREATE_POLICY = "CreatePolicy"
    UPDATE_POLICY = "UpdatePolicy"
    DELETE_POLICY = "DeletePolicy"
    ATTACH_POLICY = "AttachPolicy"
    DETACH_POLICY = "DetachPolicy"
    # Recovery through support; the guide names no events for it, so these are the simulator's own.
    SUPPORT_RECOVERY_OPENED = "SupportRecoveryOpened"
    SUPPORT_RECOVERY_CODE_SENT = "SupportRecoveryCodeSent"
    SUPPORT_RECOVERY_EMAIL_VERIFIED = "SupportRecoveryEmailVerified"
    SUPPORT_RECOVERY_LINK_ISSUED = "SupportRecoveryLinkIssued"
    SUPPORT_RECOVERY_SIGNED_IN = "SupportRecoverySignedIn"
    SUPPORT_RECOVERY_COMPLETED = "SupportRecoveryCompleted"
    SUPPORT_RECOVERY_WITHDRAWN = "SupportRecoveryWithdrawn"
    SUPPORT_RECOVERY_EXPIRED = "SupportRecoveryExpired"
    SUPPORT_RECOVERY_REFUSED = "SupportRecoveryRefused"


class EventType(StrEnum):
    """`eventType`: what kind of doing made the event."""

    CONSOLE_SIGN_IN = "AwsConsoleSignIn"
    CONSOLE_ACTION = "AwsConsoleAction"
    API_CALL = "AwsApiCall"


class ErrorMessage(StrEnum):
    """`errorMessage` texts of failed sign-ins, as CloudTrail spells them."""

    FAILED_AUTHENTICATION = "Failed authentication"
    UNKNOWN_USER = "No username found in supplied account"
    RESOURCE_POLICY_DENIED = "Authorization denied because of a resource-based policy"
    RESOURCE_CONTROL_POLICY_DENIED = "Authorization denied because of a resource control policy"


SIGNIN_SOURCE = "signin.amazonaws.com"
IAM_SOURCE = "iam.amazonaws.com"
PORTAL_SOURCE = "portal.simulation"
"""Source of events that the cloud does not know: operators at work, sessions ended, accounts signed up."""

HIDDEN_USER_NAME = "HIDDEN_DUE_TO_SECURITY_REASONS"
