"""The app of identities."""

from django.apps import AppConfig


class AccountsConfig(AppConfig):
    """Accounts, principals, credentials, sessions."""

    name = "accounts"
    verbose_name = "Accounts and identities"
