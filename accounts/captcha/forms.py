"""The form of the security check."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.fields import refuse_surrogates


class OneTimeInput(forms.TextInput):
    """A text input that never shows again what was typed: the next challenge has another text."""

    def format_value(self, value: Any) -> None:
        """Show nothing."""


class CaptchaForm(forms.Form):
    """What a person read or heard. Its canonical form is `accounts.captcha.answers.canonical`."""

    captcha = forms.CharField(
        label=_("Characters in the picture or the recording"),
        help_text=_("Six letters and digits. Capitals and spaces do not matter."),
        max_length=64,
        validators=[refuse_surrogates],
        widget=OneTimeInput(attrs={"autocomplete": "off", "autocapitalize": "characters", "spellcheck": "false"}),
        error_messages={"required": _("Type the characters that you see or hear.")},
    )
