"""Which Python a checkout's environment is made of: the quickest one of the running version. Standard library only.

A Python built without profile-guided optimization, as `pyenv install` builds one unless told otherwise, takes half as long again
for every request and every test as the distribution's own (`docs/measurements.md`). Nobody sees that from its version, so the
candidates are timed, once, before `.venv` is made.
"""

import os
import subprocess
import sys
from pathlib import Path

CHOSEN = "PORTAL_PYTHON"
"""The environment variable that names the Python for `.venv`; nothing is timed then."""

WORTH_IT = 1.2
"""How many times as quick another Python must be to be taken: two builds of one quality differ by less."""

VERSION = "{}.{}".format(*sys.version_info)
USUAL_PLACES = ("/usr/bin", "/usr/local/bin")
TRIAL = """
import importlib.util, sys, sysconfig, time
class Visit:
    def __init__(self, name): self.name = name
    def greeting(self): return f"hello {self.name}"
def serve():
    seen = {}
    for number in range(12000): seen[number % 97] = Visit(number).greeting()
def took():
    start = time.process_time(); serve(); return time.process_time() - start
if all(map(importlib.util.find_spec, ("venv", "ensurepip", "sqlite3", "ssl"))):
    version = "{}.{}".format(*sys.version_info)
    print(version, bool(sysconfig.get_config_var("Py_GIL_DISABLED")), min(took() for _ in range(9)), sys.executable)
"""
"""Prints version, kind of build, the seconds of the quickest round and where this Python is; nothing for one that cannot make an environment."""

TIMES_TRIED = 3
"""Each Python in turn, so that a moment in which the machine is busy slows down all of them."""


def choose() -> tuple[str, str]:
    """Return the path of the Python to make `.venv` of, and the sentence that says why where it is not the running one.

    Raises:
        OSError: `PORTAL_PYTHON` names nothing that runs, or another version than the one that runs this command.
    """
    running = sys.executable
    if named := os.environ.get(CHOSEN):
        if _try(named) is None:
            raise OSError(f"{CHOSEN}={named} is no Python {VERSION} with the venv module: name one, or unset it.")
        return named, ""
    rounds: dict[str, float] = {}
    for python in (running, *_others()) * TIMES_TRIED:
        if tried := _try(python):
            place, seconds = tried
            rounds[place] = min(seconds, rounds.get(place, seconds))
    quickest = min(rounds, key=lambda place: rounds[place], default=running)
    if quickest == running:
        return running, ""
    if running not in rounds:
        return quickest, f"Using {quickest}, because {running} cannot make an environment."
    quicker = rounds[running] / rounds[quickest]
    if quicker < WORTH_IT:
        return running, ""
    return quickest, f"Using {quickest}: here it is {quicker:.1f} times as quick as {running}. {CHOSEN}={running} keeps that one."


def _others() -> list[str]:
    """Return the Pythons of this version on the path and in the usual places, but none of an environment: it may be the one that is made anew."""
    folders = dict.fromkeys((*os.environ.get("PATH", "").split(os.pathsep), *USUAL_PLACES))
    places = (str(Path(folder) / f"python{VERSION}") for folder in folders if folder and not (Path(folder).parent / "pyvenv.cfg").exists())
    return [place for place in places if place != sys.executable and os.access(place, os.X_OK)]


def _try(python: str) -> tuple[str, float] | None:
    """Return where `python` really is and the seconds of its quickest round; None where it is of another version or cannot make an environment."""
    try:
        told = subprocess.run([python, "-I", "-c", TRIAL], capture_output=True, text=True, timeout=20, check=False).stdout.split(maxsplit=3)
    except (OSError, subprocess.TimeoutExpired):
        return None
    if len(told) != 4 or told[:2] != [VERSION, "False"]:
        return None
    return told[3].strip(), float(told[2])
