"""The form of the digits that a call reads."""

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.fields import CodeField


class DigitsForm(forms.Form):
    """Six digits, as heard."""

    code = CodeField(label=_("6-digit number"))
