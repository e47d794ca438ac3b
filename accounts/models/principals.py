"""Everyone who can sign in, in one table with a kind; a proxy model per kind that signs in today."""

from __future__ import annotations

from typing import Any, ClassVar

from django.contrib.auth.base_user import AbstractBaseUser
from django.contrib.auth.models import PermissionsMixin
from django.core.validators import RegexValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from portal.core import arns, clock, ids


class Principal(AbstractBaseUser, PermissionsMixin):
    """An identity that signs in: root user, IAM user, workforce user, Builder ID or operator.

    `name_key` and `email_key` are the canonical forms (`portal.core.ids`) that are compared; `name` and `email` are as given.
    `first_sign_in_at` is when the password was first proved: from then on the root user's grace to register a second factor runs.
    `credential_epoch` is raised by whatever must end all sessions, links and grants made before (password change, disabling).
    `standing_epoch` is raised by what takes the right to act itself away (disabling, removal of root credentials), not by a new password.
    """

    class Kind(models.TextChoices):
        """Kinds of principal. Operators run the portal; the others live in the simulated cloud."""

        ROOT = "root", _("Root user")
        IAM_USER = "iam_user", _("IAM user")
        WORKFORCE = "workforce", _("Workforce user")
        BUILDER = "builder", _("Builder ID")
        OPERATOR = "operator", _("Operator")

    kind = models.CharField(_("kind"), max_length=10, choices=Kind)
    account = models.ForeignKey(
        "accounts.Account", verbose_name=_("account"), on_delete=models.CASCADE, null=True, blank=True, related_name="principals"
    )
    name = models.CharField(_("user name"), max_length=64, blank=True, validators=[RegexValidator(rf"\A{ids.USER_NAME.pattern}\Z")])
    name_key = models.CharField(max_length=64, blank=True, editable=False)
    path = models.CharField(_("path"), max_length=512, default="/", help_text=_("Of an IAM user: a part of its ARN, for grouping."))
    email = models.CharField(_("e-mail address"), max_length=254, blank=True)
    email_key = models.CharField(max_length=254, blank=True, editable=False)
    unique_id = models.CharField(_("unique ID"), max_length=40, unique=True, blank=True)
    directory = models.CharField(
        _("directory"), max_length=12, blank=True, help_text=_("Identity Center directory of a workforce user."), editable=False
    )
    first_sign_in_at = models.DateTimeField(_("first sign-in"), null=True, blank=True, editable=False)
    password_changed_at = models.DateTimeField(_("password changed"), null=True, blank=True)
    must_change_password = models.BooleanField(_("must change the password at next sign-in"), default=False)
    reset_required_because = models.CharField(
        _("password reset required because"),
        max_length=200,
        blank=True,
        help_text=_("A reason here refuses the password until it has been reset by mail."),
    )
    is_active = models.BooleanField(_("may sign in"), default=True)
    is_staff = models.BooleanField(_("may enter the admin site"), default=False)
    credential_epoch = models.PositiveIntegerField(default=0, editable=False)
    standing_epoch = models.PositiveIntegerField(default=0, editable=False)
    created_at = models.DateTimeField(_("created"), default=clock.now)

    USERNAME_FIELD = "unique_id"
    REQUIRED_FIELDS: ClassVar[list[str]] = []

    class Meta:
        verbose_name = _("principal")
        verbose_name_plural = _("principals")
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["email_key"], condition=Q(kind="root"), name="root_email"),
            models.UniqueConstraint(fields=["account"], condition=Q(kind="root"), name="root_account"),
            models.UniqueConstraint(fields=["account", "name_key"], condition=Q(kind="iam_user"), name="iam_user_name"),
            models.UniqueConstraint(fields=["name_key"], condition=Q(kind="operator"), name="operator_name"),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.label}"

    def __repr__(self) -> str:
        return f"<Principal {self.pk} {self.kind}>"

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Keep the canonical forms and the unique id in step with what they are made from."""
        self.name_key = ids.user_name_key(self.name)
        self.email_key = ids.email_key(self.email)
        if not self.unique_id:
            self.unique_id = self._new_unique_id()
        super().save(*args, **kwargs)

    def _new_unique_id(self) -> str:
        if self.kind == self.Kind.ROOT:
            return str(self.account_id)
        return ids.unique_id("AIDA" if self.kind == self.Kind.IAM_USER else "OPER")

    @property
    def label(self) -> str:
        """The name people know this identity by: e-mail of a root user, else the user name."""
        return self.email if self.kind == self.Kind.ROOT else self.name

    @property
    def answerable(self) -> str | None:
        """The hash that a typed password is held against; None where no password counts.

        None counts for someone who may not sign in, and for the root user of a member account whose root credentials were removed.
        """
        removed = self.kind == self.Kind.ROOT and self.account is not None and not self.account.has_root_credentials
        return self.password if self.is_active and not removed else None

    @property
    def standing(self) -> int:
        """A number that temporary credentials carry: once this is another, the right to act was taken away since, be it given back or not.

        It counts what happened to the identity and to its account; both only rise.
        """
        return self.standing_epoch + (self.account.standing_epoch if self.account is not None else 0)

    @property
    def arn(self) -> str:
        """The identity's ARN; empty for an operator, who is not of the simulated cloud."""
        if self.kind == self.Kind.ROOT:
            return arns.root_arn(str(self.account_id))
        if self.kind == self.Kind.IAM_USER:
            return arns.user_arn(str(self.account_id), self.name, self.path)
        return ""


class _OfKind(models.Manager["Principal"]):
    def __init__(self, kind: str) -> None:
        super().__init__()
        self._kind = kind

    def get_queryset(self) -> models.QuerySet[Principal]:
        return super().get_queryset().filter(kind=self._kind)


class RootUser(Principal):
    """The root user of an account."""

    objects = _OfKind(Principal.Kind.ROOT)  # type: ignore[assignment, misc]  # a proxy narrows its manager

    class Meta:
        proxy = True
        verbose_name = _("root user")
        verbose_name_plural = _("root users")


class IamUser(Principal):
    """An IAM user of an account."""

    objects = _OfKind(Principal.Kind.IAM_USER)  # type: ignore[assignment, misc]  # a proxy narrows its manager

    class Meta:
        proxy = True
        verbose_name = _("IAM user")
        verbose_name_plural = _("IAM users")


class Operator(Principal):
    """Someone who runs the portal itself."""

    objects = _OfKind(Principal.Kind.OPERATOR)  # type: ignore[assignment, misc]  # a proxy narrows its manager

    class Meta:
        proxy = True
        verbose_name = _("operator")
        verbose_name_plural = _("operators")


class PolicyAttachment(models.Model):
    """A managed policy attached to a principal, by ARN."""

    principal = models.ForeignKey(Principal, verbose_name=_("principal"), on_delete=models.CASCADE, related_name="policy_attachments")
    policy_arn = models.CharField(_("policy ARN"), max_length=2048)

    class Meta:
        verbose_name = _("attached policy")
        verbose_name_plural = _("attached policies")
        constraints: ClassVar[list[models.BaseConstraint]] = [models.UniqueConstraint(fields=["principal", "policy_arn"], name="attached_once")]

    def __str__(self) -> str:
        return self.policy_arn
