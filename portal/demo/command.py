"""The `demo` command: everything on this machine, until Ctrl-C."""

import contextlib
import fcntl
import http.client
import json
import os
import shutil
import signal
import sys
import time
import webbrowser
from collections.abc import Iterator
from pathlib import Path
from types import FrameType
from typing import NoReturn

from portal.bootstrap import fail
from portal.conf import CACHE_NOTE, conf
from portal.demo import freshness, parts
from portal.demo.options import Options, environment, read_options
from portal.demo.people import fetch_people, table
from portal.demo.processes import Household, children_of

START_SECONDS = 60.0


class Stop(BaseException):
    """Somebody asked the demo to stop: Ctrl-C, SIGTERM, or a closed terminal."""


def _on_signal(number: int, frame: FrameType | None) -> NoReturn:  # noqa: ARG001  # the signature of a handler
    raise Stop


@contextlib.contextmanager
def _stoppable() -> Iterator[None]:
    """Let a stop signal interrupt the body once; later ones are ignored, so that stopping is not interrupted itself."""
    numbers = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
    for number in numbers:
        signal.signal(number, _on_signal)
    try:
        yield
    except Stop:
        pass
    finally:
        for number in numbers:
            signal.signal(number, signal.SIG_IGN)


def main(arguments: list[str]) -> int:
    """Run the demo with these command line arguments; return the exit code: 0 after a stop that was asked for."""
    options = read_options(arguments)
    if parts.port_is_taken(options.port):
        fail(f"Port {options.port} is in use: stop what listens there, or choose another with --port.")
    with _own_folder(options.folder) as run:
        household = Household(logs=run)
        failure = ""
        try:
            with _stoppable():
                failure = _serve(options, household)
        finally:
            household.stop()
            (run / "processes.json").unlink(missing_ok=True)
            (options.folder / CACHE_NOTE).unlink(missing_ok=True)
        print(failure or "\nStopped.", file=sys.stderr)
        return 1 if failure else 0


@contextlib.contextmanager
def _own_folder(folder: Path) -> Iterator[Path]:
    """Take the data folder for this demo alone and yield the folder for logs in it; one line where it cannot be written or is taken."""
    run = folder / "run"
    try:
        run.mkdir(parents=True, exist_ok=True)
        lock = (run / "lock").open("a")
    except OSError as error:
        fail(f"Cannot write to `{folder}` ({error.strerror}): make it writable, or choose another folder with --data.")
    with lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            fail(f"Another demo runs on `{folder}`: stop it, or choose another folder with --data.")
        yield run


def _serve(options: Options, household: Household) -> str:
    """Start every part, say so, and wait; return what went wrong."""
    workers = parts.web_workers()
    redis_url = conf.redis_url if os.environ.get("PORTAL_REDIS_URL") else ""
    port, password = parts.free_port(), parts.cache_password()
    variables = environment(options, redis_url=redis_url or f"redis://:{password}@127.0.0.1:{port}/0", web_workers=workers)
    cache = None
    if not redis_url:
        words = parts.cache_configuration(port, password, household.logs)
        cache = household.start("cache", [parts.cache_program(), "-"], environment=variables, words=words)
        _note_cache(options.folder / CACHE_NOTE, variables["PORTAL_REDIS_URL"])
    os.environ.update(variables)
    conf.reread()
    if failed := _prepare(options, household, variables):
        return failed
    web = household.start("web server", parts.web_command(options, workers=workers, public=conf.public), environment=variables)
    if failed := _await_answer(options.port, household):
        return failed
    worker = household.start("worker", parts.worker_command(options), environment=variables)
    running = {
        "base_url": options.base_url,
        "demo": os.getpid(),
        "web": web.process.pid,
        "web_workers": children_of(web.process.pid),
        "worker": worker.process.pid,
        "valkey": cache.process.pid if cache else None,
    }
    (household.logs / "processes.json").write_text(json.dumps(running), "utf-8")
    _announce(options)
    while not (dead := household.first_dead()):
        time.sleep(0.5)
    return dead.obituary()


def _note_cache(path: Path, url: str) -> None:
    """Note the cache's address for commands beside this demo."""
    path.unlink(missing_ok=True)  # one that was killed left its own
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as note:
        note.write(url)


def _prepare(options: Options, household: Household, variables: dict[str, str]) -> str:
    """Bring the data folder up to date where it is not; return what went wrong."""
    changed = freshness.stale(options.folder)
    if not changed and not options.reset:
        return ""
    freshness.forget(options.folder)
    command = parts.prepare_command(static="static" in changed, reset=options.reset)
    child = household.start("preparation", command, environment=variables)
    if household.dismiss(child):
        return child.obituary()
    freshness.remember(options.folder)
    return ""


def _await_answer(port: int, household: Household) -> str:
    """Wait for the first 200 of the web server; return what went wrong."""
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        if dead := household.first_dead():
            return dead.obituary()
        if _is_live(port):
            return ""
        time.sleep(0.02)
    return household.children[-1].obituary(f"did not answer within {START_SECONDS:.0f} s")


def _is_live(port: int) -> bool:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=2)
    try:
        connection.request("GET", "/health/live", headers={"Host": f"localhost:{port}"})
        return connection.getresponse().status == 200
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def _announce(options: Options) -> None:
    print(f"Ready: {options.base_url}", flush=True)
    people = table(fetch_people(options.port), width=shutil.get_terminal_size((200, 24)).columns)
    print(f"\n{people or 'The people of this world are not listed: training is off or asks for an operator.'}", flush=True)
    rooms = {"Mail": "/inbox/", "Phone": "/training/phone/", "Events": "/trail/"}
    addresses = "   ".join(f"{name}: {options.base_url}{path}" for name, path in rooms.items())
    print(f"\n{addresses}   Logs: {options.folder / 'run'}   Stop: Ctrl-C", flush=True)
    if options.browser:
        webbrowser.open(options.base_url)
