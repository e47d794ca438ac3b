"""Grants: authorization codes."""

from django.db import models

from portal.core import clock


class AuthorizationCode(models.Model):
    """A code of `/v1/authorize`: single use, 60 s, bound to session, browser, client, redirect URI and PKCE challenge (RFC 9700 §2.1).

    `note` is the simulator's own JSON: the policy questions that were asked when the code was made and redeemed.
    """

    code_digest = models.CharField(max_length=64, unique=True)
    session = models.ForeignKey("accounts.SignInSession", on_delete=models.CASCADE, related_name="authorization_codes")
    browser_digest = models.CharField(max_length=64)
    client_id = models.CharField(max_length=255)
    redirect_uri = models.CharField(max_length=2048)
    code_challenge = models.CharField(max_length=128)
    scope = models.CharField(max_length=255)
    note = models.TextField(blank=True)
    created_at = models.DateTimeField(default=clock.now)
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True)

    def __repr__(self) -> str:
        return f"<AuthorizationCode {self.pk}>"
