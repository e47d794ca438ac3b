"""`aws login` while it waits for a browser, and what it keeps afterwards."""

import contextlib
import json
import sqlite3
import subprocess
from base64 import b64decode, b64encode
from collections.abc import Iterator, Mapping
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


def guess_tokens(live: Live, count: int) -> None:
    """Send so many token requests that name no good token."""
    guess = {"clientId": "arn:aws:signin:::devtools/same-device", "grantType": "refresh_token", "refreshToken": "guess"}
    with requests.Session() as guesser:
        for _ in range(count):
            assert guesser.post(f"{live.base_url}/v1/token", json=guess, timeout=PATIENCE).status_code in {400, 429}


@contextlib.contextmanager
def broken(live: Live, change: str) -> Iterator[None]:
    """Have the running portal fail as nobody foresaw: its own database refuses one kind of change to grants, `INSERT` or `UPDATE`."""
    with contextlib.closing(sqlite3.connect(live.folder / "portal.sqlite3", timeout=PATIENCE, isolation_level=None)) as database:
        database.execute(f"CREATE TRIGGER broken BEFORE {change} ON accounts_grant BEGIN SELECT RAISE(ABORT, 'broken'); END")
        try:
            yield
        finally:
            database.execute("DROP TRIGGER broken")


def reset(live: Live) -> None:
    """Put the world back as it was loaded."""
    assert requests.post(f"{live.base_url}/training/api/reset", headers=TRAINING, json={}, timeout=PATIENCE).ok


def readable(pem: str) -> str:
    """Return a private key (SEC1, PEM) in full length.

    awscrt 0.38 leaves out a leading zero byte when it writes one, and cannot read what it wrote: one sign-in in two hundred is never
    refreshed. That is the clients' own fault, so tests of refreshing put it right.
    """
    header, *lines, footer = pem.strip().splitlines()
    der = b64decode("".join(lines))
    octets = der[6]  # SEQUENCE, length, INTEGER 1 in three bytes, OCTET STRING, length
    if octets < 32:
        missing = 32 - octets
        der = bytes([der[0], der[1] + missing, *der[2:6], 32]) + bytes(missing) + der[7:]
    return "\n".join([header, b64encode(der).decode(), footer, ""])


@dataclass(frozen=True, slots=True)
class Kept:
    """The file in which the CLI keeps one identity's sign-in."""

    path: Path

    @classmethod
    def of(cls, environment: Mapping[str, str], arn: str) -> "Kept":
        """Return the file of an identity that has signed in: its name is the digest of the ARN."""
        kept = cls(Path(environment["HOME"]) / ".aws" / "login" / "cache" / f"{sha256(arn.encode()).hexdigest()}.json")
        found = kept.read()
        kept.path.write_text(json.dumps(found | {"dpopKey": readable(found["dpopKey"])}), encoding="utf-8")
        return kept

    def read(self) -> dict[str, Any]:
        """Return what is kept."""
        found: dict[str, Any] = json.loads(self.path.read_text("utf-8"))
        return found

    def let_expire(self, kept: Mapping[str, Any] | None = None, *, left: timedelta = timedelta(minutes=1)) -> None:
        """Have the credentials, or former contents of the file, look as if they ended so soon: the next command refreshes."""
        found = dict(kept) if kept is not None else self.read()
        end = datetime.now(UTC) + left
        found["accessToken"] = found["accessToken"] | {"expiresAt": end.strftime("%Y-%m-%dT%H:%M:%SZ")}
        self.path.write_text(json.dumps(found), encoding="utf-8")
