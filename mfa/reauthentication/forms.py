"""What is typed to confirm who is there."""

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.fields import PasswordField


class PasswordForm(forms.Form):
    """The password of whoever is signed in."""

    password = PasswordField(label=_("Password"))
