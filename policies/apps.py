"""The app of policies."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class PoliciesConfig(AppConfig):
    """Policy enforcement."""

    name = "policies"
    verbose_name = _("Policies")

    def ready(self) -> None:
        """Let what is compiled follow every change of what it is made from."""
        from policies.enforcement.changes import follow  # noqa: PLC0415  # models are not loaded before

        follow()
