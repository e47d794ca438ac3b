"""Virtual MFA devices that nobody is assigned to: made by a call, or taken from a user who had one (IAM API, `CreateVirtualMFADevice`)."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from portal.core import clock


class VirtualDevice(models.Model):
    """An authenticator app's seed that waits in an account for a user. Once it is enabled it is an `AuthenticatorApp`, and no longer here.

    `serial` is its ARN and goes with it. `last_step` is the newest time step whose code was used, so that no code counts twice, whoever
    has the device by then.
    """

    account = models.ForeignKey("accounts.Account", verbose_name=_("account"), on_delete=models.CASCADE, related_name="virtual_devices")
    name = models.CharField(_("name"), max_length=64)
    serial = models.CharField(_("serial number"), max_length=300, unique=True)
    sealed_secret = models.CharField(max_length=255, editable=False)
    last_step = models.BigIntegerField(default=0)
    created_at = models.DateTimeField(_("created"), default=clock.now)

    class Meta:
        verbose_name = _("unassigned virtual MFA device")
        verbose_name_plural = _("unassigned virtual MFA devices")

    def __str__(self) -> str:
        return self.name

    def __repr__(self) -> str:
        return f"<VirtualDevice {self.pk}>"
