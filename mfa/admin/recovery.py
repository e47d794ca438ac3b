"""Recoveries without any second factor, and the phone calls they make, on the admin site: read only."""

from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from accounts.admin.base import ReadOnlyAdmin
from mfa.models import FactorRecovery, PhoneCall


@admin.register(FactorRecovery)
class FactorRecoveryAdmin(ReadOnlyAdmin[FactorRecovery]):
    """How far each recovery has come. What its link, its call and its browser prove themselves with is not shown."""

    list_display = ("id", "principal", "created_at", "email_verified_at", "phone_verified_at", "used_at")
    list_select_related = ("principal",)
    search_fields = ("^principal__email_key", "^principal__account__id")
    search_help_text = _("Email address or account ID")
    fields = ("principal", "created_at", "expires_at", "email_verified_at", "calls", "tries", "phone_verified_at", "used_at")


@admin.register(PhoneCall)
class PhoneCallAdmin(ReadOnlyAdmin[PhoneCall]):
    """Who was called and when. The digits are for the phone alone."""

    list_display = ("id", "number", "created_at", "expires_at")
    search_fields = ("^number",)
    search_help_text = _("Phone number")
    fields = ("number", "created_at", "expires_at")
