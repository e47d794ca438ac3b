"""Forms that several journeys share."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.fields import CodeField, PasswordField


class PasswordForm(forms.Form):
    """The password of an identity that has been named."""

    password = PasswordField()


class MailedCodeForm(forms.Form):
    """The code that was mailed."""

    code = CodeField()


class NewPasswordForm(forms.Form):
    """A new password, twice."""

    new_password = PasswordField(label=_("New password"), autocomplete="new-password")
    confirm_password = PasswordField(label=_("Type the new password again"), autocomplete="new-password")

    def clean(self) -> dict[str, Any]:
        """Refuse two passwords that differ."""
        values: dict[str, Any] = super().clean() or self.cleaned_data
        if values.get("new_password") != values.get("confirm_password") and "new_password" in values and "confirm_password" in values:
            self.add_error("confirm_password", _("The two passwords are not the same. Type both again."))
        return values
