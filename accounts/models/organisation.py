"""Organisations, their units, and accounts (Organizations user guide; IAM user guide, "account ID and alias")."""

from django.core.validators import MaxValueValidator, MinValueValidator, RegexValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from portal.core import clock, ids


class Organization(models.Model):
    """An organisation with all features on."""

    id = models.CharField(_("organization ID"), primary_key=True, max_length=34, validators=[RegexValidator(r"\Ao-[a-z0-9]{10,32}\Z")])
    name = models.CharField(_("name"), max_length=100)
    root_id = models.CharField(_("root ID"), max_length=34, default="r-ab12", validators=[RegexValidator(r"\Ar-[0-9a-z]{4,32}\Z")])
    management_account = models.OneToOneField(
        "accounts.Account", verbose_name=_("management account"), on_delete=models.PROTECT, null=True, blank=True, related_name="manages"
    )

    class Meta:
        verbose_name = _("organization")
        verbose_name_plural = _("organizations")

    def __str__(self) -> str:
        return f"{self.name} ({self.id})"


class OrganizationalUnit(models.Model):
    """A unit in an organisation's tree; a unit without parent hangs on the root."""

    id = models.CharField(_("unit ID"), primary_key=True, max_length=68)
    organization = models.ForeignKey(Organization, verbose_name=_("organization"), on_delete=models.CASCADE, related_name="units")
    parent = models.ForeignKey("self", verbose_name=_("parent unit"), on_delete=models.PROTECT, null=True, blank=True, related_name="children")
    name = models.CharField(_("name"), max_length=128)

    class Meta:
        verbose_name = _("organizational unit")
        verbose_name_plural = _("organizational units")

    def __str__(self) -> str:
        return self.name


class Account(models.Model):
    """An account: twelve digits, a name, perhaps an alias, and a state.

    `standing_epoch` is raised by its suspension: temporary credentials that were made before stay void. A world that is loaded begins
    somewhere at random, so that none of a former one count either.
    """

    class Status(models.TextChoices):
        """State of an account as the guide's troubleshooting chapter tells them apart."""

        ACTIVE = "active", _("Active")
        SUSPENDED = "suspended", _("Suspended")
        CLOSED = "closed", _("Closed")

    id = models.CharField(_("account ID"), primary_key=True, max_length=12, default=ids.account_id, validators=[RegexValidator(r"\A[0-9]{12}\Z")])
    name = models.CharField(_("account name"), max_length=50)
    alias = models.CharField(
        _("alias"), max_length=63, unique=True, null=True, blank=True, validators=[RegexValidator(rf"\A(?:{ids.ALIAS.pattern})\Z")]
    )
    organization = models.ForeignKey(
        Organization, verbose_name=_("organization"), on_delete=models.PROTECT, null=True, blank=True, related_name="accounts"
    )
    unit = models.ForeignKey(
        OrganizationalUnit, verbose_name=_("organizational unit"), on_delete=models.PROTECT, null=True, blank=True, related_name="accounts"
    )
    status = models.CharField(_("status"), max_length=10, choices=Status, default=Status.ACTIVE)
    closed_at = models.DateTimeField(_("closed at"), null=True, blank=True)
    has_root_credentials = models.BooleanField(
        _("has root user credentials"), default=True, help_text=_("A member account may have had its root user credentials removed centrally.")
    )
    administrator = models.CharField(
        _("administrator"), max_length=200, blank=True, help_text=_("Whom IAM users of this account ask to reset a password.")
    )
    contact_phone = models.CharField(
        _("primary contact phone"),
        max_length=20,
        blank=True,
        validators=[RegexValidator(r"\A\+[0-9 -]{6,18}\Z")],
        help_text=_("Called when the root user recovers from a lost second factor. A fictional number; the call is only simulated."),
    )
    iam_users_need_mfa = models.BooleanField(
        _("IAM users need a second factor"),
        default=False,
        help_text=_("An IAM user without one must register it at the next sign-in, before anything else."),
    )
    standing_epoch = models.PositiveIntegerField(default=0, editable=False)
    created_at = models.DateTimeField(_("created"), default=clock.now)

    class Meta:
        verbose_name = _("account")
        verbose_name_plural = _("accounts")

    def __str__(self) -> str:
        return f"{self.name} ({self.id})"

    @property
    def is_member(self) -> bool:
        """Whether the account belongs to an organisation that another account manages."""
        return self.organization is not None and self.organization.management_account_id != self.id


class PasswordPolicy(models.Model):
    """An account's custom password policy (IAM user guide, "Set an account password policy"); without a row the default policy holds."""

    account = models.OneToOneField(Account, verbose_name=_("account"), on_delete=models.CASCADE, related_name="password_policy", primary_key=True)
    minimum_length = models.PositiveSmallIntegerField(_("minimum length"), default=6, validators=[MinValueValidator(6), MaxValueValidator(128)])
    require_uppercase = models.BooleanField(_("require an uppercase letter"), default=False)
    require_lowercase = models.BooleanField(_("require a lowercase letter"), default=False)
    require_numbers = models.BooleanField(_("require a number"), default=False)
    require_symbols = models.BooleanField(_("require a symbol"), default=False)
    max_age_days = models.PositiveSmallIntegerField(
        _("maximum age in days"), null=True, blank=True, validators=[MinValueValidator(1), MaxValueValidator(1095)]
    )
    reuse_prevention = models.PositiveSmallIntegerField(
        _("former passwords refused"), null=True, blank=True, validators=[MinValueValidator(1), MaxValueValidator(24)]
    )
    hard_expiry = models.BooleanField(_("only an administrator resets an expired password"), default=False)
    allow_users_to_change = models.BooleanField(_("users may change their own password"), default=True)

    class Meta:
        verbose_name = _("password policy")
        verbose_name_plural = _("password policies")

    def __str__(self) -> str:
        return f"{self.account_id}"
