"""The form of the security check."""

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.fields import refuse_surrogates


class CaptchaForm(forms.Form):
    """What a person read or heard. Its canonical form is `accounts.captcha.answers.canonical`."""

    captcha = forms.CharField(
        label=_("Characters in the picture or the recording"),
        help_text=_("Type them in order and without spaces. Capitals do not matter."),
        max_length=64,
        validators=[refuse_surrogates],
        widget=forms.TextInput(attrs={"autocomplete": "off", "autocapitalize": "characters", "spellcheck": "false"}),
        error_messages={"required": _("Type the characters that you see or hear.")},
    )
