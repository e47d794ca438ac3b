"""The tables of digests and of what verifying them found."""

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from portal.core import clock


class Digest(models.Model):
    """One link of the chain (see `portal.trail.digests.entries`). Rows are never changed: a trigger refuses it.

    `number` counts on through resets of the world; being the key, it lets one digest in of two that are made at once. The events up to
    `sealed_through` were final when the digest was made; `sealed_after` is the `sealed_through` of its predecessor. `listed` is what the digest
    is about, in lines, and `first_id`, `last_id` and `count` say which events these are. `totals` counts events by name since there are digests.
    """

    class Kind(models.TextChoices):
        """What a digest tells."""

        SEALED = "sealed", _("Events sealed")
        PURGED = "purged", _("Events dropped, their time being over")
        SHORTENED = "shortened", _("Digests of dropped events dropped")
        RESET = "reset", _("World put back")

    number = models.BigIntegerField(_("number"), primary_key=True)
    kind = models.CharField(_("kind"), max_length=10, choices=Kind)
    made_at = models.DateTimeField(_("made"), default=clock.now)
    sealed_after = models.BigIntegerField(_("sealed after event"))
    sealed_through = models.BigIntegerField(_("sealed through event"))
    first_id = models.BigIntegerField(_("first event"), default=0)
    last_id = models.BigIntegerField(_("last event"), default=0)
    count = models.PositiveIntegerField(_("events"), default=0)
    listed = models.TextField(_("list"), blank=True)
    listed_digest = models.CharField(_("digest of the list"), max_length=64)
    totals = models.TextField(_("events by name"), blank=True)
    previous = models.CharField(_("digest before"), max_length=64, blank=True)
    digest = models.CharField(_("digest"), max_length=64)
    signature = models.CharField(_("signature"), max_length=64)

    class Meta:
        verbose_name = _("digest")
        verbose_name_plural = _("digests")
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["kind", "-number"], name="digest_kind"),
            models.Index(fields=["last_id"], condition=models.Q(kind="purged"), name="digest_purged"),
            models.Index(fields=["sealed_through"], condition=models.Q(kind="sealed"), name="digest_sealed"),
        ]

    def __str__(self) -> str:
        return f"{self.number} {self.digest[:12]}"


class Verification(models.Model):
    """What the worker found when it walked along the chain. Signed, so that nobody without the portal's key writes a good one.

    `number` was the newest digest then. `since` is the digest behind which the walk began, and which a good one had reached; None for a walk
    along the whole chain.
    """

    verified_at = models.DateTimeField(_("verified"), default=clock.now, db_index=True)
    number = models.BigIntegerField(_("newest digest"))
    events = models.BigIntegerField(_("events"))
    since = models.BigIntegerField(_("behind digest"), null=True)
    findings = models.PositiveIntegerField(_("findings"))
    signature = models.CharField(_("signature"), max_length=64)

    class Meta:
        verbose_name = _("verification")
        verbose_name_plural = _("verifications")

    def __str__(self) -> str:
        return f"{self.verified_at:%Y-%m-%d %H:%M}"
