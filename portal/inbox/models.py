"""The table of captured mails."""

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from portal.core import clock


class Message(models.Model):
    """A mail as it was sent: one row a recipient, and one only, however often its sender had to try."""

    message_id = models.CharField(_("message ID"), max_length=255)
    sender = models.CharField(_("from"), max_length=254)
    recipient = models.CharField(_("to"), max_length=254)
    recipient_key = models.CharField(max_length=254, editable=False)
    subject = models.CharField(_("subject"), max_length=255)
    text = models.TextField(_("text"))
    html = models.TextField(_("HTML"), blank=True)
    received_at = models.DateTimeField(_("received"), default=clock.now)

    class Meta:
        verbose_name = _("mail")
        verbose_name_plural = _("mails")
        constraints: ClassVar[list[models.BaseConstraint]] = [models.UniqueConstraint(fields=["message_id", "recipient_key"], name="message_once")]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["recipient_key", "-id"], name="message_recipient"),
            models.Index(fields=["received_at"], name="message_received"),
        ]

    def __str__(self) -> str:
        return f"{self.subject} → {self.recipient}"
