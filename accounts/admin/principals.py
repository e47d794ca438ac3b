"""Root users, IAM users and operators on the admin site. No password, hash or digest is ever shown or typed here (ASVS 6.4.6)."""

from typing import Any, ClassVar

from django.contrib import admin, messages
from django.db.models import Exists, OuterRef, QuerySet
from django.http import HttpRequest
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.html import format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import get_language, gettext_lazy, ngettext
from django.utils.translation import gettext as _

from accounts.admin.attachments import PolicyAttachmentForm
from accounts.admin.base import RecordedAdmin, TabularInline, actor
from accounts.admin.forms import IamUserForm, OperatorForm, RootUserForm
from accounts.admin.permission_names import NamesPermissions
from accounts.administration import flows
from accounts.models import AccessKey, IamUser, Operator, PolicyAttachment, Principal, RootUser


def _has_device() -> Exists:
    """Return the question whether a row's principal has registered a second factor; their tables are known here by relation alone."""
    return Exists(Principal.objects.filter(pk=OuterRef("pk"), authenticator__confirmed=True))


class SecondFactorFilter(admin.SimpleListFilter):
    """Identities that have registered a second factor, or those that have not."""

    title = gettext_lazy("second factor")
    parameter_name = "second_factor"

    def lookups(self, request: HttpRequest, model_admin: object) -> list[tuple[str, object]]:  # type: ignore[override]  # lazy texts are texts
        """Return the two choices."""
        return [("no", gettext_lazy("No")), ("yes", gettext_lazy("Yes"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Principal]) -> QuerySet[Principal]:
        """Filter by whether a device is registered."""
        match self.value():
            case "no":
                return queryset.filter(~_has_device())
            case "yes":
                return queryset.filter(_has_device())
            case _:
                return queryset


class PrincipalAdmin(RecordedAdmin[Principal]):
    """What the three kinds share: the acts, each asked about first and recorded."""

    list_select_related = ("account",)
    reason_wanted = False
    add_fields: ClassVar[tuple[str, ...]] = ()

    def get_fields(self, request: HttpRequest, obj: Principal | None = None) -> tuple[Any, ...]:
        """Return what the page shows; of a principal that does not exist yet, only what is asked for."""
        return tuple(super().get_fields(request, obj)) if obj else self.add_fields

    def get_deleted_objects(self, objs: Any, request: HttpRequest) -> Any:
        """Return what goes with a deleted principal: its sessions and devices go too, though nobody may delete those by themselves."""
        shown, counts, lacking, protected = super().get_deleted_objects(objs, request)
        return shown, counts, set(lacking) & {str(self.opts.verbose_name)}, protected

    def get_queryset(self, request: HttpRequest) -> QuerySet[Principal]:
        """Return the rows, each with whether it has registered a second factor."""
        return super().get_queryset(request).annotate(registered=_has_device())

    @admin.display(description=gettext_lazy("has a second factor"), boolean=True)
    def has_second_factor(self, row: Principal) -> bool:
        """Tell whether a second factor is registered."""
        return bool(getattr(row, "registered", False))

    @admin.display(description=gettext_lazy("has a password"), boolean=True)
    def has_password(self, row: Principal) -> bool:
        """Tell whether a password is set, and nothing more of it."""
        return row.has_usable_password()

    @admin.display(description=gettext_lazy("access keys"))
    def keys(self, row: Principal) -> SafeString:
        """Show the ids of the principal's access keys, each with a link to its page, and whether it is active."""
        held = AccessKey.objects.filter(principal=row).order_by("created_at", "pk")
        shown = ((reverse("admin:accounts_accesskey_change", args=[key.pk]), key.pk, _("Active") if key.is_active else _("Inactive")) for key in held)
        return format_html_join(SafeString("<br>"), '<a class="mono" href="{}">{}</a> ({})', shown) or SafeString("-")

    @admin.action(description=gettext_lazy("Force password reset"), permissions=["change"])
    def require_new_password(self, request: HttpRequest, queryset: QuerySet[Principal]) -> TemplateResponse | None:
        """Ask for new passwords, after a question."""
        question = _("Force a password reset? They are signed out everywhere and need a new password to go on.")
        if asked := self.ask_first(request, queryset, action="require_new_password", question=question, wants_reason=self.reason_wanted):
            return asked
        reason, language = request.POST.get("reason", "").strip(), get_language() or "en"
        rows = self._allowed(request, queryset)
        for row in rows:
            flows.require_new_password(row, reason=reason, language=language, by=actor(request))
        text = ngettext("%d identity needs a new password now.", "%d identities need a new password now.", len(rows)) % len(rows)
        self.message_user(request, text, messages.SUCCESS)
        return None

    @admin.action(description=gettext_lazy("Disable"), permissions=["change"])
    def disable(self, request: HttpRequest, queryset: QuerySet[Principal]) -> TemplateResponse | None:
        """Disable identities, after a question; never oneself."""
        question = _("Disable these identities? They are signed out everywhere and cannot sign in.")
        if asked := self.ask_first(request, queryset, action="disable", question=question):
            return asked
        rows = [row for row in self._allowed(request, queryset) if row.pk != request.user.pk]
        for row in rows:
            flows.disable(row, by=actor(request))
        text = ngettext("%d identity has been disabled.", "%d identities have been disabled.", len(rows)) % len(rows)
        self.message_user(request, text, messages.SUCCESS if rows else messages.WARNING)
        return None

    @admin.action(description=gettext_lazy("Enable"), permissions=["change"])
    def enable(self, request: HttpRequest, queryset: QuerySet[Principal]) -> TemplateResponse | None:
        """Enable identities, after a question."""
        if asked := self.ask_first(request, queryset, action="enable", question=_("Enable these identities? They can sign in again.")):
            return asked
        rows = self._allowed(request, queryset)
        for row in rows:
            flows.enable(row, by=actor(request))
        text = ngettext("%d identity has been enabled.", "%d identities have been enabled.", len(rows)) % len(rows)
        self.message_user(request, text, messages.SUCCESS)
        return None

    @admin.action(description=gettext_lazy("End all sessions"), permissions=["change"])
    def end_sessions(self, request: HttpRequest, queryset: QuerySet[Principal]) -> TemplateResponse | None:
        """End every session of identities, after a question."""
        question = _(
            "End all sessions of these identities? Browsers and programs are signed out and can sign in again at once. "
            "Temporary credentials from AWS STS last to their own end; to shut those out, deny them by a policy, or disable the identity."
        )
        if asked := self.ask_first(request, queryset, action="end_sessions", question=question):
            return asked
        rows = self._allowed(request, queryset)
        for row in rows:
            flows.end_sessions(row, by=actor(request))
        text = ngettext("%d identity has been signed out everywhere.", "%d identities have been signed out everywhere.", len(rows)) % len(rows)
        self.message_user(request, text, messages.SUCCESS)
        return None

    def _allowed(self, request: HttpRequest, queryset: QuerySet[Principal]) -> list[Principal]:
        """Return the rows that the caller may act on: a superuser is for superusers."""
        may_all = bool(getattr(request.user, "is_superuser", False))
        return [row for row in queryset if may_all or not row.is_superuser]


@admin.register(RootUser)
class RootUserAdmin(PrincipalAdmin):
    """Root users. A new one has no password: its owner sets one by "Forgot password?"."""

    form = RootUserForm
    actions = ("require_new_password", "disable", "enable", "end_sessions")
    list_filter = ("is_active", SecondFactorFilter)
    raw_id_fields = ("account",)
    list_display = ("email", "account", "is_active", "has_password", "has_second_factor", "reset_required_because", "password_changed_at")
    search_fields = ("^email_key", "^account__id", "^account__alias")
    search_help_text = gettext_lazy("Email address, account ID or alias")
    add_fields = ("account", "email")
    fields = (
        *("account", "email", "is_active", "has_password", "has_second_factor", "keys"),
        *("reset_required_because", "password_changed_at", "first_sign_in_at", "created_at"),
    )
    reason_wanted = True

    def get_readonly_fields(self, request: HttpRequest, obj: Principal | None = None) -> tuple[str, ...]:
        """Leave only account and address of a new root user to the form."""
        shown: tuple[str, ...] = ("is_active", "has_password", "has_second_factor", "keys", "reset_required_because")
        shown += ("password_changed_at", "first_sign_in_at", "created_at")
        return ("account", "email", *shown) if obj else shown

    def has_delete_permission(self, request: HttpRequest, obj: Principal | None = None) -> bool:
        """Nobody deletes a root user: every account has one. Disable it."""
        return False


class PolicyAttachmentInline(TabularInline[PolicyAttachment, Principal]):
    """Managed policies attached to the user."""

    model = PolicyAttachment
    form = PolicyAttachmentForm
    extra = 0


@admin.register(IamUser)
class IamUserAdmin(PrincipalAdmin):
    """IAM users. A new one has no console password, as in IAM before its login profile is made."""

    form = IamUserForm
    actions = ("require_new_password", "disable", "enable", "end_sessions")
    raw_id_fields = ("account",)
    list_display = ("name", "account", "is_active", "has_password", "has_second_factor", "must_change_password", "password_changed_at")
    list_filter = ("is_active", "must_change_password", SecondFactorFilter)
    search_fields = ("^name_key", "^account__id", "^account__alias", "=unique_id")
    search_help_text = gettext_lazy("User name, account ID or alias, or unique ID")
    add_fields = ("account", "name")
    fields = (
        *("account", "name", "unique_id", "is_active", "has_password", "has_second_factor", "keys"),
        *("must_change_password", "password_changed_at", "created_at"),
    )
    inlines = (PolicyAttachmentInline,)

    def get_readonly_fields(self, request: HttpRequest, obj: Principal | None = None) -> tuple[str, ...]:
        """Leave only account and name of a new user to the form."""
        shown: tuple[str, ...] = ("unique_id", "is_active", "has_password", "has_second_factor", "keys")
        shown += ("must_change_password", "password_changed_at", "created_at")
        return ("account", "name", *shown) if obj else shown


@admin.register(Operator)
class OperatorAdmin(NamesPermissions, PrincipalAdmin):
    """Operators, whom superusers alone may change. New ones are made on the command line, where they type their own password."""

    form = OperatorForm
    list_display = ("name", "email", "is_active", "has_second_factor", "is_staff", "is_superuser", "password_changed_at")
    actions = ("disable", "enable", "end_sessions")
    list_filter = ("is_active", "is_staff", "is_superuser", SecondFactorFilter)
    search_fields = ("^name_key", "^email_key")
    filter_horizontal = ("groups", "user_permissions")
    readonly_fields = ("name", "is_active", "has_password", "has_second_factor", "password_changed_at", "created_at")
    fields = (
        *("name", "email", "is_active", "has_password", "has_second_factor", "password_changed_at", "created_at"),
        *("is_staff", "is_superuser", "groups", "user_permissions"),
    )

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Nobody adds an operator here."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Principal | None = None) -> bool:
        """Superusers change operators."""
        return bool(getattr(request.user, "is_superuser", False))

    def has_delete_permission(self, request: HttpRequest, obj: Principal | None = None) -> bool:
        """Nobody deletes an operator: events name them. Disable them."""
        return False
