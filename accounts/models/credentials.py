"""What proves or recovers an identity, each single use: former passwords, recovery links, mailed codes, security checks."""

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from portal.core import clock


class FormerPassword(models.Model):
    """A password that was used before, as its hash, for reuse prevention."""

    principal = models.ForeignKey("accounts.Principal", on_delete=models.CASCADE, related_name="former_passwords")
    encoded = models.CharField(max_length=128)
    replaced_at = models.DateTimeField(default=clock.now)

    def __repr__(self) -> str:
        return f"<FormerPassword {self.pk}>"


class PasswordRecovery(models.Model):
    """A mailed link to set a new password. Dead once used, expired, or when the principal's credential epoch has moved on.

    A row without principal was written because nobody stands behind the address that was typed; it opens nothing.
    """

    principal = models.ForeignKey(
        "accounts.Principal", verbose_name=_("principal"), on_delete=models.CASCADE, null=True, related_name="password_recoveries"
    )
    token_digest = models.CharField(max_length=64, unique=True)
    credential_epoch = models.PositiveIntegerField()
    created_at = models.DateTimeField(default=clock.now)
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True)


class MailedCode(models.Model):
    """A code of six digits sent by mail, bound to a purpose and to one browser's attempt.

    `code_digest` is keyed (portal.core.tokens.keyed_digest) over attempt and code. `principal` is empty where no identity
    stands behind the address yet (registration).
    """

    attempt_digest = models.CharField(max_length=64, unique=True)
    purpose = models.CharField(max_length=20)
    principal = models.ForeignKey("accounts.Principal", on_delete=models.CASCADE, null=True, related_name="+")
    code_digest = models.CharField(max_length=64)
    tries = models.PositiveSmallIntegerField(default=0)
    created_at = models.DateTimeField(default=clock.now)
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True)


class CaptchaChallenge(models.Model):
    """A security check: six letters and digits, bound to a browser's attempt and a purpose.

    The answer is sealed, not hashed, because it must be drawn and spoken.
    """

    browser_digest = models.CharField(max_length=64)
    purpose = models.CharField(max_length=20)
    reason = models.CharField(max_length=30)
    sealed_answer = models.CharField(max_length=255)
    renders = models.PositiveSmallIntegerField(default=0)
    created_at = models.DateTimeField(default=clock.now)
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True)

    class Meta:
        indexes: ClassVar[list[models.Index]] = [models.Index(fields=["browser_digest", "-id"], name="captcha_browser")]
