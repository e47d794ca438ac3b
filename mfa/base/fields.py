"""The form field that every page with a device's name has."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from accounts.fields import refuse_surrogates
from portal.core import ids


class DeviceNameField(forms.CharField):
    """The name of a second factor: 1 to 64 of the characters that IAM allows in one, which are those of a user name."""

    default_error_messages = {
        "required": _("Enter a name for the device."),
        "invalid": _("A device name has letters, digits and `_ + = , . @ -` only, without spaces."),
    }

    def __init__(self, **options: Any) -> None:
        options.setdefault("label", _("MFA device name"))
        super().__init__(max_length=64, validators=[refuse_surrogates], **options)
        self.widget.attrs.update({"autocomplete": "off", "autocapitalize": "none", "spellcheck": "false"})

    def clean(self, value: Any) -> str:
        """Return the name as typed, without surrounding space."""
        typed = str(super().clean(value))
        if typed and not ids.USER_NAME.fullmatch(typed):
            raise ValidationError(self.error_messages["invalid"], code="invalid")
        return typed
