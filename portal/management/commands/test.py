"""Run every check and the whole suite. `manage.py` takes the short way to `portal.suite.command`; this replaces Django's own `test`."""

from argparse import REMAINDER, ArgumentParser
from typing import Any

from django.core.management import BaseCommand

from portal.suite import command


class Command(BaseCommand):
    """The test run, for whoever calls it through Django."""

    help = "Run linters, types, layers, migrations, and the tests on SQLite and PostgreSQL. Arguments go to pytest and leave out the rest."
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Take the arguments as they are, for pytest."""
        parser.add_argument("arguments", nargs=REMAINDER, help="see `pytest --help`")

    def handle(self, *args: Any, arguments: list[str], **options: Any) -> None:
        """Run all of it; the exit code is the worst."""
        raise SystemExit(command.main(arguments))
