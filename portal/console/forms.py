"""What is typed into the console: the change of one's own password."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.fields import PasswordField


class ChangePasswordForm(forms.Form):
    """The current password, and the new one twice."""

    password = PasswordField(label=_("Current password"))
    new_password = PasswordField(label=_("New password"), autocomplete="new-password")
    confirm_password = PasswordField(label=_("Type the new password again"), autocomplete="new-password")

    def clean(self) -> dict[str, Any]:
        """Refuse two new passwords that differ."""
        cleaned: dict[str, Any] = super().clean() or {}
        new, again = cleaned.get("new_password"), cleaned.get("confirm_password")
        if new is not None and again is not None and new != again:
            self.add_error("confirm_password", _("The two new passwords are not the same."))
        return cleaned
