"""Policy documents on the admin site: written by operators, with every problem told in its place."""

import re
from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib import admin
from django.forms.models import BaseInlineFormSet
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.admin.base import RecordedAdmin, TabularInline
from accounts.models import Account, OrganizationalUnit
from policies.models import PolicyDocument, PolicyTarget

if TYPE_CHECKING:
    DocumentModelForm = forms.ModelForm[PolicyDocument]
    TargetModelForm = forms.ModelForm[PolicyTarget]
    TargetFormSet = BaseInlineFormSet[PolicyTarget, PolicyDocument, forms.ModelForm[PolicyTarget]]
else:
    DocumentModelForm = TargetModelForm = forms.ModelForm
    TargetFormSet = BaseInlineFormSet

_NAME = re.compile(r"[A-Za-z0-9_+=,.@-]{1,128}")


class PolicyDocumentForm(DocumentModelForm):
    """A document; the model refuses what is not valid and names line, column and JSON path of each problem."""

    class Meta:
        model = PolicyDocument
        fields = ("type", "name", "organization", "account", "text")
        widgets = {"text": forms.Textarea(attrs={"rows": 28, "cols": 100, "spellcheck": "false", "class": "mono"})}

    def clean_name(self) -> str:
        """Refuse what is no name of a policy: it becomes part of an ARN."""
        name: str = self.cleaned_data["name"].strip()
        if not _NAME.fullmatch(name):
            raise forms.ValidationError(_("A policy name has 1 to 128 letters, digits and signs of _+=,.@-"))
        return name


class TargetForm(TargetModelForm):
    """One target of a document."""

    class Meta:
        model = PolicyTarget
        fields = ("target",)


class Targets(TargetFormSet):
    """The targets of a document, each of which must be something that the document can be attached to."""

    def clean(self) -> None:
        """Refuse targets that are not there, each beside its field."""
        super().clean()
        for form in self.forms:
            target = form.cleaned_data.get("target", "") if hasattr(form, "cleaned_data") else ""
            if target and not form.cleaned_data.get("DELETE") and not is_target(self.instance, target):
                form.add_error("target", _target_words(self.instance))


def is_target(document: PolicyDocument, target: str) -> bool:
    """Tell whether a document can be attached to `target`: its organisation's root, units and accounts, or its account's users and roles."""
    if document.organization is not None:
        organization = document.organization
        return (
            target == organization.root_id
            or OrganizationalUnit.objects.filter(pk=target, organization=organization).exists()
            or Account.objects.filter(pk=target, organization=organization).exists()
        )
    if document.account is None:
        return False
    prefix = f"arn:aws:iam::{document.account.pk}:"
    kind, _slash, name = target.removeprefix(prefix).partition("/") if target.startswith(prefix) else ("", "", "")
    if kind == "user":
        return document.account.principals.filter(kind="iam_user", name=name).exists()
    return kind == "role" and any(role.arn == target for role in document.account.roles.filter(name=name.rpartition("/")[2]))


def _target_words(document: PolicyDocument) -> str:
    if document.organization is not None:
        return _("The organization has no such target. Enter the ID of its root (r-…), of one of its units (ou-…) or of one of its accounts.")
    return _("The account has no such identity. Enter the ARN of one of its users or roles.")


class PolicyTargetInline(TabularInline[PolicyTarget, PolicyDocument]):
    """Where the document is attached."""

    model = PolicyTarget
    form = TargetForm
    formset = Targets
    extra = 1


@admin.register(PolicyDocument)
class PolicyDocumentAdmin(RecordedAdmin[PolicyDocument]):
    """Resource control policies, service control policies and identity policies."""

    form = PolicyDocumentForm
    list_display = ("name", "type", "organization", "account", "created_at")
    list_filter = ("type",)
    list_select_related = ("organization", "account")
    search_fields = ("name", "=organization__id", "=account__id")
    search_help_text = gettext_lazy("Policy name, organization ID or account ID")
    raw_id_fields = ("organization", "account")
    inlines = (PolicyTargetInline,)

    def get_readonly_fields(self, request: HttpRequest, obj: PolicyDocument | None = None) -> tuple[Any, ...]:
        """Keep type and owner once given: what it is attached to hangs on them."""
        return ("type", "organization", "account") if obj else ()
