"""Child processes of the demo: started in their own process groups, watched, and stopped in reverse order."""

import contextlib
import ctypes
import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from portal.bootstrap import CHECKOUT

STOP_SECONDS = 6.0
"""How long a child may take to finish what it is doing; then its whole group is killed."""

LAST_LINES = 12
"""How much of a failed part's log is shown."""

PR_SET_PDEATHSIG = 1


@dataclass(frozen=True, slots=True)
class Child:
    """One running part: its `role` as people would say it, and the file that its output goes to."""

    role: str
    process: subprocess.Popen[bytes]
    log: Path

    def obituary(self, what: str = "") -> str:
        """Return the end of what it wrote and the line that says `what` befell it: by default that it ended."""
        lines = self.log.read_text("utf-8", errors="replace").splitlines()[-LAST_LINES:]
        what = what or f"ended with code {self.process.returncode}"
        return "\n".join([*lines, f"The {self.role} {what}; all else was stopped. Its log: {self.log}"])


def _end_with_parent() -> None:
    """Ask Linux to end this child when its parent dies, even by SIGKILL. Runs between fork and exec."""
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)


@dataclass(slots=True)
class Household:
    """The children of this process, in the order in which they were started. Logs go to `logs`."""

    logs: Path
    children: list[Child] = field(default_factory=list)

    def start(self, role: str, command: list[str], *, environment: Mapping[str, str], words: bytes = b"") -> Child:
        """Start a part; `words` is written to its standard input, which is then closed."""
        log = self.logs / f"{role.replace(' ', '-')}.log"
        with log.open("wb") as output:
            process = subprocess.Popen(
                command,
                cwd=CHECKOUT,
                env=dict(environment),
                stdin=subprocess.PIPE,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,  # Ctrl-C in the terminal reaches the demo alone, which stops its children in order
                preexec_fn=_end_with_parent if sys.platform == "linux" else None,  # noqa: PLW1509  # this process has one thread
            )
        assert process.stdin is not None  # noqa: S101  # a pipe was asked for; tells the type checker
        with contextlib.suppress(BrokenPipeError), process.stdin as pipe:
            pipe.write(words)
        child = Child(role=role, process=process, log=log)
        self.children.append(child)
        return child

    def first_dead(self) -> Child | None:
        """Return a child that has ended, if there is one."""
        return next((child for child in self.children if child.process.poll() is not None), None)

    def dismiss(self, child: Child) -> int:
        """Wait for a child that ends by itself; return its exit code."""
        code = child.process.wait()
        self.children.remove(child)
        return code

    def stop(self) -> None:
        """Stop every child: all are asked but the first, which the others may still need; then the first; then whoever is left is killed."""
        first, others = self.children[:1], self.children[1:]
        for group in (others, first):
            for child in reversed(group):
                _signal(child, signal.SIGTERM)
            deadline = time.monotonic() + STOP_SECONDS
            for child in group:
                with contextlib.suppress(subprocess.TimeoutExpired):
                    child.process.wait(max(0.0, deadline - time.monotonic()))
                _kill_group(child)
                child.process.wait()
        self.children.clear()


def _signal(child: Child, number: signal.Signals) -> None:
    if child.process.poll() is None:
        child.process.send_signal(number)


def _kill_group(child: Child) -> None:
    """Kill what is left of the child's process group: itself, or children that it left behind."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(child.process.pid, signal.SIGKILL)


def children_of(pid: int) -> list[int]:
    """Return the process ids of the children of `pid`."""
    listed = subprocess.run(["ps", "-A", "-o", "pid=,ppid="], capture_output=True, text=True, check=False).stdout
    pairs = (line.split() for line in listed.splitlines())
    return [int(child) for child, parent in pairs if int(parent) == pid]
