"""Forms of passkeys: what `navigator.credentials` gave, as JSON in one hidden field."""

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.fields import refuse_surrogates
from mfa.base.fields import DeviceNameField
from mfa.fido.answers import LONGEST


class CredentialField(forms.CharField):
    """The JSON of a credential; a page fills it in by script when its button is pressed."""

    widget = forms.HiddenInput
    default_error_messages = {
        "required": _("Your browser sent no passkey. Passkeys need a browser with JavaScript; use another device, or another kind of device."),
        "max_length": _("What your browser sent is too long for a passkey. Try again."),
    }

    def __init__(self) -> None:
        super().__init__(max_length=LONGEST, validators=[refuse_surrogates])


class CredentialForm(forms.Form):
    """A passkey that is shown."""

    credential = CredentialField()


class RegisterPasskeyForm(CredentialForm):
    """A passkey that was made, and the name that it is to have."""

    name = DeviceNameField(help_text=_("Letters, digits and `_ + = , . @ -`; for example `security-key`."))
    field_order = ("name", "credential")


class AutofillForm(CredentialForm):
    """A passkey that the browser offered, and whether the browser is to keep account and user name."""

    remember = forms.BooleanField(required=False)
