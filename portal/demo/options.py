"""Options of the demo, and the environment that they stand for."""

import argparse
import os
from dataclasses import dataclass
from pathlib import Path

from portal.conf import conf


@dataclass(frozen=True, slots=True)
class Options:
    """What the person who starts the demo asked for. `folder` holds the database, keys, static files and logs."""

    port: int
    folder: Path
    browser: bool
    reset: bool

    @property
    def base_url(self) -> str:
        """The address to open: the operator's own, else localhost with the port."""
        return os.environ.get("PORTAL_BASE_URL") or f"http://localhost:{self.port}"


def _port(text: str) -> int:
    if not text.isdecimal() or not 0 < int(text) < 65536:
        raise argparse.ArgumentTypeError(f"`{text}` is no port: give a number from 1 to 65535.")
    return int(text)


def add_options(parser: argparse.ArgumentParser) -> None:
    """Declare the demo's options on `parser`."""
    parser.add_argument("--port", type=_port, default=8000, help="port of the portal on localhost (default 8000)")
    parser.add_argument("--data", type=Path, default=conf.data_dir, metavar="DIR", help="folder for the database, keys and logs (default var/)")
    parser.add_argument("--no-browser", action="store_true", help="do not open a browser")
    parser.add_argument("--reset", action="store_true", help="load the demo world anew; sessions, mails and events are gone")


def read_options(arguments: list[str]) -> Options:
    """Return the options of a command line; a wrong one ends the program with a line that says why and exit code 2."""
    parser = argparse.ArgumentParser(prog="manage.py demo", description="Run the whole portal on this machine, with the demo world in it.")
    add_options(parser)
    found = parser.parse_args(arguments)
    return Options(port=found.port, folder=found.data.resolve(), browser=not found.no_browser, reset=found.reset)


KEEP_MEMORY = "glibc.malloc.mmap_threshold=33554432:glibc.malloc.trim_threshold=67108864"
"""Has glibc keep the 19 MiB of a password hash for the next one, which saves a twentieth of its CPU (`docs/decisions/004-hash-pool.md`)."""


def environment(options: Options, *, redis_url: str, web_workers: int) -> dict[str, str]:
    """Return the environment of every process of the demo. What the operator has set stays as it is."""
    chosen = {
        "PORTAL_DATA": str(options.folder),
        "PORTAL_REDIS_URL": redis_url,
        "PORTAL_BASE_URL": options.base_url,
        "DJANGO_SETTINGS_MODULE": "portal.settings",
    }
    unset = {"PORTAL_TRAINING": "1", "PORTAL_WEB_WORKERS": str(web_workers), "PYTHONUNBUFFERED": "1", "GLIBC_TUNABLES": KEEP_MEMORY}
    return unset | dict(os.environ) | chosen
