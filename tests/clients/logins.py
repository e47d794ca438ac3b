"""`aws login` while it waits for a browser, and what it keeps afterwards."""

import json
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any

import requests

from portal.world.people import Person
from tests.fixtures.server import Live

TRAINING = {"X-Training": "1"}
PATIENCE = 90
"""Seconds until a command counts as hung; each starts a Python of its own."""


@dataclass(frozen=True, slots=True)
class Ended:
    """How a command ended. `stdout` lacks what was read before."""

    returncode: int
    stdout: str
    stderr: str


class Waiting:
    """An `aws login` that has printed `url`, the address that a browser opens, and waits for the answer."""

    def __init__(self, aws: Path, environment: Mapping[str, str], *arguments: str) -> None:
        self._process = subprocess.Popen(
            [str(aws), "login", *arguments],
            env={**environment, "BROWSER": "/bin/true"},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        assert self._process.stdout is not None
        self.url = next((line.strip() for line in self._process.stdout if line.startswith("http")), "")
        assert self.url, self.ends()

    def ends(self, typed: str = "") -> Ended:
        """Type something, wait, and return how the command ended."""
        stdout, stderr = self._process.communicate(typed, timeout=PATIENCE)
        return Ended(self._process.returncode, stdout, stderr)

    def stop(self) -> None:
        """Press Ctrl+C, in effect."""
        if self._process.poll() is None:
            self._process.kill()
        self._process.communicate()


def approve(live: Live, url: str, person: Person) -> requests.Response:
    """Answer the request as a test suite of a client tool does."""
    who = {"account": person.account, "username": person.username} if person.username else {"email": person.email}
    return requests.post(f"{live.base_url}/training/api/approve", headers=TRAINING, json={"url": url, **who}, timeout=PATIENCE)


def approved(live: Live, url: str, person: Person) -> dict[str, str]:
    """Return the answer of an approval that succeeds."""
    answer = approve(live, url, person)
    assert answer.ok, answer.text
    found: dict[str, str] = answer.json()
    return found


def follow(redirect_url: str) -> None:
    """Send the browser to the program that listens."""
    assert requests.get(redirect_url, timeout=PATIENCE).ok


def travel(live: Live, span: timedelta) -> None:
    """Move the simulated clock."""
    seconds = int(span.total_seconds())
    answer = requests.post(f"{live.base_url}/training/api/clock", headers=TRAINING, json={"advance_seconds": seconds}, timeout=PATIENCE)
    assert answer.ok, answer.text


@dataclass(frozen=True, slots=True)
class Kept:
    """The file in which the CLI keeps one identity's sign-in."""

    path: Path

    @classmethod
    def of(cls, environment: Mapping[str, str], arn: str) -> "Kept":
        """Return the file of an identity: its name is the digest of the ARN."""
        return cls(Path(environment["HOME"]) / ".aws" / "login" / "cache" / f"{sha256(arn.encode()).hexdigest()}.json")

    def read(self) -> dict[str, Any]:
        """Return what is kept."""
        found: dict[str, Any] = json.loads(self.path.read_text("utf-8"))
        return found

    def let_expire(self, kept: Mapping[str, Any] | None = None) -> None:
        """Have the credentials, or former contents of the file, look as if they ended in a minute: the next command refreshes."""
        found = dict(kept) if kept is not None else self.read()
        soon = datetime.now(UTC) + timedelta(minutes=1)
        found["accessToken"] = found["accessToken"] | {"expiresAt": soon.strftime("%Y-%m-%dT%H:%M:%SZ")}
        self.path.write_text(json.dumps(found), encoding="utf-8")
