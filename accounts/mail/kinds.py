"""The kinds of mail: who sends each, its subject, its templates and the values these are filled with."""

from dataclasses import dataclass
from enum import StrEnum

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

SENDER = "no-reply@signin.aws.example"
VERIFICATION_SENDER = "no-reply@verify.signin.aws.example"
RECOVERY_SENDER = "recover-mfa-no-reply@verify.signin.aws.example"
"""The guide's senders (`@signin.aws`, `@verify.signin.aws`) with `.example` behind, so that no real domain is ever borrowed."""


class MailKind(StrEnum):
    """What a mail is about. The value is stored, and names the templates `mail/<value>.txt` and `mail/<value>.html`."""

    RESET_LINK = "reset_link"
    PASSWORD_CHANGED = "password_changed"  # noqa: S105  # the name of a kind
    VERIFICATION_CODE = "verification_code"
    REGISTRATION_CODE = "registration_code"
    RESET_REQUIRED = "reset_required"
    WELCOME = "welcome"
    FACTOR_CHANGED = "factor_changed"
    FACTOR_FAILED = "factor_failed"
    FACTOR_RECOVERY_LINK = "factor_recovery_link"
    FACTOR_RECOVERED = "factor_recovered"
    PASSKEY_SUSPECTED = "passkey_suspected"
    SIGN_IN_CODE = "sign_in_code"
    SUPPORT_CODE = "support_code"
    SUPPORT_LINK = "support_link"
    CONSOLE_RECOVERED = "console_recovered"


@dataclass(frozen=True, slots=True)
class Letter:
    """One kind of mail: plain sender address, subject (never made from input), and the context keys its templates read."""

    sender: str
    subject: str | Promise
    keys: tuple[str, ...]


LETTERS: dict[MailKind, Letter] = {
    MailKind.RESET_LINK: Letter(SENDER, _("Reset your password"), ("link",)),
    MailKind.PASSWORD_CHANGED: Letter(SENDER, _("Your password was changed"), ("when", "address", "device")),
    MailKind.VERIFICATION_CODE: Letter(VERIFICATION_SENDER, _("Your verification code"), ("code",)),
    MailKind.REGISTRATION_CODE: Letter(VERIFICATION_SENDER, _("Verify your email address"), ("code",)),
    MailKind.RESET_REQUIRED: Letter(SENDER, _("You need to reset your password"), ("reason",)),
    MailKind.WELCOME: Letter(SENDER, _("Your account is ready"), ("account_name", "account_id")),
    MailKind.FACTOR_CHANGED: Letter(SENDER, _("Your MFA devices have changed"), ("change", "name", "when", "address", "device")),
    MailKind.FACTOR_FAILED: Letter(SENDER, _("Someone knows your password"), ("when", "address", "device")),
    MailKind.FACTOR_RECOVERY_LINK: Letter(
        RECOVERY_SENDER, _("Verify your email address to sign in without your MFA device"), ("link", "when", "address", "device")
    ),
    MailKind.FACTOR_RECOVERED: Letter(RECOVERY_SENDER, _("Your root user signed in without its MFA device"), ("when", "address", "device")),
    MailKind.PASSKEY_SUSPECTED: Letter(SENDER, _("One of your security keys may have been copied"), ("name", "when", "address", "device")),
    MailKind.SIGN_IN_CODE: Letter(VERIFICATION_SENDER, _("Your one-time password"), ("code",)),
    MailKind.SUPPORT_CODE: Letter(VERIFICATION_SENDER, _("A code for your call with Support"), ("code", "account_id", "minutes")),
    MailKind.SUPPORT_LINK: Letter(SENDER, _("Recover access to your console"), ("link", "account_id", "hours")),
    MailKind.CONSOLE_RECOVERED: Letter(
        SENDER, _("Console authorization was deleted from your account"), ("account_id", "principal", "when", "address", "device")
    ),
}
