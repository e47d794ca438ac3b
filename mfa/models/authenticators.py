"""Registered second factors: one table of what all have in common, and one more for each type."""

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _
from django_otp.models import Device

from portal.core import clock


class Authenticator(Device):
    """A device that a principal (`user`) has registered as second factor; `confirmed` once its registration is complete.

    An unconfirmed one belongs to the browser that is registering it (`binding`, a digest of what only that browser holds) and counts
    for nothing. `serial` is the ARN that events name the device by; it stays when the device is renamed. `failures` counts wrong
    answers in a row (NIST SP 800-63B-4 §3.2.2: at a hundred the device is answered no more).
    """

    class Type(models.TextChoices):
        """Types that the visitor chooses between; CloudTrail's `MfaType` has its own words for them (`mfa.base.events`)."""

        TOTP = "totp", _("Authenticator app")
        FIDO = "fido", _("Passkey or security key")

    type = models.CharField(_("type"), max_length=4, choices=Type)
    serial = models.CharField(_("serial number"), max_length=300, unique=True)
    binding = models.CharField(max_length=64, blank=True)
    failures = models.PositiveIntegerField(default=0)
    created_at = models.DateTimeField(_("registered"), default=clock.now)
    last_used_at = models.DateTimeField(_("last used"), null=True, blank=True)

    class Meta:
        verbose_name = _("second factor")
        verbose_name_plural = _("second factors")
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["user", "name"], condition=models.Q(confirmed=True), name="authenticator_name")
        ]

    def __str__(self) -> str:
        return self.name

    def __repr__(self) -> str:
        return f"<Authenticator {self.pk} {self.type}>"


class AuthenticatorApp(Authenticator):
    """An app that makes time-based codes (RFC 6238: SHA-1, 6 digits, 30 s).

    `last_step` is the newest time step that was accepted: only a later one counts. `drift` is how many steps the device's clock is
    ahead of ours, as the last resynchronisation found.
    """

    sealed_secret = models.CharField(max_length=255)
    last_step = models.BigIntegerField(default=0)
    drift = models.SmallIntegerField(default=0)

    class Meta:
        verbose_name = _("authenticator app")
        verbose_name_plural = _("authenticator apps")

    def __repr__(self) -> str:
        return f"<AuthenticatorApp {self.pk}>"


class Passkey(Authenticator):
    """A FIDO2 credential: a security key, a built-in authenticator, or a password manager's passkey (WebAuthn Level 3).

    `credential_id`, `user_handle` and `public_key` are base64url without padding; `credential_digest` is the SHA-256 of the id and
    keeps one credential with one identity. `synced` stands for the backup-eligible flag, `backed_up` for the backup state.
    """

    credential_id = models.CharField(max_length=1364)
    credential_digest = models.CharField(max_length=64, unique=True)
    user_handle = models.CharField(max_length=86)
    public_key = models.CharField(max_length=2048)
    sign_count = models.BigIntegerField(default=0)
    discoverable = models.BooleanField(_("discoverable"), default=False)
    user_verified = models.BooleanField(_("user verified at registration"), default=False)
    synced = models.BooleanField(_("synced passkey"), default=False)
    backed_up = models.BooleanField(_("backed up"), default=False)
    attachment = models.CharField(_("attachment"), max_length=20, blank=True)
    transports = models.CharField(max_length=100, blank=True)
    aaguid = models.CharField(max_length=36, blank=True)
    attestation = models.CharField(_("attestation"), max_length=20, blank=True)

    class Meta:
        verbose_name = _("passkey")
        verbose_name_plural = _("passkeys")

    def __repr__(self) -> str:
        return f"<Passkey {self.pk}>"
