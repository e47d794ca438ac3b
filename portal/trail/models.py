"""The table of events."""

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _


class Event(models.Model):
    """One CloudTrail-shaped record, and beside it what the simulator knows of it. Rows are never changed (a trigger refuses it).

    `record` is the JSON text that CloudTrail would deliver; the columns repeat what lists filter by. `note` is the simulator's
    own JSON, outside the record: the policy questions that were asked, the reason of a security check.
    """

    event_id = models.UUIDField(_("event ID"), unique=True)
    event_time = models.DateTimeField(_("time"), db_index=True)
    event_name = models.CharField(_("event"), max_length=64)
    account_id = models.CharField(_("account"), max_length=12, blank=True)
    principal_key = models.CharField(_("identity"), max_length=128, blank=True)
    source_ip = models.CharField(_("address"), max_length=45, blank=True)
    region = models.CharField(_("region"), max_length=32)
    succeeded = models.BooleanField(_("succeeded"))
    record = models.TextField(_("record"))
    note = models.TextField(_("simulator's note"), blank=True)

    class Meta:
        verbose_name = _("event")
        verbose_name_plural = _("events")
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["account_id", "-id"], name="event_account"),
            models.Index(fields=["principal_key", "event_name", "-id"], name="event_principal"),
            models.Index(fields=["event_name", "-id"], name="event_name_newest"),
        ]

    def __str__(self) -> str:
        return f"{self.event_name} {self.event_id}"
