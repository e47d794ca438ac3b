"""`manage.py world load|dump|reset`: the simulated world from the command line."""

import sys
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from portal.core.errors import PortalError
from portal.world.dumping import dump_world
from portal.world.errors import WorldError
from portal.world.flows import DEFAULT, load_world, reset_world
from portal.world.people import people


class Command(BaseCommand):
    """Loads, dumps or resets the world of the configured database."""

    help = "Load a world file, dump the present world as one, or put the world back as it was loaded."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the three acts and what each takes."""
        acts = parser.add_subparsers(dest="act", required=True)
        load = acts.add_parser("load", help="Load a bundled world or a .yaml file into an empty database.")
        load.add_argument("name", nargs="?", default=DEFAULT, help=f"A bundled world or the path of a .yaml file; default {DEFAULT}.")
        load.add_argument("--replace", action="store_true", help="Replace everything the database holds: accounts, people, sessions, mails, events.")
        dump = acts.add_parser("dump", help="Write the present world as YAML.")
        dump.add_argument("file", nargs="?", help="Where to write it; default: standard output.")
        acts.add_parser("reset", help="Put everything back as it was loaded.")

    def handle(self, *args: Any, act: str, **options: Any) -> None:
        """Do one of the three acts; failures are one line and an exit code of 1."""
        try:
            if act == "load":
                load_world(options["name"], replace=options["replace"])
                self.stdout.write(f"Loaded {options['name']}: {len(people())} people.")
            elif act == "dump":
                self._dump(options["file"])
            else:
                reset_world()
                self.stdout.write(f"Reset: {len(people())} people.")
        except WorldError as error:
            raise CommandError(str(error)) from error
        except PortalError as error:
            raise CommandError(error.public) from error
        except OSError as error:
            raise CommandError(f"{error.filename}: {error.strerror}.") from error

    def _dump(self, file: str | None) -> None:
        if file is None:
            sys.stdout.write(dump_world())
        else:
            Path(file).write_text(dump_world(name=Path(file).stem), encoding="utf-8")
            self.stdout.write(f"Wrote {file}.")
