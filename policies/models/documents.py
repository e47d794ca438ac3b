"""Policy documents that people write: resource control and service control policies, and policies of identities."""

from typing import Any, ClassVar

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from policies.language import PolicyInvalid, PolicyType, read
from policies.sentences import located_problem_in_words
from portal.core import clock, ids

ORGANIZATION_POLICY_LIMIT = 5120
"""Characters of an RCP or SCP at most (Organizations user guide, "Quotas")."""


class PolicyDocument(models.Model):
    """A document of an organisation (RCP, SCP) or of an account (identity policy). It is valid when it is saved; one that no longer is denies.

    An identity policy is a customer managed policy. `text` is its default version, which is number `version` and was made at
    `version_at`; the others are `PolicyVersion` rows, and `newest_version` is the highest number that was ever given.
    """

    class Type(models.TextChoices):
        """Types of stored documents; the values are those of `policies.language.PolicyType`."""

        RCP = "rcp", _("Resource control policy")
        SCP = "scp", _("Service control policy")
        IDENTITY = "identity", _("Identity policy")

    type = models.CharField(_("type"), max_length=8, choices=Type)
    name = models.CharField(_("name"), max_length=128)
    organization = models.ForeignKey(
        "accounts.Organization", verbose_name=_("organization"), on_delete=models.CASCADE, null=True, blank=True, related_name="policies"
    )
    account = models.ForeignKey(
        "accounts.Account", verbose_name=_("account"), on_delete=models.CASCADE, null=True, blank=True, related_name="policies"
    )
    text = models.TextField(_("document"))
    path = models.CharField(_("path"), max_length=512, default="/", editable=False)
    unique_id = models.CharField(_("unique ID"), max_length=40, blank=True, editable=False)
    description = models.CharField(_("description"), max_length=1000, blank=True, editable=False)
    version = models.PositiveIntegerField(_("default version"), default=1, editable=False)
    newest_version = models.PositiveIntegerField(default=1, editable=False)
    version_at = models.DateTimeField(default=clock.now, editable=False)
    updated_at = models.DateTimeField(_("last version made"), default=clock.now, editable=False)
    created_at = models.DateTimeField(_("created"), default=clock.now)

    class Meta:
        verbose_name = _("policy")
        verbose_name_plural = _("policies")
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["organization", "type", "name"], name="policy_of_organization"),
            models.UniqueConstraint(fields=["account", "type", "name"], name="policy_of_account"),
            models.UniqueConstraint(fields=["unique_id"], condition=~Q(unique_id=""), name="policy_unique_id"),
        ]

    def __str__(self) -> str:
        return self.name

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Give an identity policy its unique id."""
        if self.type == self.Type.IDENTITY and not self.unique_id:
            self.unique_id = ids.unique_id("ANPA")
        super().save(*args, **kwargs)

    @property
    def arn(self) -> str:
        """The ARN of an identity policy; empty for a policy of an organisation, whose ARN has its management account's number."""
        return f"arn:aws:iam::{self.account_id}:policy{self.path}{self.name}" if self.type == self.Type.IDENTITY else ""

    def clean(self) -> None:
        """Refuse a document that is not valid, with every problem and its place; one that is too long; and one of the wrong owner."""
        if self.type not in self.Type.values:
            return
        organizations = self.type != self.Type.IDENTITY
        if (self.organization_id is not None) is not organizations or (self.account_id is not None) is organizations:
            words = _now(
                "A resource control or service control policy belongs to an organization, an identity policy to an account, and to nothing else."
            )
            raise ValidationError({"organization" if organizations else "account": words})
        if organizations and len(self.text) > ORGANIZATION_POLICY_LIMIT:
            words = _now("A policy of an organization has at most %(limit)d characters, white space included.") % {"limit": ORGANIZATION_POLICY_LIMIT}
            raise ValidationError({"text": words})
        try:
            read(self.text, PolicyType(self.type))
        except PolicyInvalid as invalid:
            raise ValidationError({"text": [located_problem_in_words(problem) for problem in invalid.problems]}) from invalid


class PolicyVersion(models.Model):
    """A version of an identity policy that is not its default one (IAM user guide, "Versioning IAM policies")."""

    document = models.ForeignKey(PolicyDocument, verbose_name=_("policy"), on_delete=models.CASCADE, related_name="versions")
    number = models.PositiveIntegerField(_("number"))
    text = models.TextField(_("document"))
    created_at = models.DateTimeField(_("created"), default=clock.now)

    class Meta:
        verbose_name = _("policy version")
        verbose_name_plural = _("policy versions")
        constraints: ClassVar[list[models.BaseConstraint]] = [models.UniqueConstraint(fields=["document", "number"], name="policy_version_once")]

    def __str__(self) -> str:
        return f"v{self.number}"


class PolicyTarget(models.Model):
    """Where a document is attached: an organisation's root (`r-…`), a unit (`ou-…`), an account, or the ARN of a user or role."""

    document = models.ForeignKey(PolicyDocument, verbose_name=_("policy"), on_delete=models.CASCADE, related_name="targets")
    target = models.CharField(_("target"), max_length=2048)

    class Meta:
        verbose_name = _("policy target")
        verbose_name_plural = _("policy targets")
        constraints: ClassVar[list[models.BaseConstraint]] = [models.UniqueConstraint(fields=["document", "target"], name="policy_target_once")]

    def __str__(self) -> str:
        return self.target
