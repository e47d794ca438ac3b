"""Roles, which are no principals: they are assumed."""

from typing import ClassVar

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from portal.core import clock


class Role(models.Model):
    """A role of an account: who may assume it (`trust`, a trust policy), and for how long at most."""

    account = models.ForeignKey("accounts.Account", verbose_name=_("account"), on_delete=models.CASCADE, related_name="roles")
    name = models.CharField(_("role name"), max_length=64)
    path = models.CharField(_("path"), max_length=512, default="/")
    unique_id = models.CharField(_("unique ID"), max_length=40, unique=True)
    trust = models.TextField(_("trust policy"))
    description = models.CharField(_("description"), max_length=1000, blank=True)
    max_session_seconds = models.PositiveIntegerField(
        _("longest session in seconds"), default=3600, validators=[MinValueValidator(3600), MaxValueValidator(43200)]
    )
    created_at = models.DateTimeField(_("created"), default=clock.now)

    class Meta:
        verbose_name = _("role")
        verbose_name_plural = _("roles")
        constraints: ClassVar[list[models.BaseConstraint]] = [models.UniqueConstraint(fields=["account", "name"], name="role_name")]

    def __str__(self) -> str:
        return self.name

    @property
    def arn(self) -> str:
        """The role's ARN."""
        return f"arn:aws:iam::{self.account_id}:role{self.path}{self.name}"


class RolePolicy(models.Model):
    """A managed policy attached to a role, by ARN."""

    role = models.ForeignKey(Role, verbose_name=_("role"), on_delete=models.CASCADE, related_name="policy_attachments")
    policy_arn = models.CharField(_("policy ARN"), max_length=2048)

    class Meta:
        verbose_name = _("attached policy of a role")
        verbose_name_plural = _("attached policies of roles")
        constraints: ClassVar[list[models.BaseConstraint]] = [models.UniqueConstraint(fields=["role", "policy_arn"], name="role_policy_once")]

    def __str__(self) -> str:
        return self.policy_arn
