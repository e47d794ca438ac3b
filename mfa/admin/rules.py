"""The rules of directories on the admin site."""

from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib import admin
from django.core.exceptions import ValidationError
from django.core.validators import RegexValidator
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from accounts.admin.base import RecordedAdmin
from mfa.models import DirectoryRule

if TYPE_CHECKING:
    RuleModelForm = forms.ModelForm[DirectoryRule]
else:
    RuleModelForm = forms.ModelForm

_DIRECTORY = RegexValidator(r"\Ad-[0-9a-f]{10}\Z", _("Enter a directory ID: `d-` and ten of the characters 0-9 and a-f."))
"""Identity store API, `IdentityStoreId`."""


class DirectoryRuleForm(RuleModelForm):
    """One directory's rule."""

    class Meta:
        model = DirectoryRule
        fields = ("directory", "mode", "without_device", "allow_apps", "allow_passkeys", "users_manage_devices")

    def clean_directory(self) -> str:
        """Refuse what is no directory id."""
        directory: str = self.cleaned_data["directory"].strip()
        _DIRECTORY(directory)
        return directory

    def clean(self) -> dict[str, Any]:
        """Refuse a rule that nobody could follow: a second factor asked for, and none allowed."""
        cleaned = super().clean() or self.cleaned_data
        if cleaned.get("mode") != DirectoryRule.Mode.NEVER and not (cleaned.get("allow_apps") or cleaned.get("allow_passkeys")):
            raise ValidationError(_("Allow authenticator apps, or security keys and built-in authenticators, or never ask for MFA."))
        return cleaned


@admin.register(DirectoryRule)
class DirectoryRuleAdmin(RecordedAdmin[DirectoryRule]):
    """What a directory's administrator decides about second factors; without a row the defaults hold."""

    form = DirectoryRuleForm
    list_display = ("directory", "mode", "without_device", "allow_apps", "allow_passkeys", "users_manage_devices")
    list_filter = ("mode",)
    search_fields = ("^directory",)
    search_help_text = _("Directory ID")
    ordering = ("pk",)

    def get_readonly_fields(self, request: HttpRequest, obj: DirectoryRule | None = None) -> tuple[str, ...]:
        """Keep the directory once given: changing a key would make a second row."""
        return ("directory",) if obj else ()
