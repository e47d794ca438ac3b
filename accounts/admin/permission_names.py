"""Permissions in the reader's language, for operators and their groups. Django stores their names in English when it makes them."""

from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib import admin
from django.contrib.auth.admin import GroupAdmin
from django.contrib.auth.models import Group, Permission
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from accounts.admin.base import RecordedAdmin

_ACTS = {"add": _("Add"), "change": _("Change"), "delete": _("Delete"), "view": _("View")}

if TYPE_CHECKING:
    _Page = admin.ModelAdmin[Any]
    _Choice = forms.ModelMultipleChoiceField[Permission]
else:
    _Page = object
    _Choice = forms.ModelMultipleChoiceField


class PermissionsField(_Choice):
    """A choice of permissions, each named by what it is about and the act it allows."""

    def label_from_instance(self, obj: Permission) -> str:
        """Return the name of a permission; one that is not of the four acts of every model keeps the name it was given."""
        return f"{obj.content_type} | {_ACTS.get(obj.codename.partition('_')[0], obj.name)}"


class NamesPermissions(_Page):
    """Mixed into an admin page that gives permissions: names them in the reader's language."""

    def formfield_for_manytomany(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """Return the field of a relation; permissions get their own, with their models read in the same query."""
        if db_field.related_model is Permission:
            kwargs |= {"form_class": PermissionsField, "queryset": Permission.objects.select_related("content_type")}
        return super().formfield_for_manytomany(db_field, request, **kwargs)


# Importing Django's own page of groups has registered it.
admin.site.unregister(Group)


@admin.register(Group)
class OperatorGroupAdmin(NamesPermissions, RecordedAdmin[Group], GroupAdmin):
    """Groups of operators. Superusers alone change them: whoever may give a group permissions may give them to himself."""

    ordering = ("pk",)

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Superusers add groups."""
        return bool(getattr(request.user, "is_superuser", False))

    def has_change_permission(self, request: HttpRequest, obj: Group | None = None) -> bool:
        """Superusers change groups."""
        return bool(getattr(request.user, "is_superuser", False))

    def has_delete_permission(self, request: HttpRequest, obj: Group | None = None) -> bool:
        """Superusers delete groups."""
        return bool(getattr(request.user, "is_superuser", False))
