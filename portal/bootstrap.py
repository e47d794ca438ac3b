"""The environment of a checkout: `.venv` with what `requirements.txt` names, made at the first start. Standard library only.

A stamp in `.venv` holds the digest of each requirements file with the Python version, so that a later start costs two small
reads. It is written after a complete installation only: whatever was interrupted is mended by the next start.
"""

import fcntl
import hashlib
import importlib.util
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import NoReturn

from portal import interpreter

CHECKOUT = Path(__file__).resolve().parent.parent
ENVIRONMENT = CHECKOUT / ".venv"
REQUIREMENTS = {"test": ("requirements.txt", "tests/requirements.txt")}
"""Files of requirements per command; every other command needs the first one alone."""

OLDEST_QUICK_PIP = 25
QUICK_PIP = "pip>=25.3,<26"
"""Measured with the requirements of the tests: pip 23.0 of Debian 12 chooses for 22 s and installs for 22, 25.3 chooses for 9 and takes 2 to get;
26 chose for 59."""

NO_NETWORK = re.compile(
    r"NewConnectionError|ConnectTimeoutError|ReadTimeoutError|NameResolutionError|ProxyError|Connection(?:Refused|Reset)|Max retries exceeded"
    r"|Temporary failure in name resolution|Failed to establish a new connection|Network is unreachable"
)
NO_COMPILER = re.compile(
    r"command '[^']*(?:cc|clang|\+\+|cl\.exe)[^']*' failed|unable to execute '|linker `cc` not found|No such file or directory: '[^']*(?:cc|clang)'"
    r"|can't find Rust compiler|Unknown compiler|Microsoft Visual C\+\+|Failed (?:to build|building wheel)|Could not build wheels"
)


def fail(sentence: str) -> NoReturn:
    """End with one clear line on standard error and exit code 1."""
    sys.exit(sentence)


def enter(command: str) -> None:
    """Make the environment complete for `command` and go on inside it; returns at once when this already is the place.

    `demo` and `test` always run in `.venv`. Any other command runs where Django can be imported, so that a deployment may
    bring an environment of its own.
    """
    inside = Path(sys.prefix).resolve() == ENVIRONMENT.resolve()
    if command not in {"demo", "test"} and not inside and importlib.util.find_spec("django"):
        return
    files = REQUIREMENTS.get(command, ("requirements.txt",))
    if not (_complete(files) and _python().exists()):
        _install(files, inside=inside)
    if not inside:
        os.execv(_python(), [str(_python()), *sys.argv])  # noqa: S606  # the same command, inside the environment


def _python() -> Path:
    return ENVIRONMENT / "bin" / "python"


def _stamp(name: str) -> Path:
    return ENVIRONMENT / f".installed-{name.replace('/', '-')}"


def _digest(name: str) -> str:
    text = f"{sys.version_info[:2]} {(CHECKOUT / name).read_text('utf-8')}"
    return hashlib.sha256(text.encode()).hexdigest()


def _complete(files: tuple[str, ...]) -> bool:
    try:
        return all(_stamp(name).read_text("utf-8") == _digest(name) for name in files)
    except OSError:
        return False


def _install(files: tuple[str, ...], *, inside: bool) -> None:
    with (CHECKOUT / "requirements.txt").open() as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # two first starts at once: the second waits and finds everything done
        if _complete(files) and _python().exists():
            return
        if not inside and not _usable():
            _make_environment()
        _run_pip(files)
        for name in files:
            _stamp(name).write_text(_digest(name), "utf-8")


def _usable() -> bool:
    """Tell whether `.venv` is an environment of this Python version with a working pip."""
    question = "import sys, pip; print(*sys.version_info[:2])"
    try:
        answer = subprocess.run([_python(), "-c", question], capture_output=True, text=True, check=True)
    except (OSError, subprocess.CalledProcessError):
        return False
    return answer.stdout.split() == [str(part) for part in sys.version_info[:2]]


