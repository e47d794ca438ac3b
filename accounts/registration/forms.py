"""Forms of the registration, one a step."""

import re
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from accounts.credentials.rules import root_problems
from accounts.fields import CodeField, PasswordField, SimulatedEmailField, refuse_surrogates
from accounts.registration.attempt import Registration

ACCOUNT_NAME = re.compile(r"[ -;=?-~]{1,50}")
"""Account Management API, `PutAccountName`: printable ASCII without angle brackets."""


class StartForm(forms.Form):
    """Whose account it will be, and what it is called."""

    email = SimulatedEmailField(
        label=_("Root user email address"),
        autocomplete="email",
        help_text=_("Use an address under a reserved domain, such as you@example.com. Real addresses are refused."),
    )
    account_name = forms.CharField(
        label=_("Account name"),
        max_length=50,
        validators=[refuse_surrogates],
        widget=forms.TextInput(attrs={"autocomplete": "organization"}),
        error_messages={"required": _("Enter a name for the account.")},
    )

    def clean_account_name(self) -> str:
        """Refuse what an account cannot be called."""
        name = str(self.cleaned_data["account_name"])
        if not ACCOUNT_NAME.fullmatch(name):
            raise ValidationError(_("An account name has 1 to 50 English letters, digits, spaces and signs, without `<` and `>`."), code="invalid")
        return name


class CodeForm(forms.Form):
    """The code that was mailed."""

    code = CodeField()


class DetailsForm(forms.Form):
    """The root user's password, twice."""

    new_password = PasswordField(label=_("Root user password"), autocomplete="new-password")
    confirm_password = PasswordField(label=_("Confirm root user password"), autocomplete="new-password")

    def __init__(self, data: Any = None, *, registration: Registration) -> None:
        super().__init__(data)
        self._registration = registration

    def clean(self) -> dict[str, Any]:
        """Hold the password to the root user's rules, and both entries to each other."""
        typed = self.cleaned_data.get("new_password")
        if typed is not None:
            for problem in root_problems(typed, account_name=self._registration.account_name, email=self._registration.email):
                self.add_error("new_password", problem.message)
        again = self.cleaned_data.get("confirm_password")
        if typed is not None and again is not None and typed != again:
            self.add_error("confirm_password", _("The passwords do not match. Type the same password twice."))
        return self.cleaned_data
