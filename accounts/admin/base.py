"""What the admin classes share: lists by key, changes recorded as events, and acts that ask before they are done."""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, TypeVar

from django.contrib import admin
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.contrib.admin.views.main import ChangeList
from django.core.exceptions import ObjectDoesNotExist
from django.db import connection, models, transaction
from django.forms import ModelForm
from django.forms.models import BaseModelFormSet
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.functional import Promise

from accounts.admin.by_key import ByKeyChangeList
from accounts.administration.acts import Act, Actor
from accounts.administration.flows import name_of, record_act
from accounts.models import Account, Principal
from portal.network.origin import origin_of

Row = TypeVar("Row", bound=models.Model)
Child = TypeVar("Child", bound=models.Model)

if TYPE_CHECKING:
    ModelAdmin = admin.ModelAdmin
    StackedInline = admin.StackedInline
    TabularInline = admin.TabularInline
else:
    # Django's admin classes name their model for type checkers alone.
    class _Named:
        def __class_getitem__(cls, _row: object) -> type:
            return cls

    class ModelAdmin(_Named, admin.ModelAdmin):
        """Django's ModelAdmin."""

    class StackedInline(_Named, admin.StackedInline):
        """Django's StackedInline."""

    class TabularInline(_Named, admin.TabularInline):
        """Django's TabularInline."""


def actor(request: HttpRequest) -> Actor:
    """Return who is at work: the site lets nobody but an operator come this far."""
    operator = Principal.objects.get(kind=Principal.Kind.OPERATOR, unique_id=request.user.get_username())
    return Actor(operator, origin_of(request))


def target_of(row: models.Model) -> tuple[str, str]:
    """Return how events name `row`, and the account that it belongs to or an empty text."""
    if isinstance(row, Principal):
        return name_of(row), str(row.account_id or "")
    return f"{row._meta.label}:{row.pk}", row.pk if isinstance(row, Account) else ""


class ListedAdmin(ModelAdmin[Row]):
    """A list that pages by key, without counts, and confirms acts before they are done."""

    list_per_page = 50
    show_full_result_count = False
    show_facets = admin.ShowFacets.NEVER
    sortable_by = ()
    change_list_template = "admin/by_key.html"

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[ChangeList]:
        """Page by key."""
        return ByKeyChangeList

    def lookup_allowed(self, lookup: str, value: str, request: HttpRequest) -> bool:  # type: ignore[override]  # Django always gives the request
        """Allow the filters that the page offers, and no other column.

        Django lets a list be filtered by every column of its own table: `?password__startswith=` would tell a hash letter by letter.
        """
        offered = [item if isinstance(item, str) else getattr(item, "parameter_name", "") for item in self.get_list_filter(request)]
        return any(lookup == name or lookup.startswith(f"{name}__") for name in offered if name) and super().lookup_allowed(lookup, value, request)

    def ask_first(
        self, request: HttpRequest, rows: Iterable[Row], *, action: str, question: str | Promise, wants_reason: bool = False
    ) -> TemplateResponse | None:
        """Return the page that names `rows` and asks before `action`; None once its answer was yes, with a reason where one is wanted."""
        reason = request.POST.get("reason", "").strip()
        confirmed = request.POST.get("confirmed") == "yes"
        if confirmed and (not wants_reason or 0 < len(reason) <= 200):
            return None
        context = {
            **self.admin_site.each_context(request),
            "title": question,
            "opts": self.opts,
            "rows": list(rows),
            "action": action,
            "wants_reason": wants_reason,
            "reason": reason,
            "reason_missing": confirmed,
            "checkbox": ACTION_CHECKBOX_NAME,
        }
        request.current_app = self.admin_site.name
        return TemplateResponse(request, "admin/confirm_act.html", context)


class RecordedAdmin(ListedAdmin[Row]):
    """Every addition, change and deletion is an event in the same transaction; it names the fields, never their values."""

    def get_object(self, request: HttpRequest, object_id: str, from_field: str | None = None) -> Row | None:
        """Return the row of a page; None for one that is not there. What a form is about to change or delete is locked, and read once it is.

        Forms save the whole row. So nobody may write to it in between: an identity that is disabled at that moment would be enabled again
        and its standing put back, and one that is deleted would be made anew.
        """
        row = super().get_object(request, object_id, from_field)
        # Django opens a transaction for the forms alone; the page of a row's history reads without one, however it is asked for.
        if row is not None and request.method == "POST" and connection.in_atomic_block:
            try:
                row.refresh_from_db(from_queryset=self.model._base_manager.select_for_update(no_key=True))  # noqa: SLF001  # the model API
            except ObjectDoesNotExist:
                return None
        return row

    def save_model(self, request: HttpRequest, obj: Row, form: "ModelForm[Row]", change: bool) -> None:
        """Save, and record which fields."""
        with transaction.atomic():
            super().save_model(request, obj, form, change)
            if form.changed_data or not change:
                self._record(request, Act.CHANGE if change else Act.ADD, obj, {"fields": form.changed_data})

    def save_related(self, request: HttpRequest, form: "ModelForm[Row]", formsets: "Iterable[BaseModelFormSet[Any, Any]]", change: bool) -> None:
        """Save what hangs on the row, and record what kind of thing changed."""
        changed = [str(formset.model.__name__) for formset in formsets if formset.has_changed()]
        with transaction.atomic():
            super().save_related(request, form, formsets, change)
            if changed:
                self._record(request, Act.CHANGE, form.instance, {"related": changed})

    def delete_model(self, request: HttpRequest, obj: Row) -> None:
        """Delete, and record it."""
        with transaction.atomic():
            self._record(request, Act.DELETE, obj, {})
            super().delete_model(request, obj)

    def delete_queryset(self, request: HttpRequest, queryset: "models.QuerySet[Row]") -> None:
        """Delete each row, and record each."""
        with transaction.atomic():
            for row in queryset:
                self._record(request, Act.DELETE, row, {})
            super().delete_queryset(request, queryset)

    def _record(self, request: HttpRequest, act: Act, row: models.Model, details: dict[str, Any]) -> None:
        target, account = target_of(row)
        record_act(act, by=actor(request), target=target, account=account, details=details)


class ReadOnlyAdmin(ListedAdmin[Row]):
    """Rows that are looked at and never edited; what may be done to one is a button on its page, which asks first as the list does."""

    change_form_template = "admin/with_acts.html"

    def change_view(self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """Show the row, with the acts that the caller may do to it."""
        acts = [{"name": name, "label": label} for name, label in self.get_action_choices(request, [])]
        listed = reverse(f"admin:{self.opts.app_label}_{self.opts.model_name}_changelist", current_app=self.admin_site.name)
        offered = {"acts": acts, "list_address": listed, "checkbox": ACTION_CHECKBOX_NAME}
        return super().change_view(request, object_id, form_url, offered | (extra_context or {}))

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Nobody adds."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Row | None = None) -> bool:
        """Nobody changes."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Row | None = None) -> bool:
        """Nobody deletes."""
        return False
