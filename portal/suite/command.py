"""The `test` command: the tests on PostgreSQL, then those on SQLite; beside both, at low priority, linters, types, layers and migrations.

On PostgreSQL run the tests that use the database, except those in a browser and what is the same on every database.
Arguments go to pytest: with any, only the tests that they select are run, on both databases, without the other checks;
`manage.py test tests` runs on PostgreSQL all that uses a database.
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
from portal.suite.chromium import HOW_TO_GET, can_install, ensure_chromium, find_chromium
from portal.suite.postgres import postgres

BIN = Path(sys.prefix) / "bin"
CHECKS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("ruff", (str(BIN / "ruff"), "check", "--quiet")),
    ("mypy", (str(BIN / "mypy"),)),
    ("import-linter", (str(BIN / "lint-imports"),)),
    ("migrations", (sys.executable, "manage.py", "makemigrations", "--check", "--dry-run")),
)
"""What is checked without running the portal, quickest first."""

AT_LOW_PRIORITY = ("nice", "-n", "15")
"""Checks fill the moments in which every test waits; nothing waits for them but the end."""

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
    *("--ignore=tests/console/organization/test_writing.py", "--ignore=tests/console/access/test_adding.py"),
    *("--ignore=tests/awsapi/test_gateway.py", "--ignore=tests/awsapi/iam/test_simulation.py"),  # protocols and decisions ask no database
    "--ignore=tests/benchmark",  # the bench measures a demo on its own SQLite file
    "--ignore=tests/clients",  # what clients send over a socket, tests/awsapi and tests/oauth ask of PostgreSQL
    *(  # which policy wins, and what its author is told, is computed from rows; tests/policies/organization asks PostgreSQL for them
        "--ignore=tests/console/organization/test_stories.py",
        "--ignore=tests/console/organization/test_agreeing.py",
        "--ignore=tests/policies/admin/test_policies.py",
    ),
    *(  # who may go where at which stage, as the matrix
        "--ignore=tests/policies/recovery/test_visit.py",
        "--ignore=tests/mfa/base/test_order.py",
        "--ignore=tests/mfa/base/test_rules_at_the_stage.py",
        "--ignore=tests/console/access/test_switching.py",
        "--ignore=tests/console/access/test_permission.py",
        "--ignore=tests/admin/test_entry.py",
        "--ignore=tests/admin/test_hidden.py",
    ),
    *(  # statements and hashes are counted, and what is written looked through, in the same way
        "--ignore=tests/attacks/test_enumeration.py",
        "--ignore=tests/attacks/test_factor_leaks.py",
        "--ignore=tests/attacks/test_leaks.py",
        "--ignore-glob=*test_rst_08.py",
        "--ignore=tests/metrics",
    ),
    *(  # many refusals by flows whose rows, on the way that is not refused, tests/journeys, the races and the stories ask PostgreSQL for
        "--ignore=tests/admin/test_access_keys.py",
        "--ignore=tests/admin/test_second_factors.py",
        "--ignore=tests/attacks/test_oauth.py",
        "--ignore=tests/attacks/test_reset.py",
        "--ignore=tests/awsapi/sts",
        "--ignore=tests/awsapi/test_signin.py",
        *(f"--ignore=tests/awsapi/iam/test_{of}.py" for of in ("access_keys", "account", "attachments", "login_profiles", "mfa_devices", "roles")),
        "--ignore=tests/captcha/test_flows.py",
        "--ignore=tests/console/test_account_users.py",
        "--ignore=tests/mfa/fido/test_autofill.py",
        "--ignore=tests/credentials/test_mailed_codes.py",
        "--ignore=tests/mfa/manage",
        "--ignore=tests/mfa/totp/test_resynchronise.py",
        "--ignore=tests/policies/recovery/test_link.py",
        "--ignore=tests/policies/simulator",
    ),
)
"""What is tested once, on SQLite, where no arguments say what to test."""


def main(arguments: list[str]) -> int:
    """Run everything; return the worst exit code. What failed is named at the end."""
    signal.signal(signal.SIGTERM, lambda number, _frame: sys.exit(128 + number))  # so that nothing started here outlives this
    if not find_chromium() and not can_install():
        print(HOW_TO_GET, file=sys.stderr)
        return 1
    failed: dict[str, int] = {}
    with ThreadPoolExecutor(2) as beside:
        chromium = beside.submit(ensure_chromium)
        checks = None if arguments else beside.submit(_checks)
        with postgres() as database:
            code = _run(
                (*PYTEST, "-m", "database and not browser", *(arguments or NOT_OF_THE_DATABASE)),
                {"PORTAL_DATABASE_URL": database},
                "tests on PostgreSQL",
            )
        if code and not (arguments and code == NOTHING_SELECTED):
            failed["tests on PostgreSQL"] = code
        if missing := chromium.result():
            print(missing, file=sys.stderr)
            failed["Chromium"] = 1
        if code := _run((*PYTEST, *arguments), {}, "tests on SQLite"):
            failed["tests on SQLite"] = code
        if checks:
            failed |= checks.result()
    if failed:
        print(f"Failed: {', '.join(failed)}.", file=sys.stderr)
    return max(failed.values(), default=0)


def _checks() -> dict[str, int]:
    """Run the checks one after the other; print each with all that it says when it is done, because tests run beside it."""
    codes: dict[str, int] = {}
    with tempfile.TemporaryDirectory(prefix="vestibule-checks-") as folder:
        for name, command in CHECKS:
            done = subprocess.run(
                (*AT_LOW_PRIORITY, *command),
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
