"""Bring a data folder up to date: tables, static files, and the demo world in an empty database."""

from argparse import ArgumentParser
from typing import Any

from django.core.management import BaseCommand, call_command

from accounts.models import Account
from portal.world.flows import load_world, reset_world


class Command(BaseCommand):
    """Everything that `demo` needs before it serves; safe to run again."""

    help = "Migrate the database, collect static files (--static), and load the demo world where there is none, or anew (--reset)."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the options."""
        parser.add_argument("--static", action="store_true", help="collect the static files as well")
        parser.add_argument("--reset", action="store_true", help="load the demo world anew")

    def handle(self, *args: Any, static: bool, reset: bool, **options: Any) -> None:
        """Run the steps in order; the world is loaded only where there is no account yet, so that nobody's work is lost."""
        call_command("migrate", interactive=False, verbosity=0, skip_checks=True)
        if static:
            call_command("collectstatic", interactive=False, clear=True, verbosity=0, skip_checks=True)
        if not Account.objects.exists():
            load_world(name="anycompany")
        elif reset:
            reset_world()
