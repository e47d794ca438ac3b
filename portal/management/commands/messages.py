"""`manage.py messages`: collect the texts of templates and modules into the catalogues, and compile these."""

from argparse import ArgumentParser
from importlib import import_module
from importlib.util import find_spec
from typing import Any

from django.core.management.base import BaseCommand, CommandError


class Command(BaseCommand):
    """`manage.py messages [--check]`."""

    help = "Update the message catalogues from the templates and modules, keeping translations, and compile them."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare `--check`."""
        parser.add_argument("--check", action="store_true", help="Change nothing; exit 1 and name what is missing, fuzzy, stale or not compiled.")

    def handle(self, *_args: Any, check: bool, **_options: Any) -> None:
        """Do one or the other for every language; what is wrong is named line by line."""
        if find_spec("babel") is None:
            raise CommandError("Babel is missing. Install what the tests need: `.venv/bin/pip install -r tests/requirements.txt`.")
        flows = import_module("portal.messages.flows")  # needs Babel, which a portal that only runs does not have
        found = flows.check() if check else flows.refresh()
        for line in found:
            self.stdout.write(line)
        if check and found:
            raise CommandError(f"{len(found)} problems in the message catalogues. Run `manage.py messages` and translate what is missing.")
        if check:
            self.stdout.write("The message catalogues are complete.")
