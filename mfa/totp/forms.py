"""What is typed from an authenticator app."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from accounts.fields import refuse_surrogates
from mfa.base.fields import DeviceNameField
from mfa.totp.codes import normalised


class AuthenticatorCodeField(forms.CharField):
    """A code of six digits as an app shows it, in any script, with or without a space; gives its one spelling."""

    default_error_messages = {
        "required": _("Enter the code that your authenticator app shows."),
        "invalid": _("A code has six digits."),
    }

    def __init__(self, **options: Any) -> None:
        options.setdefault("label", _("Authenticator code"))
        super().__init__(validators=[refuse_surrogates], **options)
        self.widget.attrs.update({"autocomplete": "one-time-code", "inputmode": "numeric", "spellcheck": "false"})

    def clean(self, value: Any) -> str:
        """Return six ASCII digits."""
        typed = str(super().clean(value))
        code = normalised(typed) if typed else ""
        if code is None:
            raise ValidationError(self.error_messages["invalid"], code="invalid")
        return code


class TwoCodesForm(forms.Form):
    """Two codes that the app shows one after the other."""

    code = AuthenticatorCodeField()
    code2 = AuthenticatorCodeField(
        label=_("Next authenticator code"), help_text=_("Wait until the app shows another code, at most 30 seconds, and enter that one here.")
    )

    def codes(self) -> list[str]:
        """Return what was typed, in order."""
        return [self.cleaned_data[name] for name in ("code", "code2") if name in self.fields]


class RegisterAppForm(TwoCodesForm):
    """The name of a new device, and as many consecutive codes as are asked for, one or two."""

    name = DeviceNameField(help_text=_("Letters, digits and `_ + = , . @ -`; for example `phone`."))
    field_order = ("name", "code", "code2")

    def __init__(self, *args: Any, codes: int, **options: Any) -> None:
        super().__init__(*args, **options)
        if codes == 1:
            del self.fields["code2"]
