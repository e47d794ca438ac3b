"""What a world file may say, as typed values. `portal.world.reading` turns YAML into these and checks it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Text:
    """A remark for people, in the portal's languages."""

    en: str = ""
    ja: str = ""

    def in_language(self, language: str) -> str:
        """Return the remark in `language`, or in English where it has none."""
        return self.ja if language.startswith("ja") and self.ja else self.en


@dataclass(frozen=True, slots=True)
class Unit:
    """An organisational unit; without `parent` it hangs on the organisation's root."""

    id: str
    name: str
    parent: str = ""


@dataclass(frozen=True, slots=True)
class Policy:
    """A policy document as JSON text. `type` is rcp or scp in an organisation, identity in an account.

    `targets` is what it is attached to: the organisation's root, units and accounts by id; users and roles by ARN. Policies of an account
    have a `path`, which is a part of their ARN.
    """

    type: str
    name: str
    document: str
    targets: tuple[str, ...] = ()
    path: str = "/"
    description: str = ""


@dataclass(frozen=True, slots=True)
class Organization:
    """An organisation and its units, parents before children. Of the root's id only one of 12 characters or more can be given to AWS clients."""

    id: str
    name: str
    management_account: str
    root_id: str = "r-ab12"
    units: tuple[Unit, ...] = ()
    policies: tuple[Policy, ...] = ()


@dataclass(frozen=True, slots=True)
class PasswordRules:
    """An account's custom password policy, named as `accounts.PasswordPolicy` names its fields."""

    minimum_length: int = 6
    require_uppercase: bool = False
    require_lowercase: bool = False
    require_numbers: bool = False
    require_symbols: bool = False
    max_age_days: int | None = None
    reuse_prevention: int | None = None
    hard_expiry: bool = False
    allow_users_to_change: bool = True


@dataclass(frozen=True, slots=True)
class Passkey:
    """The fixed test key of a FIDO2 credential (ES256), for a virtual authenticator to hold.

    `credential_id` and `user_handle` are base64url without padding, `private_key` is base64 of PKCS #8, as Chromium's
    `WebAuthn.addCredential` takes them. The key stands in a file that anybody can read: it protects nothing.
    """

    credential_id: str
    user_handle: str
    private_key: str


@dataclass(frozen=True, slots=True)
class Root:
    """An account's root user. Without a password nobody can sign in as it.

    `totp_secret` (base32) is that of a registered authenticator app. `first_sign_in_days_ago` starts the grace in which
    a second factor may still be put off; without it the first sign-in does.
    """

    email: str
    password: str = ""
    password_age_days: int = 0
    reset_required_because: str = ""
    may_sign_in: bool = True
    totp_secret: str = ""
    first_sign_in_days_ago: int | None = None
    note: Text = Text()


@dataclass(frozen=True, slots=True)
class User:
    """An IAM user. `policies` are ARNs of managed policies; `totp_secret` (base32) and `passkey` are registered second factors."""

    name: str
    password: str = ""
    password_age_days: int = 0
    must_change_password: bool = False
    may_sign_in: bool = True
    policies: tuple[str, ...] = ()
    totp_secret: str = ""
    passkey: Passkey | None = None
    note: Text = Text()


@dataclass(frozen=True, slots=True)
class Role:
    """A role. `trust` is its trust policy as JSON text; `policies` are ARNs of managed policies."""

    name: str
    trust: str
    path: str = "/"
    policies: tuple[str, ...] = ()
    max_session_seconds: int = 3600
    description: str = ""


@dataclass(frozen=True, slots=True)
class Account:
    """An account with its root user, IAM users and roles. `status` is active, suspended or closed; ages are in days before the load.

    `contact_phone` is fictional, such as `+1 206 555 0100`; its calls are read on the trainee's phone.
    """

    id: str
    name: str
    root: Root
    alias: str = ""
    organization: str = ""
    unit: str = ""
    status: str = "active"
    closed_days_ago: int | None = None
    created_days_ago: int = 0
    has_root_credentials: bool = True
    administrator: str = ""
    contact_phone: str = ""
    iam_users_need_mfa: bool = False
    password_policy: PasswordRules | None = None
    users: tuple[User, ...] = ()
    roles: tuple[Role, ...] = ()
    policies: tuple[Policy, ...] = ()


@dataclass(frozen=True, slots=True)
class Operator:
    """Someone who runs the portal, with every permission. `totp_secret` (base32) is that of a registered authenticator app."""

    name: str
    password: str = ""
    email: str = ""
    totp_secret: str = ""
    note: Text = Text()


@dataclass(frozen=True, slots=True)
class Network:
    """A network that a trainee may appear to come from: a public address, or a private one behind a VPC endpoint.

    `cidr` is the block that `source_ip` is one address of, for policies and for people. `region` is the one whose sign-in endpoint is
    reached from there; a network of public addresses without it reaches the global endpoint.
    """

    name: str
    label: Text
    source_ip: str = ""
    cidr: str = ""
    vpc: str = ""
    vpce: str = ""
    vpc_source_ip: str = ""
    region: str = ""
    note: Text = Text()


@dataclass(frozen=True, slots=True)
class World:
    """All that a world file holds."""

    name: str
    organizations: tuple[Organization, ...] = ()
    accounts: tuple[Account, ...] = ()
    operators: tuple[Operator, ...] = ()
    networks: tuple[Network, ...] = ()
