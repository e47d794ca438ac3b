"""The form of the one-time password by mail."""

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.fields import CodeField


class EmailCodeForm(forms.Form):
    """The one-time password that was mailed."""

    code = CodeField(label=_("One-time password"))
