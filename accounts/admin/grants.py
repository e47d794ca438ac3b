"""Programs' sign-ins on the admin site: read only, without what they are bound to, and an act that ends them."""

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from accounts.admin.base import ReadOnlyAdmin, actor
from accounts.admin.records import OpenFilter
from accounts.administration import flows
from accounts.models import Grant, RegisteredClient


@admin.register(Grant)
class GrantAdmin(ReadOnlyAdmin[Grant]):
    """What programs were allowed. No token is stored, so none is shown; the key that a program proves is left out."""

    list_display = ("name", "principal", "client_id", "source_ip", "created_at", "rotated_at", "expires_at", "ended_at")
    list_filter = (OpenFilter, "end_reason")
    list_select_related = ("principal",)
    search_fields = ("^name", "=source_ip", "=client_id", "^principal__name_key", "^principal__email_key")
    search_help_text = gettext_lazy("Sign-in, address, client, user name or email address")
    fields = (
        *("name", "principal", "client_id", "resource", "scope", "region", "source_ip", "user_agent", "factor", "authenticated_at"),
        *("created_at", "rotated_at", "expires_at", "ended_at", "end_reason"),
    )
    actions = ("end",)

    def has_end_permission(self, request: HttpRequest) -> bool:
        """Tell whether the caller may end programs' sign-ins: whoever may change principals."""
        return request.user.has_perm("accounts.change_principal")

    @admin.action(description=gettext_lazy("End"), permissions=["end"])
    def end(self, request: HttpRequest, queryset: QuerySet[Grant]) -> TemplateResponse | None:
        """End programs' sign-ins, after a question."""
        if asked := self.ask_first(request, queryset, action="end", question=_("End these programs' sign-ins?")):
            return asked
        by = actor(request)
        done = sum(flows.end_program(grant, by=by) for grant in queryset.select_related("principal"))
        text = ngettext("%d program's sign-in has been ended.", "%d programs' sign-ins have been ended.", done) % done
        self.message_user(request, text, messages.SUCCESS)
        return None


@admin.register(RegisteredClient)
class RegisteredClientAdmin(ReadOnlyAdmin[RegisteredClient]):
    """Clients that registered themselves: what each calls itself, which nobody has verified, and where its codes may go."""

    list_display = ("name", "client_id", "region", "source_ip", "created_at")
    search_fields = ("=client_id", "^name", "=source_ip")
    search_help_text = gettext_lazy("Client, name or address")
    fields = ("name", "client_id", "redirect_uris", "grant_types", "region", "source_ip", "created_at")
