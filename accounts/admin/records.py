"""Sign-in sessions and outgoing mails on the admin site: read only, without what they prove or carry."""

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.template.response import TemplateResponse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from accounts.admin.base import ReadOnlyAdmin, actor
from accounts.administration import flows
from accounts.models import OutgoingMail, SignInSession


class OpenFilter(admin.SimpleListFilter):
    """Sessions that have not been ended, or those that have."""

    title = _("ended")
    parameter_name = "ended"

    def lookups(self, request: HttpRequest, model_admin: object) -> list[tuple[str, object]]:  # type: ignore[override]  # lazy texts are texts
        """Return the two choices."""
        return [("no", _("No")), ("yes", _("Yes"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[SignInSession]) -> QuerySet[SignInSession]:
        """Filter by whether a session was ended before its time."""
        return queryset if self.value() not in {"no", "yes"} else queryset.filter(ended_at__isnull=self.value() == "no")


@admin.register(SignInSession)
class SignInSessionAdmin(ReadOnlyAdmin[SignInSession]):
    """Sign-in sessions. Neither the secret nor its digest is shown."""

    list_display = ("name", "principal", "source_ip", "created_at", "expires_at", "ended_at")
    list_filter = (OpenFilter, "end_reason")
    list_select_related = ("principal",)
    search_fields = ("^name", "=source_ip", "^principal__name_key", "^principal__email_key")
    search_help_text = _("Session, address, user name or email address")
    fields = (
        *("name", "principal", "region", "source_ip", "user_agent", "created_at", "factor", "console_since", "authenticated_at"),
        *("last_seen_at", "expires_at", "ended_at", "end_reason"),
    )
    actions = ("end",)

    def has_end_permission(self, request: HttpRequest) -> bool:
        """Tell whether the caller may end sessions: whoever may change principals."""
        return request.user.has_perm("accounts.change_principal")

    @admin.action(description=_("End"), permissions=["end"])
    def end(self, request: HttpRequest, queryset: QuerySet[SignInSession]) -> TemplateResponse | None:
        """End sessions, after a question."""
        if asked := self.ask_first(request, queryset, action="end", question=_("End these sessions?")):
            return asked
        may_all = bool(getattr(request.user, "is_superuser", False))
        rows = [session for session in queryset.select_related("principal") if may_all or not session.principal.is_superuser]
        done = sum(flows.end_session(session, by=actor(request)) for session in rows)
        self.message_user(request, ngettext("%d session has been ended.", "%d sessions have been ended.", done) % done, messages.SUCCESS)
        return None


@admin.register(OutgoingMail)
class OutgoingMailAdmin(ReadOnlyAdmin[OutgoingMail]):
    """The outbox. What a mail carries is sealed and is not shown."""

    list_display = ("id", "kind", "recipient", "state", "tries", "created_at", "sent_at")
    list_filter = ("state", "language")
    search_fields = ("^recipient", "=kind")
    search_help_text = _("Recipient or kind")
    fields = ("recipient", "kind", "language", "state", "tries", "not_before", "worthless_after", "created_at", "sent_at")
