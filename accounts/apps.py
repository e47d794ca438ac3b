"""The app of identities."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class AccountsConfig(AppConfig):
    """Accounts, principals, credentials, sessions."""

    name = "accounts"
    verbose_name = _("Accounts and identities")
