"""Inline policies: documents that belong to one user, group or role and go with it (IAM user guide, "Managed policies and inline policies")."""

from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from portal.core import clock

_OF_ONE = Q(user__isnull=False, group=None, role=None) | Q(user=None, group__isnull=False, role=None) | Q(user=None, group=None, role__isnull=False)


class InlinePolicy(models.Model):
    """A policy embedded in an IAM user, a group or a role; exactly one of the three is set."""

    user = models.ForeignKey(
        "accounts.Principal", verbose_name=_("IAM user"), on_delete=models.CASCADE, null=True, blank=True, related_name="inline_policies"
    )
    group = models.ForeignKey(
        "accounts.Group", verbose_name=_("group"), on_delete=models.CASCADE, null=True, blank=True, related_name="inline_policies"
    )
    role = models.ForeignKey("accounts.Role", verbose_name=_("role"), on_delete=models.CASCADE, null=True, blank=True, related_name="inline_policies")
    name = models.CharField(_("name"), max_length=128)
    text = models.TextField(_("document"))
    created_at = models.DateTimeField(_("created"), default=clock.now)

    class Meta:
        verbose_name = _("inline policy")
        verbose_name_plural = _("inline policies")
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["user", "name"], name="inline_of_user"),
            models.UniqueConstraint(fields=["group", "name"], name="inline_of_group"),
            models.UniqueConstraint(fields=["role", "name"], name="inline_of_role"),
            models.CheckConstraint(
                condition=_OF_ONE,
                name="inline_of_one",
            ),
        ]

    def __str__(self) -> str:
        return self.name
