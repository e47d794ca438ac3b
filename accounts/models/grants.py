"""Grants: authorization codes, what they were exchanged for, and the clients that registered themselves."""

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from portal.core import clock


class AuthorizationCode(models.Model):
    """A code of `/v1/authorize`: single use, 60 s, bound to session, browser, client, redirect URI and PKCE challenge (RFC 9700 §2.1).

    Codes for programs are also bound to the principal's `credential_epoch`, and, where the client named its DPoP key in advance
    (`dpop_jkt`, RFC 9449 §10), to that key's thumbprint `jkt`; they carry the `resource` (RFC 8707) and the `region` that were asked for.
    `note` is the simulator's own JSON: the policy questions that were asked when the code was made and redeemed.
    """

    code_digest = models.CharField(max_length=64, unique=True)
    session = models.ForeignKey("accounts.SignInSession", on_delete=models.CASCADE, related_name="authorization_codes")
    browser_digest = models.CharField(max_length=64)
    client_id = models.CharField(max_length=255)
    redirect_uri = models.CharField(max_length=2048)
    code_challenge = models.CharField(max_length=128)
    scope = models.CharField(max_length=255)
    resource = models.CharField(max_length=2048, blank=True)
    region = models.CharField(max_length=32, blank=True)
    jkt = models.CharField(max_length=43, blank=True)
    credential_epoch = models.PositiveIntegerField(default=0)
    note = models.TextField(blank=True)
    created_at = models.DateTimeField(default=clock.now)
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True)

    def __repr__(self) -> str:
        return f"<AuthorizationCode {self.pk}>"


class Grant(models.Model):
    """What a program may do in an identity's name: one family of refresh tokens (RFC 9700 §4.14.2), of which only the newest is good.

    No token is stored. A refresh token names its grant (`name`) and its `generation` and proves both by a keyed digest; each use
    raises `generation` by one guarded UPDATE. `jkt` is the thumbprint of the client's DPoP key (RFC 9449 §6.1); empty where the client
    has none. `code` is the authorization code that the grant was made for, so that a repeated redemption finds it. `credential_epoch`
    is the principal's when it consented: a password changed since ends the grant. `authenticated_at` is when the person had last proved
    who it is, or, where a second factor was shown, the sign-in with it; `factor` is the second factor of that sign-in.
    """

    class End(models.TextChoices):
        """Why a grant ended before its time."""

        REVOKED = "revoked", _("Ended by its owner")
        ENDED_BY_OPERATOR = "ended_by_operator", _("Ended by an operator")
        CODE_REPLAYED = "code_replayed", _("Authorization code used twice")
        TOKEN_REPLAYED = "token_replayed", _("Refresh token used twice")
        CREDENTIALS_CHANGED = "credentials_changed", _("Password changed")

    name = models.CharField(max_length=22, unique=True)
    principal = models.ForeignKey("accounts.Principal", verbose_name=_("principal"), on_delete=models.CASCADE, related_name="grants")
    code = models.OneToOneField(AuthorizationCode, on_delete=models.SET_NULL, null=True, related_name="grant")
    client_id = models.CharField(_("client"), max_length=255)
    resource = models.CharField(_("resource"), max_length=2048, blank=True)
    scope = models.CharField(_("scope"), max_length=255, blank=True)
    region = models.CharField(_("region"), max_length=32)
    jkt = models.CharField(max_length=43, blank=True)
    factor = models.CharField(_("second factor"), max_length=300, blank=True)
    authenticated_at = models.DateTimeField(_("last proved"), default=clock.now)
    credential_epoch = models.PositiveIntegerField()
    generation = models.PositiveIntegerField(default=0)
    source_ip = models.CharField(_("address"), max_length=45)
    user_agent = models.CharField(_("user agent"), max_length=1024, blank=True)
    created_at = models.DateTimeField(_("allowed"), default=clock.now)
    rotated_at = models.DateTimeField(_("last refreshed"), default=clock.now)
    expires_at = models.DateTimeField(_("expires"))
    ended_at = models.DateTimeField(_("ended"), null=True, blank=True)
    end_reason = models.CharField(_("why it ended"), max_length=20, choices=End, blank=True)

    class Meta:
        verbose_name = _("program's sign-in")
        verbose_name_plural = _("programs' sign-ins")
        indexes: ClassVar[list[models.Index]] = [models.Index(fields=["principal", "-id"], name="grant_newest")]

    def __str__(self) -> str:
        return self.name

    def __repr__(self) -> str:
        return f"<Grant {self.name}>"


class RegisteredClient(models.Model):
    """A public client that registered itself (RFC 7591); `client_id` is `arn:aws:signin:REGION::external-client/dcr/UUID`."""

    client_id = models.CharField(_("client"), max_length=255, unique=True)
    name = models.CharField(_("name"), max_length=255)
    redirect_uris = models.JSONField(_("redirect URIs"), default=list)
    grant_types = models.JSONField(_("grant types"), default=list)
    region = models.CharField(_("region"), max_length=32)
    source_ip = models.CharField(_("address"), max_length=45)
    created_at = models.DateTimeField(_("registered"), default=clock.now)

    class Meta:
        verbose_name = _("registered client")
        verbose_name_plural = _("registered clients")

    def __str__(self) -> str:
        return self.name
