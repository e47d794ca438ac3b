"""Forms of the admin site for principals. None has a password field, and each lists the fields it takes."""

from typing import TYPE_CHECKING, Any, ClassVar

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import IamUser, Operator, Principal, RootUser
from portal.conf import conf
from portal.core import ids
from portal.core.realness import looks_like_real_address

if TYPE_CHECKING:
    PrincipalModelForm = forms.ModelForm[Principal]
else:
    PrincipalModelForm = forms.ModelForm


def refuse_real_address(address: str) -> None:
    """Raise a ValidationError for an address whose domain is not reserved and not the operator's own."""
    if looks_like_real_address(address, allowed=conf.mail_domains):
        raise ValidationError(_("Use an address under a reserved domain, such as `name@example.com`, or under one in PORTAL_MAIL_DOMAINS."))


class PrincipalForm(PrincipalModelForm):
    """What the forms share: the kind is the form's own, and a new principal has a password that nobody knows."""

    kind: Principal.Kind

    def save(self, commit: bool = True) -> Principal:
        """Set kind and, for a new principal, an unusable password; then save."""
        self.instance.kind = self.kind
        if self.instance._state.adding:  # noqa: SLF001  # the model API: whether the row exists yet
            self.instance.set_unusable_password()
        return super().save(commit)

    def _taken(self, **key: Any) -> bool:
        return Principal.objects.filter(kind=self.kind, **key).exclude(pk=self.instance.pk).exists()


class RootUserForm(PrincipalForm):
    """A root user of an account: its owner sets a password by "Forgot password?"."""

    kind = Principal.Kind.ROOT

    class Meta:
        model = RootUser
        fields = ("account", "email")
        help_texts: ClassVar = {"email": gettext_lazy("Its owner sets a password with “Forgot password?”.")}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for field in self.fields.values():
            field.required = True

    def clean_email(self) -> str:
        """Refuse what is no address, looks real, or is another root user's."""
        email: str = self.cleaned_data["email"].strip()
        forms.EmailField().clean(email)
        refuse_real_address(email)
        if self._taken(email_key=ids.email_key(email)):
            raise ValidationError(_("This email address belongs to another account's root user."))
        return email

    def clean(self) -> dict[str, Any]:
        """Refuse a second root user of one account."""
        cleaned = super().clean() or self.cleaned_data
        if cleaned.get("account") and self._taken(account=cleaned["account"]):
            raise ValidationError({"account": _("This account has a root user.")})
        return cleaned


class IamUserForm(PrincipalForm):
    """An IAM user without a console password."""

    kind = Principal.Kind.IAM_USER

    class Meta:
        model = IamUser
        fields = ("account", "name")
        help_texts: ClassVar = {"name": gettext_lazy("A user made here has no console password, and so cannot sign in yet.")}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for field in self.fields.values():
            field.required = True

    def clean(self) -> dict[str, Any]:
        """Refuse a name that the account has, whatever its case (IAM quotas)."""
        cleaned = super().clean() or self.cleaned_data
        name, account = cleaned.get("name"), cleaned.get("account")
        if name and account and self._taken(account=account, name_key=ids.user_name_key(name)):
            raise ValidationError({"name": _("This account has an IAM user of this name; letter case does not count.")})
        return cleaned


class OperatorForm(PrincipalForm):
    """What a superuser decides of an operator."""

    kind = Principal.Kind.OPERATOR

    class Meta:
        model = Operator
        fields = ("email", "is_staff", "is_superuser", "groups", "user_permissions")

    def clean_email(self) -> str:
        """Refuse an address that looks real."""
        email: str = self.cleaned_data["email"].strip()
        if email:
            forms.EmailField().clean(email)
        refuse_real_address(email)
        return email
