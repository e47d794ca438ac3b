"""`manage.py bench signin` and `bench oauth` drive the running demo from this process, `bench policies` times decisions; each prints figures.

A bench signs people in and makes users of its own, so it works on the demo's database and tells the demo's cache. Both addresses are
the demo's to know: the bench takes on the environment of the demo's web server, whatever shell it was called in. An environment
passes from process to process; no secret stands in a file or on a command line for that.
"""

import json
import os
import sys
from argparse import ArgumentParser
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NoReturn

from django.core.management.base import BaseCommand, CommandError

from portal.benchmark import oauth, policies, signin
from portal.benchmark.costs import Processes
from portal.benchmark.processes import environment_of
from portal.conf import conf
from portal.world.people import people

_OWN = "PORTAL_"
"""How the names of the portal's variables begin."""


def _begin_anew(variables: dict[str, str]) -> NoReturn:
    """Run this very command once more, with these as the portal's variables: the settings were read from others."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(_OWN)}
    os.execve(sys.executable, [sys.executable, *sys.argv], kept | variables)  # noqa: S606  # this very program


def _own_variables(environment: Mapping[str, str]) -> dict[str, str]:
    return {name: value for name, value in environment.items() if name.startswith(_OWN)}


class Command(BaseCommand):
    """Bench sign-ins, or programs' tokens and calls, against a demo that runs on this machine, or decisions in this very process."""

    help = "Measure what sign-ins or programs' tokens cost in the running demo (start it first, in another terminal), or deciding policies."
    requires_system_checks = ()  # what is served has passed them; they would double the time

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the options."""
        parser.add_argument("what", choices=["signin", "oauth", "policies"])
        parser.add_argument("--data", type=Path, help="the demo's data folder (default: var/)")
        parser.add_argument("--count", type=int, help="sign-ins, or requests of each kind, of the cost measurement (default 200, oauth: 1000)")
        parser.add_argument("--seconds", type=float, default=10, help="length of the phase under load (default 10)")
        parser.add_argument("--clients", type=int, default=8, help="browsers of the saturated phase (default 8)")
        parser.add_argument("--past", type=int, default=10_000, help="past sessions of the identity in the comparison (default 10000; 0: skip it)")
        parser.add_argument("--json", action="store_true", help="print one JSON object")

    def handle(self, *args: Any, **options: Any) -> None:
        """Run and print."""
        folder = (options["data"] or conf.data_dir).resolve()
        if options["what"] == "policies":
            if folder != conf.data_dir.resolve():
                _begin_anew(_own_variables(os.environ) | {"PORTAL_DATA": str(folder)})
            decisions = policies.run()
            self._print(decisions, as_json=options["json"])
            for sentence in policies.not_measured(decisions):
                self.stderr.write(sentence, self.style.NOTICE)
            return
        running = self._running(folder)
        web = [running["web"], *running["web_workers"]]
        database = "" if conf.database_url.startswith("sqlite") else "postgres"
        try:
            figures = self._measure(running["base_url"], Processes(web, database), options)
        except OSError as error:
            raise CommandError(f"The demo at {running['base_url']} does not answer: {error}") from error
        steps: Any = {} if options["json"] else figures.pop("steps")
        self._print(figures, as_json=options["json"])
        for label, values in steps.items():
            self.stdout.write(f"  {label:<28}" + "  ".join(f"{name} {value}" for name, value in values.items()))
        sys.stdout.flush()

    def _running(self, folder: Path) -> dict[str, Any]:
        """Return what the demo on `folder` noted of itself; begins anew where this process has another environment than it."""
        try:
            running: dict[str, Any] = json.loads((folder / "run" / "processes.json").read_text("utf-8"))
            theirs = _own_variables(environment_of(running["web"]))
        except PermissionError as error:
            raise CommandError(f"The demo on {folder} is somebody else's. Run the bench as the user who started it.") from error
        except (OSError, ValueError) as error:
            raise CommandError(f"No demo is running on {folder}. Start one: python3 manage.py demo") from error
        if theirs.get("PORTAL_DATA") != str(folder):
            raise CommandError(f"No demo is running on {folder}, but notes of one that was killed. Start one: python3 manage.py demo")
        if theirs != _own_variables(os.environ):
            _begin_anew(theirs)
        return running

    def _measure(self, base_url: str, processes: Processes, options: dict[str, Any]) -> dict[str, Any]:
        count, seconds = options["count"], options["seconds"]
        if options["what"] == "oauth":
            return oauth.run(base_url, processes, people(), count=count or 1000, seconds=seconds)
        clients, past = options["clients"], options["past"]
        return signin.run(base_url, processes, people(), count=count or 200, seconds=seconds, clients=clients, past=past)

    def _print(self, figures: dict[str, Any], *, as_json: bool) -> None:
        if as_json:
            self.stdout.write(json.dumps(figures))
            return
        width = max(30, *(len(name) + 2 for name in figures))
        for name, value in figures.items():
            self.stdout.write(f"{name:<{width}}{value:>10}")
