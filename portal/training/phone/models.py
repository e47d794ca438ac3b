"""The table of authenticator apps on the trainee's phones."""

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from portal.core import clock


class PhoneApp(models.Model):
    """An entry of the authenticator app on the phone of one demo identity: the other half of what the portal verifies.

    The secret is sealed like the portal's own. The phone knows nothing of the registration: an entry may be of no use any more,
    or of none yet.
    """

    principal = models.ForeignKey("accounts.Principal", verbose_name=_("principal"), on_delete=models.CASCADE, related_name="phone_apps")
    name = models.CharField(_("name"), max_length=200)
    sealed_secret = models.CharField(max_length=255)
    created_at = models.DateTimeField(_("added"), default=clock.now)

    class Meta:
        verbose_name = _("app on a trainee's phone")
        verbose_name_plural = _("apps on trainees' phones")
        indexes: ClassVar[list[models.Index]] = [models.Index(fields=["principal", "-id"], name="phone_app_newest")]

    def __str__(self) -> str:
        return self.name

    def __repr__(self) -> str:
        return f"<PhoneApp {self.pk}>"
