"""The forms of recovery cases."""

import re

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from accounts.fields import AccountField, CodeField, refuse_surrogates

_BREAKING = re.compile(r"[\x00-\x1f\x7f\u2028\u2029]")


def _on_one_line(text: str) -> None:
    if _BREAKING.search(text):
        raise ValidationError(_("Write on one line, without control characters."), code="control")


class OpenForm(forms.Form):
    """Which account is locked out, and why a case is opened for it."""

    account = AccountField()
    reason = forms.CharField(
        label=_("Reason or ticket"),
        max_length=500,
        validators=[refuse_surrogates, _on_one_line],
        error_messages={"required": _("Say why this case is opened, or give the number of the ticket.")},
    )

    def __init__(self, *given: object, **options: object) -> None:
        super().__init__(*given, **options)  # type: ignore[arg-type]  # passed on as they are
        self.fields["account"].widget.attrs["autocomplete"] = "off"
        self.fields["reason"].widget.attrs["autocomplete"] = "off"


class VerifyForm(forms.Form):
    """The six digits that the caller reads."""

    code = CodeField(label=_("Code that the caller reads from the mail"))

    def __init__(self, *given: object, **options: object) -> None:
        super().__init__(*given, **options)  # type: ignore[arg-type]  # passed on as they are
        self.fields["code"].widget.attrs["autocomplete"] = "off"