def _make_environment() -> None:
    try:
        python, why = interpreter.choose()
    except OSError as error:
        fail(str(error))
    if python == sys.executable and not (importlib.util.find_spec("venv") and importlib.util.find_spec("ensurepip")):
        fail("Python's venv module is missing: install it (Debian and Ubuntu: apt install python3-venv) and run this again.")
    if ENVIRONMENT.is_symlink() or ENVIRONMENT.is_file():
        fail(f"`{ENVIRONMENT}` is not a folder: move it away and run this again.")
    try:
        shutil.rmtree(ENVIRONMENT, ignore_errors=True)
        ENVIRONMENT.mkdir(exist_ok=True)
    except OSError as error:
        fail(f"Cannot write `{ENVIRONMENT}` ({error.strerror}): make the checkout writable and run this again.")
    if why:
        _say(why, again=False)
    made = subprocess.run([python, "-m", "venv", "--clear", ENVIRONMENT], capture_output=True, text=True, check=False)
    if made.returncode:
        reason = " ".join((made.stdout + made.stderr).split())
        fail(f"Python could not make `{ENVIRONMENT}` (on Debian and Ubuntu: apt install python3-venv): {reason[:300]}")


def _pip(*asked: str) -> list[str]:
    return [str(_python()), "-m", "pip", "install", "--disable-pip-version-check", "--no-input", *asked]


def _renew_pip() -> None:
    """Let a pip that came with an old Python make way for one that needs a third of its time to choose what to install.

    Where that cannot be had, the old one does.
    """
    versions = [re.match(r"pip-(\d+)\.", found.name) for found in ENVIRONMENT.glob("lib*/python*/site-packages/pip-*.dist-info")]
    if any(version and int(version[1]) < OLDEST_QUICK_PIP for version in versions):
        subprocess.run(_pip("--retries", "0", "--timeout", "5", QUICK_PIP), capture_output=True, check=False)


def _run_pip(files: tuple[str, ...]) -> None:
    command = _pip("--retries", "2", *(part for name in files for part in ("-r", str(CHECKOUT / name))))
    log = ENVIRONMENT / "install.log"
    show = sys.stderr.isatty()
    _say("Installing packages into .venv, once; this takes about a minute …", again=show)
    _renew_pip()
    with log.open("w", encoding="utf-8") as kept, subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as pip:
        assert pip.stdout is not None  # noqa: S101  # asked for above; tells the type checker
        for line in pip.stdout:
            kept.write(line)
            if show and line.startswith(("Collecting ", "Installing ", "Building ")):
                _say(f"Installing packages into .venv, once: {line.split(' from ')[0].strip()[:60]}", again=True)
    if show:
        print("\r\x1b[K", end="", file=sys.stderr, flush=True)
    if pip.returncode:
        fail(_explain(log.read_text("utf-8")))


def _say(text: str, *, again: bool) -> None:
    print(f"\r{text}\x1b[K" if again else text, end="" if again else "\n", file=sys.stderr, flush=True)


def _explain(output: str) -> str:
    """Return the one sentence that says why pip failed and how to mend it."""
    seen = "The whole output is in .venv/install.log."
    if NO_NETWORK.search(output):
        return f"No network: pip cannot reach the package index. Connect for the first start, or set PIP_INDEX_URL to a mirror. {seen}"
    if NO_COMPILER.search(output):
        remedy = "install one (Debian and Ubuntu: apt install build-essential python3-dev), or use Python 3.11 to 3.13"
        return f"A package has no ready build for this Python and machine, and no compiler could build it: {remedy}. {seen}"
    if "No space left on device" in output:
        return f"The disk is full: about 400 MB are needed for .venv. {seen}"
    last = next((line for line in reversed(output.splitlines()) if line.startswith("ERROR")), "no reason given")
    return f"pip could not install the packages: {last.removeprefix('ERROR: ')[:200]} {seen}"
