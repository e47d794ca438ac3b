"""The first form of a password recovery."""

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.fields import SimulatedEmailField


class RecoveryForm(forms.Form):
    """The root user's e-mail address."""

    email = SimulatedEmailField(label=_("Root user email address"))
