"""Events, the digests that seal them, and captured mails on the admin site: read only."""

import json

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from accounts.admin.base import ReadOnlyAdmin
from portal.inbox.models import Message
from portal.trail.digests.models import Digest, Verification
from portal.trail.models import Event
from portal.trail.names import EventName


class EventNameFilter(admin.SimpleListFilter):
    """The events' names, from the list of names and not from the table, which may be long."""

    title = _("event")
    parameter_name = "event_name"

    def lookups(self, request: HttpRequest, model_admin: object) -> list[tuple[str, str]]:
        """Return every name."""
        return [(name.value, name.value) for name in EventName]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Event]) -> QuerySet[Event]:
        """Filter by name."""
        return queryset.filter(event_name=self.value()) if self.value() else queryset


def _pretty(text: str) -> SafeString:
    try:
        shown = json.dumps(json.loads(text), indent=2, ensure_ascii=False)
    except ValueError:
        shown = text
    return format_html('<pre class="mono">{}</pre>', shown)


@admin.register(Event)
class EventAdmin(ReadOnlyAdmin[Event]):
    """The event log, newest first."""

    list_display = ("event_time", "event_name", "succeeded", "account_id", "principal_key", "source_ip")
    list_filter = ("succeeded", EventNameFilter)
    search_fields = ("=account_id", "=principal_key", "=source_ip", "^event_name")
    search_help_text = _("Account ID, identity, address or event")
    fields = ("event_id", "event_time", "event_name", "succeeded", "account_id", "principal_key", "source_ip", "region", "whole_record", "whole_note")

    @admin.display(description=_("record"))
    def whole_record(self, row: Event) -> SafeString:
        """Show the record as CloudTrail would deliver it."""
        return _pretty(row.record)

    @admin.display(description=_("simulator's note"))
    def whole_note(self, row: Event) -> SafeString | str:
        """Show what the simulator knows beside the record."""
        return _pretty(row.note) if row.note else ""


@admin.register(Digest)
class DigestAdmin(ReadOnlyAdmin[Digest]):
    """The digests that seal the event log, newest first. What they list is for `manage.py trail verify`."""

    list_display = ("number", "kind", "made_at", "sealed_through", "count", "digest")
    list_filter = ("kind",)
    fields = (
        *("number", "kind", "made_at", "sealed_after", "sealed_through", "first_id", "last_id", "count"),
        *("listed_digest", "totals", "previous", "digest", "signature"),
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[Digest]:
        """Leave the lists unread: each has 50 kB."""
        return super().get_queryset(request).defer("listed")


@admin.register(Verification)
class VerificationAdmin(ReadOnlyAdmin[Verification]):
    """How verifying the event log went, newest first."""

    list_display = ("verified_at", "since", "number", "events", "findings")
    fields = ("verified_at", "since", "number", "events", "findings")


@admin.register(Message)
class MessageAdmin(ReadOnlyAdmin[Message]):
    """Captured mails. Their text may hold codes and links, so it is read in the inbox and not here."""

    list_display = ("received_at", "subject", "recipient", "sender")
    search_fields = ("^recipient_key", "subject")
    search_help_text = _("Recipient or subject")
    fields = ("received_at", "sender", "recipient", "subject", "message_id", "in_inbox")

    @admin.display(description=_("text"))
    def in_inbox(self, row: Message) -> SafeString:
        """Lead to the mail in the inbox."""
        return format_html('<a href="{}">{}</a>', reverse("inbox:message", args=[row.pk]), _("Open in the inbox"))
