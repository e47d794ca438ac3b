"""What `aws signin` keeps: an account's permission statements, and where console authorization is on (guide, "Controlling console access").

Rows are never changed: what is removed keeps its row with the time, so that every region can be told what it already knows of it.
"""

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from portal.core import clock


class PermissionStatement(models.Model):
    """A resource permission statement of an account, with the parameters that it was put with; empty ones were left out.

    `sid` is its statement ID (base64 of 48 bytes). `client_token` makes a repeated put the same statement.
    """

    account = models.ForeignKey("accounts.Account", verbose_name=_("account"), on_delete=models.CASCADE, related_name="permission_statements")
    sid = models.CharField(_("statement ID"), max_length=65, unique=True)
    source_vpc = models.CharField(_("VPC"), max_length=21, blank=True)
    signin_source_vpce = models.CharField(_("VPC endpoint of sign-in"), max_length=25, blank=True)
    console_source_vpce = models.CharField(_("VPC endpoint of the console"), max_length=25, blank=True)
    vpc_source_ip = models.CharField(_("address within the VPC"), max_length=43, blank=True)
    source_ip = models.CharField(_("address"), max_length=43, blank=True)
    requested_region = models.CharField(_("region"), max_length=32, blank=True)
    excluded_principal = models.CharField(_("excluded principal"), max_length=2048, blank=True)
    client_token = models.CharField(max_length=64, blank=True)
    created_at = models.DateTimeField(_("put"), default=clock.now)
    removed_at = models.DateTimeField(_("removed"), null=True, blank=True)

    class Meta:
        verbose_name = _("permission statement")
        verbose_name_plural = _("permission statements")
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["account", "client_token"], condition=~models.Q(client_token=""), name="statement_put_once")
        ]

    def __str__(self) -> str:
        return self.sid


class ConsoleAuthorization(models.Model):
    """Console authorization that is on for a target: an account (12 digits), an organisation (`o-…`) or its root (`r-…`).

    Until it is on, no permission statement and no other policy is evaluated for the targets' consoles. At most one row a target is
    not removed.
    """

    target = models.CharField(_("target"), max_length=32)
    created_at = models.DateTimeField(_("switched on"), default=clock.now)
    removed_at = models.DateTimeField(_("switched off"), null=True, blank=True)

    class Meta:
        verbose_name = _("console authorization")
        verbose_name_plural = _("console authorizations")
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["target"], condition=models.Q(removed_at=None), name="authorization_on_once")
        ]

    def __str__(self) -> str:
        return self.target
