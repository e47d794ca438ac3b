"""The table of saved rehearsals."""

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from portal.core import clock
from portal.core.tokens import random_text

KEY_ALPHABET = "abcdefghijklmnopqrstuvwxyz0123456789"
KEY_LENGTH = 16


def new_key() -> str:
    """Return a random name for a rehearsal's address. It opens nothing: whoever may rehearse the account may read it."""
    return random_text(KEY_ALPHABET, KEY_LENGTH)


class Rehearsal(models.Model):
    """What was rehearsed for an account, as JSON (`portal.rehearsal.definition`). The result is not stored: it is worked out when it is looked at."""

    key = models.CharField(_("key"), max_length=KEY_LENGTH, primary_key=True, default=new_key)
    account = models.ForeignKey("accounts.Account", verbose_name=_("account"), on_delete=models.CASCADE, related_name="rehearsals")
    definition = models.TextField(_("definition"))
    created_at = models.DateTimeField(_("made"), default=clock.now)

    class Meta:
        verbose_name = _("rehearsal")
        verbose_name_plural = _("rehearsals")
        indexes: ClassVar[list[models.Index]] = [models.Index(fields=["created_at"], name="rehearsal_oldest")]

    def __str__(self) -> str:
        return self.key
