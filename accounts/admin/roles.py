"""Roles on the admin site."""

from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib import admin
from django.core.exceptions import ValidationError
from django.core.validators import RegexValidator
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from accounts.admin.attachments import RolePolicyForm
from accounts.admin.base import RecordedAdmin, TabularInline
from accounts.models import Role, RolePolicy
from policies.language import PolicyInvalid, PolicyType, read
from portal.core import ids

if TYPE_CHECKING:
    RoleModelForm = forms.ModelForm[Role]
else:
    RoleModelForm = forms.ModelForm

_NAME = RegexValidator(rf"\A(?:{ids.USER_NAME.pattern})\Z", _("A role name has 1 to 64 letters, digits and signs of _+=,.@-"))
_PATH = RegexValidator(r"\A/(?:[!-.0-~]+/)*\Z", _("A path begins and ends with a slash."))


class RoleForm(RoleModelForm):
    """A role with its trust policy, whose problems are told in their place."""

    class Meta:
        model = Role
        fields = ("account", "name", "path", "trust", "max_session_seconds")
        widgets = {"trust": forms.Textarea(attrs={"rows": 16, "cols": 100, "spellcheck": "false", "class": "mono"})}

    def clean_name(self) -> str:
        """Refuse what is no role name."""
        name: str = self.cleaned_data["name"].strip()
        _NAME(name)
        return name

    def clean_path(self) -> str:
        """Refuse what is no path."""
        path: str = self.cleaned_data["path"].strip()
        _PATH(path)
        return path

    def clean_trust(self) -> str:
        """Refuse a trust policy that is not valid, with every problem and its place."""
        text: str = self.cleaned_data["trust"]
        try:
            read(text, PolicyType.TRUST)
        except PolicyInvalid as invalid:
            raise ValidationError([str(problem) for problem in invalid.problems]) from invalid
        return text

    def save(self, commit: bool = True) -> Role:
        """Give a new role its unique id, then save."""
        if not self.instance.unique_id:
            self.instance.unique_id = ids.unique_id("AROA")
        return super().save(commit)


class RolePolicyInline(TabularInline[RolePolicy, Role]):
    """Managed policies attached to the role."""

    model = RolePolicy
    form = RolePolicyForm
    extra = 0


@admin.register(Role)
class RoleAdmin(RecordedAdmin[Role]):
    """Roles. Name and path are the ARN, which policies name, and stay as they were given."""

    form = RoleForm
    list_display = ("name", "account", "path", "unique_id", "max_session_seconds")
    list_select_related = ("account",)
    search_fields = ("name", "^account__id", "=unique_id")
    search_help_text = _("Role name, account ID or unique ID")
    raw_id_fields = ("account",)
    inlines = (RolePolicyInline,)

    def get_fields(self, request: HttpRequest, obj: Role | None = None) -> tuple[Any, ...]:
        """Show the ARN and the id of a role that exists."""
        asked = ("account", "name", "path", "trust", "max_session_seconds")
        return ("arn", "unique_id", *asked, "created_at") if obj else asked

    def get_readonly_fields(self, request: HttpRequest, obj: Role | None = None) -> tuple[str, ...]:
        """Keep account, name and path once given."""
        return ("arn", "unique_id", "account", "name", "path", "created_at") if obj else ()
