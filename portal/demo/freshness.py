"""What makes a second start fast: a note of what the data folder was last prepared for."""

import hashlib
import json
import os
from collections.abc import Iterator
from pathlib import Path

from portal.bootstrap import CHECKOUT
from portal.conf import conf

SET_BY_DEMO = {"PORTAL_DATA", "PORTAL_REDIS_URL", "PORTAL_WEB_WORKERS"}
PACKAGES = ("portal", "accounts", "mfa", "policies")


def _digest(parts: Iterator[str]) -> str:
    return hashlib.sha256("\n".join(sorted(parts)).encode()).hexdigest()


def _migrations() -> str:
    return _digest(str(path) for package in PACKAGES for path in CHECKOUT.glob(f"{package}/**/migrations/*.py"))


def _requirements() -> str:
    return (CHECKOUT / "requirements.txt").read_text("utf-8")


def _static() -> str:
    found = (path for path in (CHECKOUT / "static").rglob("*") if path.is_file())
    return _digest(f"{path} {status.st_size} {status.st_mtime_ns}" for path in found for status in [path.stat()])


def _configuration() -> str:
    """Digest the operator's own settings, so that a changed one is checked before it serves; what the demo sets itself is left out."""
    given = ((name, value) for name, value in os.environ.items() if name.startswith("PORTAL_") and name not in SET_BY_DEMO)
    return _digest(f"{name}={value}" for name, value in given if not value.startswith("http://localhost:"))


def _database(folder: Path) -> str:
    """Name the database file, so that a deleted one is made anew; a database elsewhere is asked every time."""
    path = folder / "portal.sqlite3"
    if conf.database_url != f"sqlite:///{path}" or not path.exists():
        return ""
    return f"{path} {path.stat().st_ino}"


def state(folder: Path) -> dict[str, str]:
    """Return what the data folder would have to be prepared for now."""
    return {
        "static": _digest(iter((_static(), _requirements()))),
        "migrations": _digest(iter((_migrations(), _requirements()))),
        "configuration": _configuration(),
        "database": _database(folder),
    }


def _note(folder: Path) -> Path:
    return folder / "run" / "prepared.json"


def stale(folder: Path) -> set[str]:
    """Return the names of what has changed since the folder was prepared; `database` counts as changed where that cannot be told."""
    try:
        known = json.loads(_note(folder).read_text("utf-8"))
    except (OSError, ValueError):
        known = {}
    wanted = state(folder)
    if not (folder / "static" / "staticfiles.json").exists():
        known.pop("static", None)
    return {name for name, value in wanted.items() if not value or known.get(name) != value}


def remember(folder: Path) -> None:
    """Note that the folder is prepared for the present state."""
    _note(folder).write_text(json.dumps(state(folder)), "utf-8")


def forget(folder: Path) -> None:
    """Drop the note, before anything is changed: an interrupted preparation starts anew."""
    _note(folder).unlink(missing_ok=True)
