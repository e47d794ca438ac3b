"""Run the whole portal on this machine. `manage.py` takes the short way to `portal.demo.command`; this lists it in the help."""

from argparse import REMAINDER, ArgumentParser
from typing import Any

from django.core.management import BaseCommand

from portal.demo import command


class Command(BaseCommand):
    """The demo, for whoever calls it through Django."""

    help = "Run the whole portal on this machine, with the demo world in it, until Ctrl-C."
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Take the arguments as they are; `portal.demo.options` reads them."""
        parser.add_argument("arguments", nargs=REMAINDER, help="see `manage.py demo --help`")

    def handle(self, *args: Any, arguments: list[str], **options: Any) -> None:
        """Run until a stop is asked for; the exit code says how it ended."""
        raise SystemExit(command.main(arguments))
