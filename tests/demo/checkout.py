"""A checkout in miniature: the real `manage.py` and bootstrap, with one package that pip builds from a folder, without a network."""

import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from portal.bootstrap import CHECKOUT

BACKEND = """
import os, sys, zipfile

def build_wheel(wheel_directory, config_settings=None, metadata_directory=None):
    if os.environ.get("LANTERN_NEEDS_COMPILER"):
        sys.exit("error: command 'cc' failed: No such file or directory")
    name = "lantern-1-py3-none-any.whl"
    with zipfile.ZipFile(os.path.join(wheel_directory, name), "w") as wheel:
        wheel.writestr("lantern.py", "LIGHT = 'on'")
        wheel.writestr("lantern-1.dist-info/METADATA", "Metadata-Version: 2.1\\nName: lantern\\nVersion: 1\\n")
        wheel.writestr("lantern-1.dist-info/WHEEL", "Wheel-Version: 1.0\\nGenerator: here\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n")
        wheel.writestr("lantern-1.dist-info/RECORD", "lantern.py,,\\nlantern-1.dist-info/METADATA,,\\nlantern-1.dist-info/WHEEL,,\\n")
    return name
"""
PROJECT = '[build-system]\nrequires = []\nbuild-backend = "backend"\nbackend-path = ["."]\n'
COMMAND = """
import sys, lantern

def main(arguments):
    print("served", lantern.LIGHT, sys.prefix, *arguments)
    return 7
"""


VERSION = "{}.{}".format(*sys.version_info)


def own_python() -> Path:
    """The Python that the tests' own environment was made of."""
    return Path(sys.base_prefix) / "bin" / f"python{VERSION}"


def a_python(folder: Path, *, seconds: float, version: str = VERSION, free_threaded: bool = False, environment: Path | None = None) -> str:
    """A program that says that a round took it `seconds`, and does everything else as the tests' own Python.

    Asked for an environment, it copies the one that is given: making one takes seconds.
    """
    program = folder / f"python{VERSION}"
    trial = f'[ "$1" = -I ] && echo {version} {free_threaded} {seconds} "$0" && exit'
    venv = f'[ "$*" = "-m venv --clear $4" ] && exec cp -a {environment}/. "$4"' if environment else ""
    program.write_text(f'#!/bin/sh\n{trial}\n{venv}\nexec {own_python()} "$@"\n')
    program.chmod(0o755)
    return str(program)


@dataclass(frozen=True, slots=True)
class MiniCheckout:
    """A checkout under `folder` whose `demo` prints `served on`, its prefix and its arguments, and ends with code 7."""

    folder: Path

    def run(self, *arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
        """Run `manage.py` with the Python that a person would have on the path, with no package index to reach.

        That Python is named for the environment too, because timing every one of this machine takes a second; `PORTAL_PYTHON=""` has them timed.
        """
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("PIP_", "PORTAL_", "DJANGO_", "VIRTUAL_ENV"))}
        given = {"PIP_CONFIG_FILE": os.devnull, "PIP_INDEX_URL": "http://127.0.0.1:9/simple", "PORTAL_PYTHON": str(own_python())}
        return subprocess.run(
            [own_python(), "manage.py", *arguments], cwd=self.folder, env=kept | given | variables, capture_output=True, text=True, check=False
        )

    @property
    def environment(self) -> Path:
        """Its `.venv`."""
        return self.folder / ".venv"


def make_checkout(folder: Path) -> MiniCheckout:
    """Write the checkout into `folder`."""
    portal = folder / "portal"
    package = folder / "lantern-source"
    for made in (portal / "demo", package, folder / "tests"):
        made.mkdir(parents=True)
    shutil.copy(CHECKOUT / "manage.py", folder)
    for module in ("bootstrap.py", "interpreter.py"):
        shutil.copy(CHECKOUT / "portal" / module, portal)
    (portal / "__init__.py").touch()
    (portal / "demo" / "__init__.py").touch()
    (portal / "demo" / "command.py").write_text(COMMAND)
    (package / "backend.py").write_text(BACKEND)
    (package / "pyproject.toml").write_text(PROJECT)
    (folder / "requirements.txt").write_text("./lantern-source\n")
    (folder / "tests" / "requirements.txt").write_text("")
    return MiniCheckout(folder)
