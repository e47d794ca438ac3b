"""The outbox: mail is a row in the transaction of what it tells, and sent afterwards by a worker."""

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from portal.core import clock


class OutgoingMail(models.Model):
    """A mail to send. Its words are rendered by the worker; `sealed_context` (encrypted JSON) holds codes and links until then.

    A decoy has no recipient: it is written where no mail may go, so that known and unknown cost the same, and is discarded.
    """

    class State(models.TextChoices):
        """How far a mail has come."""

        QUEUED = "queued", _("Queued")
        SENT = "sent", _("Sent")
        DISCARDED = "discarded", _("Discarded")
        FAILED = "failed", _("Failed")

    recipient = models.CharField(_("to"), max_length=254, blank=True)
    kind = models.CharField(_("kind"), max_length=40)
    language = models.CharField(_("language"), max_length=10)
    sealed_context = models.TextField(blank=True)
    state = models.CharField(_("state"), max_length=10, choices=State, default=State.QUEUED)
    tries = models.PositiveSmallIntegerField(_("tries"), default=0)
    not_before = models.DateTimeField(default=clock.now)
    worthless_after = models.DateTimeField(null=True)
    created_at = models.DateTimeField(_("created"), default=clock.now)
    sent_at = models.DateTimeField(_("sent"), null=True)

    class Meta:
        verbose_name = _("outgoing mail")
        verbose_name_plural = _("outgoing mails")
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["id"], condition=models.Q(state="queued"), name="mail_queued"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} #{self.pk}"

    def __repr__(self) -> str:
        return f"<OutgoingMail {self.pk} {self.kind}>"
