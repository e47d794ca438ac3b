"""What a permission statement is made from, as it is typed: the seven parameters of `PutResourcePermissionStatement`."""

from collections.abc import Iterable
from dataclasses import fields
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.fields import refuse_surrogates
from policies.statements.rules import StatementParameters, faults
from portal.console.access.words import fault_in_words
from portal.core.regions import REGIONS

PARAMETERS = tuple(field.name for field in fields(StatementParameters))
PRINCIPALS = "principals"
"""The id of the list that a browser offers for the excluded principal."""
_IN_REQUESTS = {name.split("_")[0] + "".join(part.capitalize() for part in name.split("_")[1:]): name for name in PARAMETERS}


def wire_form(parameters: StatementParameters) -> dict[str, str]:
    """Return the parameters that are given by their names in requests, as events spell them."""
    return {sent: value for sent, name in _IN_REQUESTS.items() if (value := getattr(parameters, name))}


def _line(label: Any, help_text: Any, *, limit: int = 64, **attributes: str) -> forms.CharField:
    widget = forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false", "autocapitalize": "none", **attributes})
    return forms.CharField(label=label, help_text=help_text, required=False, max_length=limit, widget=widget, validators=[refuse_surrogates])


class StatementForm(forms.Form):
    """The parameters of a permission statement; every rule that they break is told at once, beside the field that it is about."""

    source_ip = _line(
        _("Public address or block"),
        _("One IPv4 or IPv6 address or a block such as 203.0.113.0/24. A request that comes through a VPC endpoint has no public address."),
    )
    source_vpc = _line(
        _("VPC"),
        _("The ID of the VPC that requests come through, such as vpc-0abc123def456789a. Choose its Region too: IDs are unique only within a Region."),
    )
    signin_source_vpce = _line(
        _("VPC endpoint of sign-in"),
        _("The ID of the VPC endpoint by which the VPC reaches sign-in, such as vpce-0fed987cba654321f. Choose its Region too."),
    )
    console_source_vpce = _line(
        _("VPC endpoint of the console"), _("The ID of the VPC endpoint by which the VPC reaches the console. Choose its Region too.")
    )
    vpc_source_ip = _line(
        _("Address or block within the VPC"), _("A private address or block such as 10.0.0.0/16. Always together with a VPC or a VPC endpoint.")
    )
    requested_region = forms.CharField(
        label=_("Region"),
        help_text=_("The Region whose sign-in endpoint is reached. Required with a VPC or a VPC endpoint, and then the Region that they are in."),
        required=False,
        max_length=32,
        validators=[refuse_surrogates],
    )
    excluded_principal = _line(
        _("Excluded principal"),
        _("The ARN of one root user, IAM user, role or federated user whom this statement leaves alone. Optional, and the way back in an emergency."),
        limit=2048,
        list=PRINCIPALS,
    )

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["requested_region"].widget = forms.Select(
            attrs={"aria-describedby": "id_requested_region-notes"},
            choices=[("", _("Any Region")), *((name, f"{name} · {title}") for name, title in REGIONS)],
        )

    @property
    def parameters(self) -> StatementParameters:
        """What was typed, whether or not a statement can be made from it."""
        return StatementParameters(**{name: self.cleaned_data.get(name, "") for name in PARAMETERS})

    def clean(self) -> dict[str, Any]:
        """Refuse what breaks a rule of the parameters."""
        cleaned: dict[str, Any] = super().clean() or {}
        for fault in faults(self.parameters):
            name = _IN_REQUESTS.get(fault.parameter)
            if name is None and self.errors:
                continue  # a field that could not be read is not a field that was left empty
            if name is None or name not in self.errors:
                self.add_error(name, fault_in_words(fault))
        return cleaned

    @property
    def problems(self) -> Iterable[tuple[str, str]]:
        """What is wrong, field by field: its label, empty for the statement as a whole, and a sentence."""
        yield from (("", str(sentence)) for sentence in self.non_field_errors())
        for name, field in self.fields.items():
            yield from ((str(field.label), str(sentence)) for sentence in self.errors.get(name, ()))
