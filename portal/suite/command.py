"""The `test` command: linters, types, layers, migrations, then the tests on SQLite and on PostgreSQL.

On PostgreSQL run the tests that use the database, except those in a browser.
Arguments go to pytest: with any, only the tests that they select are run, on both databases, without the other checks.
"""

import os
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

from portal.bootstrap import CHECKOUT
from portal.suite.chromium import ensure_chromium
from portal.suite.postgres import postgres

BIN = Path(sys.prefix) / "bin"
CHECKS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("ruff", (str(BIN / "ruff"), "check", "--quiet")),
    ("mypy", (str(BIN / "mypy"),)),
    ("import-linter", (str(BIN / "lint-imports"),)),
    ("migrations", (sys.executable, "manage.py", "makemigrations", "--check", "--dry-run")),
)
"""What is checked without running the portal, quickest first."""

PYTEST = (sys.executable, "-m", "pytest", "--numprocesses", "2", "--dist", "loadgroup")
NOTHING_SELECTED = 5
"""pytest's exit code when no test was selected: the arguments may well name browser tests alone."""

NOT_OF_THE_DATABASE = ("--ignore=tests/guardrails", "--ignore=tests/i18n")
"""Headers, typed input and words are the same whatever the database is; they are tested once, on SQLite."""


def main(arguments: list[str]) -> int:
    """Run everything; return the worst exit code. What failed is named after the last test run."""
    signal.signal(signal.SIGTERM, lambda number, _frame: sys.exit(128 + number))  # so that nothing started here outlives this
    if missing := ensure_chromium():
        print(missing, file=sys.stderr)
        return 1
    failed: dict[str, int] = {}
    if not arguments:
        failed |= _checks()
    with postgres() as database:
        code = _run(
            (*PYTEST, "-m", "database and not browser", *NOT_OF_THE_DATABASE, *arguments), {"PORTAL_DATABASE_URL": database}, "tests on PostgreSQL"
        )
    if code and not (arguments and code == NOTHING_SELECTED):
        failed["tests on PostgreSQL"] = code
    if code := _run((*PYTEST, *arguments), {}, "tests on SQLite"):
        failed["tests on SQLite"] = code
    if failed:
        print(f"Failed: {', '.join(failed)}.", file=sys.stderr)
    return max(failed.values(), default=0)


def _checks() -> dict[str, int]:
    with tempfile.TemporaryDirectory(prefix="vestibule-checks-") as folder:
        codes = {name: _run(command, {"PORTAL_DATA": folder}, name) for name, command in CHECKS}
    return {name: code for name, code in codes.items() if code}


def _run(command: tuple[str, ...], variables: dict[str, str], name: str) -> int:
    """Run a step with its output in view. The operator's own portal settings do not reach it."""
    print(f"--- {name}", file=sys.stderr, flush=True)
    kept = {key: value for key, value in os.environ.items() if not key.startswith(("PORTAL_", "DJANGO_"))}
    return abs(subprocess.run(command, cwd=CHECKOUT, env=kept | variables, stdin=subprocess.DEVNULL, check=False).returncode)
