"""The form of the IAM user's sign-in."""

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.fields import AccountField, PasswordField, UserNameField


class IamUserForm(forms.Form):
    """Account, user name, password, and whether the browser is to keep the first two."""

    account = AccountField()
    username = UserNameField()
    password = PasswordField()
    remember = forms.BooleanField(label=_("Remember this account"), required=False)
