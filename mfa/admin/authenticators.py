"""Registered second factors on the admin site: which there are, never what they prove with (ASVS 6.4.6)."""

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.template.response import TemplateResponse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from accounts.admin.base import ReadOnlyAdmin, actor
from accounts.models import Principal
from mfa.base.authenticators import Removed, deactivate
from mfa.models import Authenticator


class OwnerKindFilter(admin.SimpleListFilter):
    """Devices by the kind of identity that they belong to."""

    title = _("kind of owner")
    parameter_name = "owner"

    def lookups(self, request: HttpRequest, model_admin: object) -> list[tuple[str, object]]:  # type: ignore[override]  # lazy texts are texts
        """Return the kinds of identity."""
        return [(kind.value, kind.label) for kind in Principal.Kind]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Authenticator]) -> QuerySet[Authenticator]:
        """Filter by the owner's kind."""
        return queryset.filter(user__kind=self.value()) if self.value() in Principal.Kind.values else queryset


@admin.register(Authenticator)
class AuthenticatorAdmin(ReadOnlyAdmin[Authenticator]):
    """Registered devices. No secret, key, credential id or user handle is shown; a registration under way is not shown at all."""

    list_display = ("called", "type", "owner", "account", "created_at", "last_used_at", "failures")
    list_filter = ("type", OwnerKindFilter)
    list_select_related = ("user__account",)
    search_fields = ("^user__name_key", "^user__email_key", "^user__account__id", "=serial")
    search_help_text = _("Owner's user name, email address or account ID, or serial number")
    fields = ("called", "type", "owner", "account", "serial", "created_at", "last_used_at", "failed_in_a_row")
    actions = ("deactivate",)

    def get_queryset(self, request: HttpRequest) -> "QuerySet[Authenticator]":
        """Return the devices whose registration is complete."""
        return super().get_queryset(request).filter(confirmed=True)

    @admin.display(description=_("name"))
    def called(self, row: Authenticator) -> str:
        """Show what the owner calls the device."""
        return row.name

    @admin.display(description=_("owner"))
    def owner(self, row: Authenticator) -> str:
        """Show whose device it is."""
        return str(row.user)

    @admin.display(description=_("account"))
    def account(self, row: Authenticator) -> str:
        """Show the owner's account; an operator has none."""
        return str(row.user.account or "")

    @admin.display(description=_("wrong answers in a row"))
    def failed_in_a_row(self, row: Authenticator) -> int:
        """Show how often it has been answered wrongly since it was last answered right."""
        return row.failures

    def has_deactivate_permission(self, request: HttpRequest) -> bool:
        """Tell whether the caller may deactivate devices: whoever may delete second factors."""
        return request.user.has_perm("mfa.delete_authenticator")

    @admin.action(description=_("Deactivate"), permissions=["deactivate"])
    def deactivate(self, request: HttpRequest, queryset: QuerySet[Authenticator]) -> TemplateResponse | None:
        """Deactivate devices, after a question; never one's own, whose place is the operator's security page."""
        question = _("Deactivate these devices? Their owners are signed out everywhere, and sign in without them from now on.")
        if asked := self.ask_first(request, queryset, action="deactivate", question=question):
            return asked
        may_all = bool(getattr(request.user, "is_superuser", False))
        chosen = [row for row in queryset.select_related("user") if row.user.pk != request.user.pk and (may_all or not row.user.is_superuser)]
        by = actor(request)
        done = sum(isinstance(deactivate(row.pk, by=by, origin=by.origin), Removed) for row in chosen)
        text = ngettext("%d device has been deactivated.", "%d devices have been deactivated.", done) % done
        self.message_user(request, text, messages.SUCCESS if done else messages.WARNING)
        return None
