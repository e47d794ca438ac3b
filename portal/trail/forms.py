"""What the event log may be asked: one form for the page, one for the API, which reads the same filters and cursors beside them."""

from datetime import datetime
from typing import Any

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from portal.core import ids
from portal.trail.cursors import moment
from portal.trail.names import EventName
from portal.trail.query import MOST, PAGE, Filters


class MomentInput(forms.DateTimeInput):
    """The browser's own picker of a date and time."""

    input_type = "datetime-local"


class MomentField(forms.Field):
    """A time in ISO 8601, as `<input type="datetime-local">` or a program writes it."""

    widget = MomentInput(format="%Y-%m-%dT%H:%M")

    def to_python(self, value: Any) -> datetime | None:
        """Return the time, or None when nothing was given."""
        if not value:
            return None
        try:
            return moment(str(value)[:64].strip())
        except ValueError as error:
            raise forms.ValidationError(_("Enter a date and time, for example 2026-11-23T05:46.")) from error


class AccountField(forms.CharField):
    """Twelve digits, with or without dashes."""

    def clean(self, value: Any) -> str:
        """Return the bare digits."""
        account = ids.account_key(str(super().clean(value)))
        if account and not ids.ACCOUNT_ID.fullmatch(account):
            raise forms.ValidationError(_("An account ID has 12 digits."))
        return account


class FilterForm(forms.Form):
    """The filters of the list."""

    account = AccountField(label=gettext_lazy("Account ID"), required=False, max_length=20)
    principal = forms.CharField(label=gettext_lazy("User name or ID"), required=False, max_length=128)
    source = forms.GenericIPAddressField(label=gettext_lazy("Source address"), required=False, unpack_ipv4=True)
    since = MomentField(label=gettext_lazy("From (UTC)"), required=False)
    until = MomentField(label=gettext_lazy("Until (UTC)"), required=False)
    result = forms.ChoiceField(
        label=gettext_lazy("Result"),
        required=False,
        choices=[("", gettext_lazy("All")), ("success", gettext_lazy("Success")), ("failure", gettext_lazy("Failure"))],
    )
    name = forms.MultipleChoiceField(
        label=gettext_lazy("Events"), required=False, choices=[(name.value, name.value) for name in EventName], widget=forms.CheckboxSelectMultiple
    )

    def __init__(self, data: QueryDict) -> None:
        super().__init__(data)
        self._given = data

    def clean(self) -> dict[str, Any]:
        """Refuse a filter that stands twice; only `name` may."""
        for given in self._given:
            if given in self.fields and given != "name" and len(self._given.getlist(given)) > 1:
                self.add_error(given, _("Give this only once."))
        return self.cleaned_data

    @property
    def unfolded(self) -> bool:
        """Whether a filter is in use that the page folds away otherwise."""
        return any(value for name in ("source", "since", "until", "name") for value in self._given.getlist(name))

    @property
    def filters(self) -> Filters:
        """The filters of a valid form."""
        asked = self.cleaned_data
        return Filters(
            account=asked["account"],
            names=tuple(asked["name"]),
            principal=asked["principal"],
            source_ip=asked["source"],
            since=asked["since"],
            until=asked["until"],
            succeeded={"success": True, "failure": False}.get(asked["result"]),
        )


class ApiForm(FilterForm):
    """The filters of the API, and its form of answer."""

    limit = forms.IntegerField(required=False, min_value=1, max_value=MOST)
    format = forms.ChoiceField(required=False, choices=[("", ""), ("json", "json"), ("csv", "csv")])

    @property
    def amount(self) -> int:
        """How many events are wanted."""
        return self.cleaned_data["limit"] or PAGE

    def complaint(self) -> str:
        """Return one sentence that names the first parameter that cannot be read, and why."""
        field, errors = next(iter(self.errors.items()))
        return f"`{field}`: {errors[0]}"
