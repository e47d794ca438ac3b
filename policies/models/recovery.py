"""Recovery through support: a case of an account that is locked out, its history, and the visit in which it ends.

Guide: "I am locked out of my account after enabling console authorization", option 2.
"""

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from portal.core import clock


class RecoveryCase(models.Model):
    """An operator's case: the root user's e-mail address is verified, then a recovery link is mailed to it.

    Each step is one guarded UPDATE of this row that counts `version` up, so that none can be skipped, carried over to another case, or
    taken twice by two operators at once (security catalogue RST-08, RACE-07). `email` is the address that the newest code was
    mailed to: what was verified holds for it alone. A case that is not closed counts until `expires_at`.
    """

    class Outcome(models.TextChoices):
        """How a case was closed."""

        COMPLETED = "completed", _("Completed")
        WITHDRAWN = "withdrawn", _("Withdrawn")
        EXPIRED = "expired", _("Expired")

    account = models.ForeignKey("accounts.Account", verbose_name=_("account"), on_delete=models.CASCADE, related_name="recovery_cases")
    reason = models.CharField(_("reason"), max_length=500)
    opened_by = models.CharField(_("opened by"), max_length=128)
    opened_at = models.DateTimeField(_("opened"), default=clock.now)
    expires_at = models.DateTimeField(_("expires"))
    version = models.PositiveIntegerField(default=0)
    email = models.CharField(_("verified address"), max_length=254, blank=True)
    code_digest = models.CharField(max_length=64, blank=True)
    code_expires_at = models.DateTimeField(null=True)
    codes = models.PositiveSmallIntegerField(_("codes mailed"), default=0)
    tries = models.PositiveSmallIntegerField(_("tries"), default=0)
    email_verified_at = models.DateTimeField(_("address verified"), null=True)
    link_digest = models.CharField(max_length=64, blank=True)
    link_issued_at = models.DateTimeField(_("link mailed"), null=True)
    closed_at = models.DateTimeField(_("closed"), null=True)
    outcome = models.CharField(_("outcome"), max_length=10, choices=Outcome, blank=True)

    class Meta:
        verbose_name = _("recovery case")
        verbose_name_plural = _("recovery cases")
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["account"], condition=models.Q(closed_at=None), name="recovery_case_open_once"),
            models.UniqueConstraint(fields=["link_digest"], condition=~models.Q(link_digest=""), name="recovery_link_once"),
        ]

    def __str__(self) -> str:
        return f"{self.pk}"

    def __repr__(self) -> str:
        return f"<RecoveryCase {self.pk}>"


class RecoveryEntry(models.Model):
    """A line of a case's history: what was done or refused, when, and by whom (an operator's name, or the ARN of an IAM user)."""

    class Step(models.TextChoices):
        """What was done."""

        OPENED = "opened", _("Case opened")
        CODE_SENT = "code_sent", _("Code mailed to the root user’s address")
        CODE_WRONG = "code_wrong", _("Wrong code")
        VERIFIED = "verified", _("Root user’s address verified")
        LINK_ISSUED = "link_issued", _("Recovery link mailed")
        VISITED = "visited", _("Signed in with the link")
        COMPLETED = "completed", _("Console authorization deleted")
        WITHDRAWN = "withdrawn", _("Case withdrawn")
        EXPIRED = "expired", _("Case expired")
        REFUSED = "refused", _("Step refused")

    case = models.ForeignKey(RecoveryCase, verbose_name=_("recovery case"), on_delete=models.CASCADE, related_name="entries")
    step = models.CharField(_("step"), max_length=12, choices=Step)
    actor = models.CharField(_("by"), max_length=2048)
    at = models.DateTimeField(_("at"), default=clock.now)

    class Meta:
        verbose_name = _("entry of a recovery case")
        verbose_name_plural = _("entries of recovery cases")

    def __str__(self) -> str:
        return f"{self.case_id} {self.step}"


class RecoveryVisit(models.Model):
    """An IAM user who signed in with a recovery link: it opens the recovery page and nothing else, and is no sign-in session.

    It counts while its case is open and has the very link of `link_digest`, and the user's credentials are those of `credential_epoch`.
    """

    case = models.ForeignKey(RecoveryCase, verbose_name=_("recovery case"), on_delete=models.CASCADE, related_name="visits")
    principal = models.ForeignKey("accounts.Principal", verbose_name=_("principal"), on_delete=models.CASCADE, related_name="recovery_visits")
    credential_epoch = models.PositiveIntegerField()
    link_digest = models.CharField(max_length=64)
    secret_digest = models.CharField(max_length=64, unique=True)
    factor = models.CharField(_("second factor"), max_length=300, blank=True)
    created_at = models.DateTimeField(_("begun"), default=clock.now)
    expires_at = models.DateTimeField(_("expires"))
    ended_at = models.DateTimeField(_("ended"), null=True)

    class Meta:
        verbose_name = _("recovery visit")
        verbose_name_plural = _("recovery visits")

    def __str__(self) -> str:
        return f"{self.pk}"

    def __repr__(self) -> str:
        return f"<RecoveryVisit {self.pk}>"
