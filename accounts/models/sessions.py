"""Sign-in sessions."""

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from portal.core import clock


class SignInSession(models.Model):
    """One identity signed in in one browser: listed, revocable, expiring.

    `name` is public and part of the console's address (`111122223333-ab12cd34`); the browser holds a secret in a cookie named
    after it, stored here as a digest, and given anew when the console opens. `console_since` is set when the authorization
    code of this session has been redeemed; before that the session opens nothing but `/v1/authorize`. `authenticated_at` is when the
    person last proved who it is, at sign-in or again since; `factor` names the second factor of the sign-in (its ARN), or is empty.
    """

    class End(models.TextChoices):
        """Why a session ended before its time."""

        SIGNED_OUT = "signed_out", _("Signed out")
        ENDED_BY_OWNER = "ended_by_owner", _("Ended from the security page")
        ENDED_BY_OPERATOR = "ended_by_operator", _("Ended by an operator")
        PASSWORD_CHANGED = "password_changed", _("Password changed")
        CODE_REPLAYED = "code_replayed", _("Authorization code used twice")
        FACTORS_CHANGED = "factors_changed", _("Second factor removed")

    name = models.CharField(_("session"), max_length=24, unique=True)
    principal = models.ForeignKey("accounts.Principal", verbose_name=_("principal"), on_delete=models.CASCADE, related_name="sign_in_sessions")
    secret_digest = models.CharField(max_length=64, unique=True)
    credential_epoch = models.PositiveIntegerField()
    region = models.CharField(_("region"), max_length=32)
    source_ip = models.CharField(_("address"), max_length=45)
    user_agent = models.CharField(_("user agent"), max_length=1024, blank=True)
    created_at = models.DateTimeField(_("signed in"), default=clock.now)
    console_since = models.DateTimeField(_("console opened"), null=True, blank=True)
    authenticated_at = models.DateTimeField(_("last proved"), default=clock.now)
    factor = models.CharField(_("second factor"), max_length=300, blank=True)
    last_seen_at = models.DateTimeField(_("last seen"), default=clock.now)
    expires_at = models.DateTimeField(_("expires"))
    ended_at = models.DateTimeField(_("ended"), null=True, blank=True)
    end_reason = models.CharField(_("why it ended"), max_length=20, choices=End, blank=True)

    class Meta:
        verbose_name = _("sign-in session")
        verbose_name_plural = _("sign-in sessions")
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["principal", "-id"], name="session_newest"),
            models.Index(fields=["principal"], condition=models.Q(ended_at=None), name="session_open"),
        ]

    def __str__(self) -> str:
        return self.name

    def __repr__(self) -> str:
        return f"<SignInSession {self.name}>"
