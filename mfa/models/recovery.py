"""The root user's way back without any second factor (IAM user guide, "Recovering a root user MFA device")."""

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from portal.core import clock


class FactorRecovery(models.Model):
    """Alternative factors in the making: a mailed link, then a phone call, for one root user and one browser's sign-in.

    Each step is one guarded UPDATE of this row, in order, so that none can be skipped or carried over to another row (security
    catalogue RST-08). `attempt_digest` binds it to the sign-in that began it; `code_digest` is keyed over it.
    """

    principal = models.ForeignKey("accounts.Principal", verbose_name=_("principal"), on_delete=models.CASCADE, related_name="factor_recoveries")
    credential_epoch = models.PositiveIntegerField()
    attempt_digest = models.CharField(max_length=64, unique=True)
    link_digest = models.CharField(max_length=64, unique=True)
    code_digest = models.CharField(max_length=64, blank=True)
    code_expires_at = models.DateTimeField(null=True)
    tries = models.PositiveSmallIntegerField(_("tries"), default=0)
    calls = models.PositiveSmallIntegerField(_("calls"), default=0)
    created_at = models.DateTimeField(_("begun"), default=clock.now)
    expires_at = models.DateTimeField(_("expires"))
    email_verified_at = models.DateTimeField(_("link opened"), null=True)
    phone_verified_at = models.DateTimeField(_("digits given"), null=True)
    used_at = models.DateTimeField(_("completed"), null=True)

    class Meta:
        verbose_name = _("recovery without MFA device")
        verbose_name_plural = _("recoveries without MFA device")

    def __str__(self) -> str:
        return f"{self.pk}"

    def __repr__(self) -> str:
        return f"<FactorRecovery {self.pk}>"


class PhoneCall(models.Model):
    """A simulated phone call that reads six digits to whoever answers `number`; the trainee's phone shows it."""

    number = models.CharField(_("number"), max_length=20)
    sealed_digits = models.CharField(max_length=255)
    created_at = models.DateTimeField(_("at"), default=clock.now)
    expires_at = models.DateTimeField(_("expires"))

    class Meta:
        verbose_name = _("phone call")
        verbose_name_plural = _("phone calls")
        indexes: ClassVar[list[models.Index]] = [models.Index(fields=["number", "-id"], name="call_newest")]

    def __str__(self) -> str:
        return self.number

    def __repr__(self) -> str:
        return f"<PhoneCall {self.pk}>"
