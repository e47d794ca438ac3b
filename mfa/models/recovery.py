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

    principal = models.ForeignKey("accounts.Principal", on_delete=models.CASCADE, related_name="factor_recoveries")
    credential_epoch = models.PositiveIntegerField()
    attempt_digest = models.CharField(max_length=64, unique=True)
    link_digest = models.CharField(max_length=64, unique=True)
    code_digest = models.CharField(max_length=64, blank=True)
    tries = models.PositiveSmallIntegerField(default=0)
    calls = models.PositiveSmallIntegerField(default=0)
    created_at = models.DateTimeField(default=clock.now)
    expires_at = models.DateTimeField()
    email_verified_at = models.DateTimeField(null=True)
    phone_verified_at = models.DateTimeField(null=True)
    used_at = models.DateTimeField(null=True)

    def __repr__(self) -> str:
        return f"<FactorRecovery {self.pk}>"


class PhoneCall(models.Model):
    """A simulated phone call that reads six digits to whoever answers `number`; the trainee's phone shows it."""

    number = models.CharField(_("number"), max_length=20)
    sealed_digits = models.CharField(max_length=255)
    created_at = models.DateTimeField(_("at"), default=clock.now)
    expires_at = models.DateTimeField()

    class Meta:
        indexes: ClassVar[list[models.Index]] = [models.Index(fields=["number", "-id"], name="call_newest")]

    def __repr__(self) -> str:
        return f"<PhoneCall {self.pk}>"
