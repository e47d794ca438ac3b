"""Policy documents on the admin site: written by operators, with every problem told in its place."""

from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib import admin
from django.forms.models import BaseInlineFormSet
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.admin.base import RecordedAdmin, TabularInline
from policies.language import PolicyType
from policies.models import PolicyDocument, PolicyTarget
from policies.organization.flows import attached_to
from policies.organization.rules import ALWAYS_ATTACHED, NAME, normalised
from policies.organization.tree import is_target as is_in_organization
from portal.conf import conf

if TYPE_CHECKING:
    DocumentModelForm = forms.ModelForm[PolicyDocument]
    TargetModelForm = forms.ModelForm[PolicyTarget]
    TargetFormSet = BaseInlineFormSet[PolicyTarget, PolicyDocument, forms.ModelForm[PolicyTarget]]
else:
    DocumentModelForm = TargetModelForm = forms.ModelForm
    TargetFormSet = BaseInlineFormSet


class PolicyDocumentForm(DocumentModelForm):
    """A document; the model refuses what is not valid and names line, column and JSON path of each problem."""

    class Meta:
        model = PolicyDocument
        fields = ("type", "name", "organization", "account", "text")
        widgets = {"text": forms.Textarea(attrs={"rows": 28, "cols": 100, "spellcheck": "false", "class": "mono"})}

    def clean_name(self) -> str:
        """Refuse what is no name of a policy: it becomes part of an ARN."""
        name: str = self.cleaned_data["name"].strip()
        if not NAME.fullmatch(name):
            raise forms.ValidationError(_("A policy name has 1 to 128 letters, digits and signs of _+=,.@-"))
        return name

    def clean_text(self) -> str:
        """Return the document with the line ends that are counted and kept."""
        return normalised(self.cleaned_data["text"])

    def clean(self) -> dict[str, Any]:
        """Refuse the name of the policy that AWS itself attaches everywhere."""
        cleaned = super().clean() or self.cleaned_data
        kind = str(cleaned.get("type") or self.instance.type)
        always = ALWAYS_ATTACHED.get(PolicyType(kind)) if kind in PolicyDocument.Type.values else None
        if always is not None and cleaned.get("name") == always.name:
            self.add_error("name", _("This is the name of the policy that is attached to everything and cannot be changed. Choose another name."))
        return cleaned


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
            if not target or form.cleaned_data.get("DELETE"):
                continue
            if not is_target(self.instance, target):
                form.add_error("target", _target_words(self.instance))
            elif "target" in form.changed_data and is_full(self.instance, target):
                words = _("`%(target)s` has %(most)d policies of this kind, as many as it may.")
                form.add_error("target", words % {"target": target, "most": conf.policies_per_target})


def is_target(document: PolicyDocument, target: str) -> bool:
    """Tell whether a document can be attached to `target`: its organisation's root, units and accounts, or its account's users and roles."""
    if document.organization is not None:
        return is_in_organization(document.organization, target)
    if document.account is None:
        return False
    prefix = f"arn:aws:iam::{document.account.pk}:"
    kind, _slash, name = target.removeprefix(prefix).partition("/") if target.startswith(prefix) else ("", "", "")
    if kind == "user":
        return document.account.principals.filter(kind="iam_user", name=name).exists()
    return kind == "role" and any(role.arn == target for role in document.account.roles.filter(name=name.rpartition("/")[2]))


def is_full(document: PolicyDocument, target: str) -> bool:
    """Tell whether a root, unit or account has as many policies of the document's kind as it may."""
    if document.organization_id is None or document.type not in {kind.value for kind in ALWAYS_ATTACHED}:
        return False
    return attached_to(document.organization_id, PolicyType(document.type), target) >= conf.policies_per_target


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
