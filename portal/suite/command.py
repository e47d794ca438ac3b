"""The `test` command: linters, types, layers and migrations, beside them the tests on PostgreSQL, then those on SQLite.

On PostgreSQL run the tests that use the database, except those in a browser.
Arguments go to pytest: with any, only the tests that they select are run, on both databases, without the other checks.
`docs/testing.md` tells where the time goes.
"""

import os
import signal
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
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

WORKERS = (os.cpu_count() or 1) + 1
"""Test processes at once: one more than cores, because some test always waits: for a page, a process or the next code of an app."""

PYTEST = (sys.executable, "-m", "pytest", "--numprocesses", str(WORKERS), "--dist", "loadgroup")
NOTHING_SELECTED = 5
"""pytest's exit code when no test was selected: the arguments may well name browser tests alone."""

NOT_OF_THE_DATABASE = (
    "--ignore=tests/guardrails",  # headers and typed input are the same whatever the database is
    "--ignore=tests/i18n",  # words, too
    "--ignore=tests/attacks/test_redirects.py",  # where an answer leads is read from the request
    "--ignore=tests/attacks/test_matrix.py",  # who may open which address is decided before anything is asked of the database
    "--ignore-glob=*_page*.py",  # what a page says is drawn from the same rows; so in the rooms named next
    *("--ignore=tests/rehearsal", "--ignore=tests/training", "--ignore=tests/oauth/test_authorize.py", "--ignore-glob=tests/oauth/test_consent*.py"),
    *(
        "--ignore=tests/console/organization/test_writing.py",
        "--ignore=tests/console/access/test_adding.py",
        "--ignore=tests/mfa/manage/test_confirm.py",
    ),
    *("--ignore=tests/awsapi/test_gateway.py", "--ignore=tests/awsapi/iam/test_simulation.py"),  # protocols and decisions ask no database
    "--ignore=tests/benchmark",  # the bench measures a demo on its own SQLite file
    "--ignore=tests/clients/test_aws_cli.py",  # each command starts a Python; boto3 asks the same operations of PostgreSQL
    "--ignore=tests/clients/test_aws_login.py",  # as above; tests/oauth asks PostgreSQL the same
    "--ignore=tests/clients/test_example.py",  # the demo that it starts is on its own SQLite file
)
"""What is tested once, on SQLite."""


def main(arguments: list[str]) -> int:
    """Run everything; return the worst exit code. What failed is named after the last test run."""
    signal.signal(signal.SIGTERM, lambda number, _frame: sys.exit(128 + number))  # so that nothing started here outlives this
    if missing := ensure_chromium():
        print(missing, file=sys.stderr)
        return 1
    failed: dict[str, int] = {}
    with ThreadPoolExecutor(1) as beside:
        checks = None if arguments else beside.submit(_checks)
        with postgres() as database:
            code = _run(
                (*PYTEST, "-m", "database and not browser", *NOT_OF_THE_DATABASE, *arguments),
                {"PORTAL_DATABASE_URL": database},
                "tests on PostgreSQL",
            )
        if checks:
            failed |= checks.result()
    if code and not (arguments and code == NOTHING_SELECTED):
        failed["tests on PostgreSQL"] = code
    if code := _run((*PYTEST, *arguments), {}, "tests on SQLite"):
        failed["tests on SQLite"] = code
    if failed:
        print(f"Failed: {', '.join(failed)}.", file=sys.stderr)
    return max(failed.values(), default=0)


def _checks() -> dict[str, int]:
    """Run the checks one after the other; print each with all that it says when it is done, because tests are running beside it."""
    codes: dict[str, int] = {}
    with tempfile.TemporaryDirectory(prefix="vestibule-checks-") as folder:
        for name, command in CHECKS:
            done = subprocess.run(
                command,
                cwd=CHECKOUT,
                env=_environment({"PORTAL_DATA": folder}),
                stdin=subprocess.DEVNULL,
                capture_output=True,
                text=True,
                check=False,
            )
            print(f"--- {name}\n{done.stdout}{done.stderr}", file=sys.stderr, end="", flush=True)
            codes[name] = abs(done.returncode)
    return {name: code for name, code in codes.items() if code}


def _run(command: tuple[str, ...], variables: dict[str, str], name: str) -> int:
    """Run a step with its output in view."""
    print(f"--- {name}", file=sys.stderr, flush=True)
    return abs(subprocess.run(command, cwd=CHECKOUT, env=_environment(variables), stdin=subprocess.DEVNULL, check=False).returncode)


def _environment(variables: dict[str, str]) -> dict[str, str]:
    """Return the environment of a step: the operator's own portal settings do not reach it, and bytecode is kept.

    Without bytecode every test process would compile every test anew, ten seconds of each.
    """
    kept = {key: value for key, value in os.environ.items() if not key.startswith(("PORTAL_", "DJANGO_")) and key != "PYTHONDONTWRITEBYTECODE"}
    return kept | variables
