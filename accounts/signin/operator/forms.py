"""The form of the operator's sign-in."""

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.fields import PasswordField, UserNameField


class OperatorForm(forms.Form):
    """User name and password of someone who runs the portal."""

    username = UserNameField(label=_("Operator name"))
    password = PasswordField()
