"""What may be typed as a network of one's own."""

import re

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from portal.core.regions import REGIONS
from portal.network import addresses
from portal.network.simulated import VPC, VPCE, Network

_PLAIN = {"autocomplete": "off", "spellcheck": "false", "autocapitalize": "none"}
_ONE_ADDRESS = _("Type one IPv4 or IPv6 address, such as 198.51.100.7 or 2001:db8::7.")


def _whole(pattern: re.Pattern[str]) -> str:
    """Return an expression that a whole text must match: Django's validator looks for one anywhere."""
    return rf"^(?:{pattern.pattern})\Z"


def _line() -> forms.TextInput:
    return forms.TextInput(attrs=dict(_PLAIN))


def _address_in(text: str) -> str:
    found = addresses.canonical(text)
    if not found:
        raise ValidationError(_ONE_ADDRESS)
    return found


class SourceForm(forms.Form):
    """A public address to appear to come from."""

    source_ip = forms.CharField(
        label=_("Public address"), max_length=64, widget=_line(), help_text=_("IPv4 or IPv6. Policies see it as aws:SourceIp.")
    )

    def clean_source_ip(self) -> str:
        """Return the address in its shortest form."""
        return _address_in(self.cleaned_data["source_ip"])

    def network(self) -> Network:
        """Return the network of a form that is valid."""
        return Network(address=self.cleaned_data["source_ip"])


class EndpointForm(forms.Form):
    """A VPC endpoint to appear to come through."""

    vpc = forms.RegexField(
        _whole(VPC),
        label=_("VPC"),
        max_length=32,
        widget=_line(),
        error_messages={"invalid": _("Type the id of a VPC, such as vpc-0abc123def456789a.")},
        help_text=_("Policies see it as aws:SourceVpc."),
    )
    vpce = forms.RegexField(
        _whole(VPCE),
        label=_("VPC endpoint"),
        max_length=32,
        widget=_line(),
        error_messages={"invalid": _("Type the id of a VPC endpoint, such as vpce-0fed987cba654321f.")},
        help_text=_("Policies see it as aws:SourceVpce."),
    )
    vpc_source_ip = forms.CharField(
        label=_("Private address"), max_length=64, widget=_line(), help_text=_("The address inside the VPC. Policies see it as aws:VpcSourceIp.")
    )
    region = forms.ChoiceField(
        label=_("Region of the endpoint"),
        choices=[(name, f"{title} ({name})") for name, title in REGIONS],
        help_text=_("Policies see it as aws:RequestedRegion."),
    )

    def clean_vpc_source_ip(self) -> str:
        """Return the address in its shortest form."""
        return _address_in(self.cleaned_data["vpc_source_ip"])

    def network(self) -> Network:
        """Return the network of a form that is valid."""
        typed = self.cleaned_data
        return Network(address=typed["vpc_source_ip"], region=typed["region"], vpc=typed["vpc"], vpce=typed["vpce"])
