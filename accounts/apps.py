"""The app of identities."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class AccountsConfig(AppConfig):
    """Accounts, principals, credentials, sessions."""

    name = "accounts"
    verbose_name = _("Accounts and identities")

    def ready(self) -> None:
        """Follow the rows that issued credentials depend on."""
        from accounts.access_keys import revocation  # noqa: PLC0415  # models are there only now

        revocation.follow()
