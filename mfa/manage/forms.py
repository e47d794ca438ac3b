"""What is typed and chosen in the list of devices."""

from django import forms

from mfa.base.fields import DeviceNameField


class RenameForm(forms.Form):
    """The new name of a device."""

    name = DeviceNameField()
