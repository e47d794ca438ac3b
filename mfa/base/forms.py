"""Forms of the challenge."""

from django import forms
from django.utils.translation import gettext_lazy as _

from mfa.totp.forms import AuthenticatorCodeField


class MfaCodeForm(forms.Form):
    """The code of an authenticator app. What cannot be a code is no try."""

    code = AuthenticatorCodeField(label=_("MFA code"))
