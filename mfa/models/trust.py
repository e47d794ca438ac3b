"""Trusted devices."""

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from portal.core import clock


class TrustedDevice(models.Model):
    """A browser in which an identity need not show its second factor again (guide, "Trusted devices").

    The browser holds a random token, stored here as a digest. The row binds it to the identity, the browser's family, the network
    prefix and `fingerprint`, which changes with the password and with every change of the second factors.
    """

    principal = models.ForeignKey("accounts.Principal", verbose_name=_("principal"), on_delete=models.CASCADE, related_name="trusted_devices")
    token_digest = models.CharField(max_length=64, unique=True)
    fingerprint = models.CharField(max_length=64)
    browser = models.CharField(_("browser"), max_length=64)
    system = models.CharField(_("system"), max_length=64, blank=True)
    network = models.CharField(_("network"), max_length=50)
    address = models.CharField(_("address"), max_length=45)
    created_at = models.DateTimeField(_("trusted since"), default=clock.now)
    last_used_at = models.DateTimeField(_("last used"), default=clock.now)
    expires_at = models.DateTimeField(_("expires"))

    class Meta:
        verbose_name = _("trusted device")
        verbose_name_plural = _("trusted devices")
        indexes: ClassVar[list[models.Index]] = [models.Index(fields=["principal", "-id"], name="trusted_newest")]

    def __str__(self) -> str:
        return f"{self.browser} · {self.system}" if self.system else self.browser

    def __repr__(self) -> str:
        return f"<TrustedDevice {self.pk}>"
