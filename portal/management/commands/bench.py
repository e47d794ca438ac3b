"""`manage.py bench signin` and `bench oauth` drive the running demo from this process, `bench policies` times decisions; each prints figures."""

import json
import os
import sys
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from portal.benchmark import oauth, policies, signin
from portal.benchmark.costs import Processes
from portal.conf import conf
from portal.world.people import people


class Command(BaseCommand):
    """Bench sign-ins, or programs' tokens and calls, against a demo that runs on this machine, or decisions in this very process."""

    help = "Measure what sign-ins or programs' tokens cost in the running demo (start it first, in another terminal), or deciding policies."

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
        if folder != conf.data_dir.resolve():
            # The settings were read for another folder; begin again for this one.
            os.execve(sys.executable, [sys.executable, *sys.argv], {**os.environ, "PORTAL_DATA": str(folder)})  # noqa: S606  # this very program
        if options["what"] == "policies":
            decisions = policies.run()
            self._print(decisions, as_json=options["json"])
            for sentence in policies.not_measured(decisions):
                self.stderr.write(sentence, self.style.NOTICE)
            return
        notes = folder / "run" / "processes.json"
        try:
            running = json.loads(notes.read_text())
        except (OSError, ValueError) as error:
            raise CommandError(f"No demo is running on {notes.parent.parent}. Start one: python3 manage.py demo") from error
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
