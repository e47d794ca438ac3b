"""Tests of a client tool against Vestibule. Copy this file, and put your own tool where the AWS CLI stands.

    VESTIBULE=/path/to/vestibule pytest test_with_vestibule.py

Needs pytest, and the AWS CLI, version 2, on the PATH. The portal is started once, on a free port and a folder of its own, and its
world is put back before each test. A new folder has to be prepared; VESTIBULE_DATA names one that is kept, so that the next run starts
in a third of the time. Nothing leaves this machine.
"""

import json
import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cached_property
from pathlib import Path
from typing import Any

import pytest

CHECKOUT = Path(os.environ.get("VESTIBULE") or Path(__file__).resolve().parents[2])
START_SECONDS = 300  # the first start of a checkout fetches its packages; later ones take a few seconds
DIRECT = urllib.request.build_opener(urllib.request.ProxyHandler({}))  # loopback is never behind a proxy


@dataclass(frozen=True)
class Vestibule:
    """A running portal."""

    url: str
    folder: Path

    def call(self, path: str, body: dict[str, Any] | None = None) -> Any:
        """Call one of the portal's JSON addresses: GET, or POST where there is a body."""
        headers = {"X-Training": "1", "Content-Type": "application/json"}
        request = urllib.request.Request(self.url + path, data=None if body is None else json.dumps(body).encode(), headers=headers)
        with DIRECT.open(request, timeout=60) as answer:
            return json.load(answer)

    def reset(self) -> None:
        """Put the world back as it was loaded, and the clock to real time."""
        self.call("/training/api/reset", {})

    def travel(self, span: timedelta) -> None:
        """Move the simulated clock, which everything that expires follows. Signatures are checked against real time."""
        self.call("/training/api/clock", {"advance_seconds": round(span.total_seconds())})

    def set_clock(self, moment: datetime) -> None:
        """Bring the simulated clock to a moment; it runs on from there."""
        self.travel(moment - datetime.fromisoformat(self.call("/training/api/clock")["now"]))

    def person(self, account: str, name: str) -> dict[str, Any]:
        """Return one of the world's people, with password and authenticator secret: by user name, or a root user's e-mail address."""
        people = self.call("/training/api/world")["people"]
        return next(person for person in people if person["account"] == account and name in {person["username"], person["email"]})

    def approve(self, url: str, **person: str) -> dict[str, str]:
        """Answer a program's request as the person's browser would: `account` and `username`, or a root user's `email`."""
        answer: dict[str, str] = self.call("/training/api/approve", {"url": url, **person})
        return answer

    def environment(self, home: Path, *arguments: str) -> dict[str, str]:
        """Return the environment in which clients call this portal: what `aws-env` prints, a home of its own, nothing of yours."""
        lines = self.aws_env(*arguments) if arguments else self.for_aws_login
        bare = {"PATH": os.environ["PATH"], "HOME": str(home), "AWS_PAGER": ""}
        shell = subprocess.run(["sh", "-c", 'eval "$1"; env -0', "sh", lines], env=bare, capture_output=True, text=True, check=True)
        return dict(line.split("=", 1) for line in shell.stdout.split("\0") if line)

    @cached_property
    def for_aws_login(self) -> str:
        """What `aws-env` prints without a name: the same all the time, so it is asked once. A key, by contrast, is gone after a reset."""
        return self.aws_env()

    def aws_env(self, *arguments: str) -> str:
        """Return the lines that `aws-env` prints. It is a process of its own, and takes a second or two."""
        command = [sys.executable, str(CHECKOUT / "manage.py"), "aws-env", "--url", self.url, "--data", str(self.folder), *arguments]
        return subprocess.run(command, capture_output=True, text=True, check=True).stdout


@pytest.fixture(scope="session")
def running_vestibule(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Vestibule]:
    """The portal, started on a free port and stopped by SIGTERM."""
    folder = Path(os.environ.get("VESTIBULE_DATA") or tmp_path_factory.mktemp("vestibule"))
    folder.mkdir(parents=True, exist_ok=True)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    portal = Vestibule(f"http://localhost:{port}", folder)
    command = [sys.executable, str(CHECKOUT / "manage.py"), "demo", "--port", str(port), "--data", str(folder), "--no-browser"]
    with (folder / "said.txt").open("w") as said, subprocess.Popen(command, stdout=said, stderr=said) as process:
        deadline = time.monotonic() + START_SECONDS
        while not _is_ready(portal):
            if process.poll() is not None or time.monotonic() > deadline:
                process.terminate()
                pytest.fail(f"Vestibule did not start:\n{(folder / 'said.txt').read_text()}")
            time.sleep(0.1)
        yield portal
        process.terminate()


def _is_ready(portal: Vestibule) -> bool:
    try:
        with DIRECT.open(f"{portal.url}/health/ready", timeout=5) as answer:
            return bool(answer.status == 200)
    except OSError:  # nobody listens yet, or the answer is 503
        return False


@pytest.fixture
def vestibule(running_vestibule: Vestibule) -> Vestibule:
    """The portal with its world as it was loaded."""
    running_vestibule.reset()
    return running_vestibule


# From here on: the client tool under test.


def sign_in(vestibule: Vestibule, environment: dict[str, str], **person: str) -> str:
    """Run `aws login`, and approve what it asks for; return what it said at last."""
    command = ["aws", "login"]
    with subprocess.Popen(command, env={**environment, "BROWSER": "true"}, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as tool:
        assert tool.stdout is not None
        url = next(line.strip() for line in tool.stdout if line.startswith("http"))
        try:
            DIRECT.open(vestibule.approve(url, **person)["redirect_url"], timeout=60).close()
        except urllib.error.HTTPError:
            tool.kill()  # it would wait for ten minutes
            raise
        return tool.stdout.read()


def aws(environment: dict[str, str], *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run the AWS CLI."""
    return subprocess.run(["aws", *arguments], env=environment, capture_output=True, text=True, timeout=120, check=False)


def test_a_developer_signs_in_until_the_credentials_expire(vestibule: Vestibule, tmp_path: Path) -> None:
    environment = vestibule.environment(tmp_path)
    vestibule.set_clock(datetime(2030, 1, 1, 9, 0, tzinfo=UTC))
    assert "Updated profile default" in sign_in(vestibule, environment, account="111122223333", username="Carlos")
    identity = json.loads(aws(environment, "sts", "get-caller-identity").stdout)
    assert identity["Arn"] == "arn:aws:iam::111122223333:user/Carlos"
    signed_in = vestibule.call("/trail/api/events?account=111122223333&name=CreateOAuth2Token")["events"]
    assert len(signed_in) == 1
    vestibule.travel(timedelta(minutes=16))
    assert "ExpiredToken" in aws(environment, "sts", "get-caller-identity").stderr


def test_who_may_not_is_refused(vestibule: Vestibule, tmp_path: Path) -> None:
    with pytest.raises(urllib.error.HTTPError) as refused:
        sign_in(vestibule, vestibule.environment(tmp_path), account="111122223333", username="zhang@example.com")
    assert "signin:AuthorizeOAuth2Access" in json.load(refused.value)["message"]


def test_a_key_works_without_a_sign_in(vestibule: Vestibule, tmp_path: Path) -> None:
    environment = vestibule.environment(tmp_path, "--as", "EmergencyAdmin", "--account", "111122223333")
    assert json.loads(aws(environment, "iam", "list-users").stdout)["Users"]
