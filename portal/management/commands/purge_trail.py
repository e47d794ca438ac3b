"""Drop the events whose time is over, now rather than at the next hour."""

from typing import Any

from django.core.management.base import BaseCommand

from portal.trail.retention import purge


class Command(BaseCommand):
    """`manage.py purge_trail`."""

    help = "Drop the events that are older than PORTAL_TRAIL_SECONDS on the simulated clock."

    def handle(self, *_args: Any, **_options: Any) -> None:
        """Purge and say how many events were dropped."""
        self.stdout.write(f"{purge()} events dropped.")
