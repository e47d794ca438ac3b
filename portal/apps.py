"""The app of the shell: events, inbox, checks, commands."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class PortalConfig(AppConfig):
    """Registers the checks that run at every start, and the Celery application that tasks are published through."""

    name = "portal"
    verbose_name = _("Portal")

    def ready(self) -> None:
        """Register the checks, and let connections end with their threads."""
        from portal import celery, checks  # noqa: F401, PLC0415  # registering is what the import is for, and apps must be loaded first
        from portal.core import connections  # noqa: PLC0415  # as above

        connections.follow()
