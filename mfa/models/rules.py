"""What a directory's administrator has decided about second factors (Identity Center guide, "Manage MFA")."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class DirectoryRule(models.Model):
    """The rule of one Identity Center directory; without a row the defaults of `mfa.base.rules` hold."""

    class Mode(models.TextChoices):
        """When a second factor is asked for."""

        CONTEXT_AWARE = "context_aware", _("Only when their sign-in context changes (context-aware)")
        EVERY_TIME = "every_time", _("Every time they sign in (always-on)")
        NEVER = "never", _("Never (disabled)")

    class WithoutDevice(models.TextChoices):
        """What someone without a registered device meets."""

        REGISTER = "register", _("Require them to register an MFA device at sign in")
        EMAIL_CODE = "email_code", _("Require them to provide a one-time password sent by email to sign in")
        BLOCK = "block", _("Block their sign-in")
        ALLOW = "allow", _("Allow them to sign in")

    directory = models.CharField(_("directory"), max_length=12, primary_key=True)
    mode = models.CharField(_("prompt users for MFA"), max_length=13, choices=Mode, default=Mode.CONTEXT_AWARE)
    without_device = models.CharField(
        _("if a user does not yet have a registered MFA device"), max_length=10, choices=WithoutDevice, default=WithoutDevice.REGISTER
    )
    allow_apps = models.BooleanField(_("users can authenticate with authenticator apps"), default=True)
    allow_passkeys = models.BooleanField(_("users can authenticate with security keys and built-in authenticators"), default=True)
    users_manage_devices = models.BooleanField(_("users can add and manage their own MFA devices"), default=True)

    class Meta:
        verbose_name = _("MFA rule of a directory")
        verbose_name_plural = _("MFA rules of directories")

    def __str__(self) -> str:
        return self.directory
