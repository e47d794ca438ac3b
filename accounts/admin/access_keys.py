"""Access keys on the admin site: which there are, made, switched off and on, and deleted. A secret is shown once, when its key is made."""

from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import ValidationError
from django.db.models import Model, QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from accounts.access_keys import flows
from accounts.access_keys.flows import MOST_KEYS, NewKey
from accounts.admin.base import ReadOnlyAdmin, actor
from accounts.models import AccessKey, Principal
from portal.core.http import no_store

if TYPE_CHECKING:
    KeyModelForm = forms.ModelForm[AccessKey]
else:
    KeyModelForm = forms.ModelForm

HOLDERS = (Principal.Kind.ROOT, Principal.Kind.IAM_USER)
"""Kinds of principals that have access keys."""


class NewKeyForm(KeyModelForm):
    """Whose key is to be made."""

    class Meta:
        model = AccessKey
        fields = ("principal",)

    def clean_principal(self) -> Principal:
        """Refuse who can have no key, or no further one."""
        principal: Principal = self.cleaned_data["principal"]
        if principal.kind not in HOLDERS:
            raise ValidationError(_("Only root users and IAM users have access keys."))
        if not flows.has_room(principal):
            words = _("%(name)s has %(most)d access keys, as many as anybody may have. Delete one first.")
            raise ValidationError(words % {"name": principal, "most": MOST_KEYS})
        return principal


@admin.register(AccessKey)
class AccessKeyAdmin(ReadOnlyAdmin[AccessKey]):
    """Access keys, without their secrets."""

    form = NewKeyForm
    add_form_template = "admin/change_form.html"
    list_display = ("id", "principal", "account", "status", "created_at", "last_used_at")
    list_select_related = ("principal__account",)
    list_filter = ("is_active",)
    search_fields = ("=id", "^principal__name_key", "=principal__account__id")
    search_help_text = gettext_lazy("Access key ID, user name or account ID")
    raw_id_fields = ("principal",)
    fields = ("id", "principal", "account", "status", "created_at", "last_used_at")
    actions = ("deactivate", "activate", "remove")

    @admin.display(description=gettext_lazy("account"))
    def account(self, row: AccessKey) -> str:
        """Show the owner's account."""
        return str(row.principal.account or "")

    @admin.display(description=gettext_lazy("status"))
    def status(self, row: AccessKey) -> str:
        """Tell whether requests signed with the key are taken."""
        return _("Active") if row.is_active else _("Inactive")

    def get_fields(self, request: HttpRequest, obj: Model | None = None) -> Any:
        """Ask for nothing but the owner of a new key."""
        return self.fields if obj else ("principal",)

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Whoever has the permission makes keys."""
        return request.user.has_perm("accounts.add_accesskey")

    def has_switch_permission(self, request: HttpRequest) -> bool:
        """Whoever may change keys switches them off and on."""
        return request.user.has_perm("accounts.change_accesskey")

    def has_remove_permission(self, request: HttpRequest) -> bool:
        """Whoever may delete keys deletes them here, by the flow that records it."""
        return request.user.has_perm("accounts.delete_accesskey")

    def save_model(self, request: HttpRequest, obj: AccessKey, form: Any, change: bool) -> None:
        """Make the key, and keep its secret for the one page that shows it."""
        by = actor(request)
        made = flows.make_key(obj.principal, origin=by.origin, by=by.operator)
        obj.pk = made.id
        request.__dict__["new_access_key"] = made

    def response_add(self, request: HttpRequest, obj: AccessKey, post_url_continue: str | None = None) -> HttpResponse:
        """Show id and secret, this once; nothing keeps the page."""
        made: NewKey = request.__dict__["new_access_key"]
        context = {**self.admin_site.each_context(request), "title": _("Access key made"), "opts": self.opts, "made": made, "owner": obj.principal}
        request.current_app = self.admin_site.name
        return no_store(TemplateResponse(request, "admin/new_access_key.html", context))

    @admin.action(description=gettext_lazy("Deactivate"), permissions=["switch"])
    def deactivate(self, request: HttpRequest, queryset: QuerySet[AccessKey]) -> TemplateResponse | None:
        """Switch keys off, after a question."""
        question = _("Deactivate these access keys? Requests signed with them are refused from now on; they can be activated again.")
        if asked := self.ask_first(request, queryset, action="deactivate", question=question):
            return asked
        done = self._switch(request, queryset, active=False)
        self._report(request, ngettext("%d access key has been deactivated.", "%d access keys have been deactivated.", done) % done, done)
        return None

    @admin.action(description=gettext_lazy("Activate"), permissions=["switch"])
    def activate(self, request: HttpRequest, queryset: QuerySet[AccessKey]) -> TemplateResponse | None:
        """Switch keys on, after a question."""
        question = _("Activate these access keys? Requests signed with them are taken again.")
        if asked := self.ask_first(request, queryset, action="activate", question=question):
            return asked
        done = self._switch(request, queryset, active=True)
        self._report(request, ngettext("%d access key has been activated.", "%d access keys have been activated.", done) % done, done)
        return None

    @admin.action(description=gettext_lazy("Delete"), permissions=["remove"])
    def remove(self, request: HttpRequest, queryset: QuerySet[AccessKey]) -> TemplateResponse | None:
        """Delete keys, after a question."""
        question = _("Delete these access keys? Whatever signs with them stops working, for good.")
        if asked := self.ask_first(request, queryset, action="remove", question=question):
            return asked
        by = actor(request)
        done = sum(flows.delete_key(key, origin=by.origin, by=by.operator) for key in queryset.select_related("principal__account"))
        self._report(request, ngettext("%d access key has been deleted.", "%d access keys have been deleted.", done) % done, done)
        return None

    def _switch(self, request: HttpRequest, queryset: QuerySet[AccessKey], *, active: bool) -> int:
        by = actor(request)
        rows = queryset.select_related("principal__account")
        return sum(flows.switch_key(key, active=active, origin=by.origin, by=by.operator) for key in rows)

    def _report(self, request: HttpRequest, text: str, done: int) -> None:
        self.message_user(request, text, messages.SUCCESS if done else messages.WARNING)
