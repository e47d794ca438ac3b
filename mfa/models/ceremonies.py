"""Open WebAuthn ceremonies."""

from typing import ClassVar

from django.db import models

from portal.core import clock


class Ceremony(models.Model):
    """A challenge that one browser was given for one purpose: single use, whatever comes back (security catalogue PK-01).

    `binding` is a digest of what only that browser holds; `principal` is empty where the passkey itself will say whose it is.
    What was asked for stands here, because the browser's own word for it counts for nothing (PK-04). `challenge` and `user_handle`
    are base64url.
    """

    binding = models.CharField(max_length=64)
    purpose = models.CharField(max_length=20)
    principal = models.ForeignKey("accounts.Principal", on_delete=models.CASCADE, null=True, related_name="+")
    challenge = models.CharField(max_length=86)
    user_handle = models.CharField(max_length=86, blank=True)
    user_verification = models.CharField(max_length=11)
    created_at = models.DateTimeField(default=clock.now)
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True)

    class Meta:
        indexes: ClassVar[list[models.Index]] = [models.Index(fields=["binding", "purpose", "-id"], name="ceremony_browser")]

    def __repr__(self) -> str:
        return f"<Ceremony {self.pk} {self.purpose}>"
