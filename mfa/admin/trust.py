"""Trusted devices on the admin site."""

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.template.response import TemplateResponse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from accounts.admin.base import ReadOnlyAdmin, actor
from mfa.admin.acts import forget_trusted_device
from mfa.models import TrustedDevice


@admin.register(TrustedDevice)
class TrustedDeviceAdmin(ReadOnlyAdmin[TrustedDevice]):
    """Browsers that need not show a second factor again. Neither the token's digest nor the fingerprint is shown."""

    list_display = ("id", "principal", "browser", "system", "address", "created_at", "last_used_at", "expires_at")
    list_select_related = ("principal",)
    search_fields = ("^principal__name_key", "^principal__email_key", "=address")
    search_help_text = _("User name, email address or IP address")
    fields = ("principal", "browser", "system", "network", "address", "created_at", "last_used_at", "expires_at")
    actions = ("forget",)

    def has_forget_permission(self, request: HttpRequest) -> bool:
        """Tell whether the caller may forget trusted devices: whoever may delete them."""
        return request.user.has_perm("mfa.delete_trusteddevice")

    @admin.action(description=_("Forget"), permissions=["forget"])
    def forget(self, request: HttpRequest, queryset: QuerySet[TrustedDevice]) -> TemplateResponse | None:
        """Forget trusted devices, after a question."""
        question = _("Forget these trusted devices? Their owners are asked for a second factor at the next sign-in there.")
        if asked := self.ask_first(request, queryset, action="forget", question=question):
            return asked
        may_all = bool(getattr(request.user, "is_superuser", False))
        rows = [row for row in queryset.select_related("principal") if may_all or not row.principal.is_superuser]
        by = actor(request)
        done = sum(forget_trusted_device(row, by=by) for row in rows)
        text = ngettext("%d trusted device has been forgotten.", "%d trusted devices have been forgotten.", done) % done
        self.message_user(request, text, messages.SUCCESS if done else messages.WARNING)
        return None
