"""The app of second factors."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class MfaConfig(AppConfig):
    """Second factors."""

    name = "mfa"
    verbose_name = _("Second factors")
