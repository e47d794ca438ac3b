"""The forms of a recovery."""

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from accounts.fields import AccountField, PasswordField, UserNameField


class RecoverySignInForm(forms.Form):
    """User name and password; the account is the case's, and cannot be typed."""

    username = UserNameField()
    password = PasswordField()


class ConfirmForm(forms.Form):
    """The number of the account, typed to say that one means it."""

    account = AccountField(label=_("To confirm, type the account ID"))

    def __init__(self, *given: object, expected: str, **options: object) -> None:
        super().__init__(*given, **options)  # type: ignore[arg-type]  # passed on as they are
        self._expected = expected
        self.fields["account"].widget.attrs.update({"autocomplete": "off", "inputmode": "numeric"})

    def clean_account(self) -> str:
        """Return the account ID; refuses any but the expected one."""
        typed = str(self.cleaned_data["account"])
        if typed != self._expected:
            raise ValidationError(_("This is not the ID of the account. Type the 12 digits that are shown above."), code="other")
        return typed
