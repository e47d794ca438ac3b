"""What is typed into the trainee's phone."""

from django import forms
from django.utils.translation import gettext_lazy as _

from portal.training.phone.key_uri import LONGEST_NAME


class ScanForm(forms.Form):
    """The address that a QR code holds, as if it had been scanned."""

    address = forms.CharField(
        label=_("Address in the QR code"),
        max_length=2048,
        help_text=_("It begins with otpauth:// and is what a reader of QR codes finds in it."),
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )


class KeyForm(forms.Form):
    """A secret key that is typed by hand, and a name for it."""

    secret = forms.CharField(
        label=_("Secret key"),
        max_length=200,
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false", "autocapitalize": "characters"}),
    )
    name = forms.CharField(label=_("Name of the app"), max_length=LONGEST_NAME, required=False, widget=forms.TextInput(attrs={"autocomplete": "off"}))


class PickForm(forms.Form):
    """The number of an open registration, or of an app on the phone."""

    number = forms.IntegerField(min_value=1, max_value=2**63 - 1)
