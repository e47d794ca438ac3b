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


def own_python() -> Path:
    """The Python that the tests' own environment was made of."""
    return Path(sys.base_prefix) / "bin" / f"python{sys.version_info.major}.{sys.version_info.minor}"


@dataclass(frozen=True, slots=True)
class MiniCheckout:
    """A checkout under `folder` whose `demo` prints `served on`, its prefix and its arguments, and ends with code 7."""

    folder: Path

    def run(self, *arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
        """Run `manage.py` with the Python that a person would have on the path, with no package index to reach."""
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("PIP_", "PORTAL_", "DJANGO_", "VIRTUAL_ENV"))}
        offline = {"PIP_CONFIG_FILE": os.devnull, "PIP_INDEX_URL": "http://127.0.0.1:9/simple"}
        return subprocess.run(
            [own_python(), "manage.py", *arguments], cwd=self.folder, env=kept | offline | variables, capture_output=True, text=True, check=False
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
