"""What the training page's forms take."""

from django import forms
from django.utils.translation import gettext_lazy as _

from portal.training.time_travel import FURTHEST

UNITS = (("3600", _("hours")), ("86400", _("days")), ("60", _("minutes")), ("1", _("seconds")))
SHORTCUTS = ((3600, _("1 hour")), (12 * 3600, _("12 hours")), (86400, _("1 day")), (90 * 86400, _("90 days")))


class AdvanceForm(forms.Form):
    """How far to move the simulated clock: a whole number and its unit."""

    amount = forms.IntegerField(label=_("Move the clock by"), min_value=-int(FURTHEST.total_seconds()), max_value=int(FURTHEST.total_seconds()))
    unit = forms.ChoiceField(label=_("Unit"), choices=UNITS)

    def seconds(self) -> int:
        """Return the distance in seconds, of a form that is valid."""
        return int(self.cleaned_data["amount"]) * int(self.cleaned_data["unit"])


class ResetForm(forms.Form):
    """The word of the trainer that everything since the load may go."""

    confirm = forms.BooleanField(
        label=_("Sign everyone out and delete every account, mail and event made since the world was loaded"),
        error_messages={"required": _("Tick the box first: a reset cannot be undone.")},
    )


class FillForm(forms.Form):
    """Which of the demo's people is to sign in: an index into the list on the first page."""

    person = forms.IntegerField(min_value=0, max_value=9999)
