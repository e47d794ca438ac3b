"""The first form of the root user's sign-in."""

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.fields import SimulatedEmailField


class RootEmailForm(forms.Form):
    """The e-mail address that an account was created with."""

    email = SimulatedEmailField(label=_("Root user email address"), autocomplete="username webauthn")
