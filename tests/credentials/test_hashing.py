"""Where hashes are made: in the pool and nowhere else, also for nobody, also after a fork."""

import subprocess
import sys
import threading

import pytest
from django.contrib.auth.hashers import make_password

from accounts.credentials import hashing
from portal.conf import conf

AFTER_A_FORK = """
import os, signal, django
django.setup()
from accounts.credentials import hashing
hashing.warm()
child = os.fork()
if not child:
    signal.alarm(30)
    os._exit(0 if not hashing.verify("Larch-Trestle-2205", None) else 3)
print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
"""


def test_the_hash_of_nobody_is_made_in_the_pool(monkeypatch: pytest.MonkeyPatch) -> None:
    """The memory of a hash stays with the thread that made it, so a hash made elsewhere costs the process 19 MiB for good."""
    made_in: list[str] = []

    def seen(password: str) -> str:
        made_in.append(threading.current_thread().name)
        return make_password(password)

    monkeypatch.setattr("accounts.credentials.hashing.make_password", seen)
    hashing._nobody.cache_clear()
    hashing.warm()
    assert [name.rpartition("_")[0] for name in made_in] == ["argon2"]


def test_every_thread_of_the_pool_is_there_before_the_first_password() -> None:
    hashing.pool.cache_clear()
    before = set(threading.enumerate())
    hashing.warm()
    started = set(threading.enumerate()) - before
    assert [thread.name.rpartition("_")[0] for thread in started] == ["argon2"] * conf.hash_slots


def test_a_process_forked_after_the_first_hash_hashes_in_threads_of_its_own() -> None:
    answer = subprocess.run([sys.executable, "-c", AFTER_A_FORK], capture_output=True, text=True, timeout=60, check=False)
    assert (answer.stdout, answer.returncode) == ("0\n", 0), answer.stderr
