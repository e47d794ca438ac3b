"""Access keys, which sign requests (Signature Version 4)."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from portal.core import clock


class AccessKey(models.Model):
    """A long-term key of an IAM user or a root user. Ids begin with `SKIA`, so that none is ever taken for a real one.

    The secret must be read back to verify a signature, so it is sealed, not hashed.
    """

    id = models.CharField(_("access key ID"), primary_key=True, max_length=20)
    principal = models.ForeignKey("accounts.Principal", verbose_name=_("principal"), on_delete=models.CASCADE, related_name="access_keys")
    sealed_secret = models.CharField(max_length=255, editable=False)
    is_active = models.BooleanField(_("active"), default=True)
    created_at = models.DateTimeField(_("created"), default=clock.now)
    last_used_at = models.DateTimeField(_("last used"), null=True, blank=True)
    last_used_service = models.CharField(_("last used for the service"), max_length=64, blank=True, editable=False)
    last_used_region = models.CharField(_("last used in the Region"), max_length=32, blank=True, editable=False)

    class Meta:
        verbose_name = _("access key")
        verbose_name_plural = _("access keys")

    def __str__(self) -> str:
        return self.id

    def __repr__(self) -> str:
        return f"<AccessKey {self.id}>"
