"""Groups of IAM users, which only lend their policies (IAM user guide, "IAM user groups")."""

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from portal.core import clock, ids


class Group(models.Model):
    """A group of an account's IAM users; names are unique in the account without regard to case (IAM quotas)."""

    account = models.ForeignKey("accounts.Account", verbose_name=_("account"), on_delete=models.CASCADE, related_name="groups")
    name = models.CharField(_("group name"), max_length=128)
    name_key = models.CharField(max_length=128, editable=False)
    path = models.CharField(_("path"), max_length=512, default="/")
    unique_id = models.CharField(_("unique ID"), max_length=40, unique=True)
    created_at = models.DateTimeField(_("created"), default=clock.now)

    class Meta:
        verbose_name = _("group")
        verbose_name_plural = _("groups")
        constraints: ClassVar[list[models.BaseConstraint]] = [models.UniqueConstraint(fields=["account", "name_key"], name="group_name")]

    def __str__(self) -> str:
        return self.name

    def save(self, *args: object, **kwargs: object) -> None:
        """Keep the canonical form of the name and the unique id in step with the name."""
        self.name_key = ids.user_name_key(self.name)
        self.unique_id = self.unique_id or ids.unique_id("AGPA")
        super().save(*args, **kwargs)  # type: ignore[arg-type]  # passed through

    @property
    def arn(self) -> str:
        """The group's ARN."""
        return f"arn:aws:iam::{self.account_id}:group{self.path}{self.name}"


class GroupMembership(models.Model):
    """An IAM user in a group of its account."""

    group = models.ForeignKey(Group, verbose_name=_("group"), on_delete=models.CASCADE, related_name="memberships")
    principal = models.ForeignKey("accounts.Principal", verbose_name=_("IAM user"), on_delete=models.CASCADE, related_name="memberships")

    class Meta:
        verbose_name = _("group membership")
        verbose_name_plural = _("group memberships")
        constraints: ClassVar[list[models.BaseConstraint]] = [models.UniqueConstraint(fields=["group", "principal"], name="member_once")]

    def __str__(self) -> str:
        return f"{self.group_id} {self.principal_id}"


class GroupPolicy(models.Model):
    """A managed policy attached to a group, by ARN."""

    group = models.ForeignKey(Group, verbose_name=_("group"), on_delete=models.CASCADE, related_name="policy_attachments")
    policy_arn = models.CharField(_("policy ARN"), max_length=2048)

    class Meta:
        verbose_name = _("attached policy of a group")
        verbose_name_plural = _("attached policies of groups")
        constraints: ClassVar[list[models.BaseConstraint]] = [models.UniqueConstraint(fields=["group", "policy_arn"], name="group_policy_once")]

    def __str__(self) -> str:
        return self.policy_arn
