"""Organisations, units and accounts on the admin site."""

from typing import TYPE_CHECKING

from django.contrib import admin, messages
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest
from django.template.response import TemplateResponse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from accounts.admin.base import RecordedAdmin, StackedInline, actor
from accounts.administration import flows
from accounts.models import Account, Organization, OrganizationalUnit, PasswordPolicy, Principal

if TYPE_CHECKING:
    from django.forms import ModelForm


@admin.register(Organization)
class OrganizationAdmin(RecordedAdmin[Organization]):
    """Organisations."""

    list_display = ("id", "name", "management_account")
    list_select_related = ("management_account",)
    search_fields = ("=id", "name")
    raw_id_fields = ("management_account",)
    ordering = ("pk",)

    def get_readonly_fields(self, request: HttpRequest, obj: Organization | None = None) -> tuple[str, ...]:
        """Keep an id once given: changing a key would make a second row."""
        return ("id",) if obj else ()

    def has_delete_permission(self, request: HttpRequest, obj: Organization | None = None) -> bool:
        """Nobody deletes an organisation here."""
        return False


@admin.register(OrganizationalUnit)
class OrganizationalUnitAdmin(RecordedAdmin[OrganizationalUnit]):
    """Units of an organisation's tree."""

    list_display = ("name", "id", "organization", "parent")
    list_select_related = ("organization", "parent")
    search_fields = ("=id", "name", "=organization__id")
    raw_id_fields = ("organization", "parent")
    ordering = ("pk",)

    def get_readonly_fields(self, request: HttpRequest, obj: OrganizationalUnit | None = None) -> tuple[str, ...]:
        """Keep an id once given."""
        return ("id",) if obj else ()


class PasswordPolicyInline(StackedInline[PasswordPolicy, Account]):
    """The account's password policy; without one the default policy holds."""

    model = PasswordPolicy
    extra = 0
    max_num = 1


@admin.register(Account)
class AccountAdmin(RecordedAdmin[Account]):
    """Accounts. Their state changes by acts alone, which end sessions as they must."""

    list_display = ("id", "name", "alias", "status", "organization", "has_root_credentials", "iam_users_need_mfa")
    list_filter = ("status", "has_root_credentials", "iam_users_need_mfa")
    list_select_related = ("organization",)
    search_fields = ("^id", "name", "^alias")
    search_help_text = _("Account ID, name or alias")
    raw_id_fields = ("organization", "unit")
    ordering = ("pk",)
    fields = (
        *("id", "name", "alias", "organization", "unit", "status", "closed_at", "has_root_credentials", "administrator"),
        *("contact_phone", "iam_users_need_mfa", "created_at"),
    )
    inlines = (PasswordPolicyInline,)
    actions = ("suspend", "reactivate")

    def get_readonly_fields(self, request: HttpRequest, obj: Account | None = None) -> tuple[str, ...]:
        """Keep the id once given, and the state for the acts."""
        return ("status", "closed_at", "created_at", "id") if obj else ("status", "closed_at", "created_at")

    def has_delete_permission(self, request: HttpRequest, obj: Account | None = None) -> bool:
        """Nobody deletes an account: its events would name nothing. Suspend it."""
        return False

    def save_model(self, request: HttpRequest, obj: Account, form: "ModelForm[Account]", change: bool) -> None:
        """Save; a root user whose credentials are taken away centrally is signed out with them."""
        with transaction.atomic():
            super().save_model(request, obj, form, change)
            if change and "has_root_credentials" in form.changed_data and not obj.has_root_credentials:
                for root in Principal.objects.filter(account=obj, kind=Principal.Kind.ROOT):
                    flows.sign_out_removed(root, by=actor(request))

    @admin.action(description=_("Suspend"), permissions=["change"])
    def suspend(self, request: HttpRequest, queryset: QuerySet[Account]) -> TemplateResponse | None:
        """Suspend accounts, after a question."""
        question = _("Suspend these accounts? Everybody of theirs is signed out and cannot sign in.")
        if asked := self.ask_first(request, queryset, action="suspend", question=question):
            return asked
        done = sum(flows.suspend(account, by=actor(request)) for account in queryset)
        self._report(request, ngettext("%d account has been suspended.", "%d accounts have been suspended.", done) % done, done)
        return None

    @admin.action(description=_("Reactivate"), permissions=["change"])
    def reactivate(self, request: HttpRequest, queryset: QuerySet[Account]) -> TemplateResponse | None:
        """Reactivate suspended accounts, after a question."""
        question = _("Reactivate these accounts? Their users can sign in again.")
        if asked := self.ask_first(request, queryset, action="reactivate", question=question):
            return asked
        done = sum(flows.reactivate(account, by=actor(request)) for account in queryset)
        self._report(request, ngettext("%d account has been reactivated.", "%d accounts have been reactivated.", done) % done, done)
        return None

    def _report(self, request: HttpRequest, text: str, done: int) -> None:
        self.message_user(request, text, messages.SUCCESS if done else messages.WARNING)
