"""Commands in another terminal, beside a demo that runs on the same data folder."""

import os
import stat
import subprocess
import sys

import redis

from portal.bootstrap import CHECKOUT
from portal.conf import CACHE_NOTE
from tests.fixtures.server import Live, demo_environment


def test_the_world_is_reset_from_another_terminal_and_the_demos_throttles_with_it(live: Live) -> None:
    note = live.folder / CACHE_NOTE
    assert stat.S_IMODE(note.stat().st_mode) == 0o600
    with redis.Redis.from_url(note.read_text()) as cache:
        cache.set("throttle:tests", "1")
        reset = subprocess.run(
            [sys.executable, "manage.py", "world", "reset"],
            cwd=CHECKOUT,
            env=demo_environment(live.database) | {"PORTAL_DATA": str(live.folder)},
            capture_output=True,
            text=True,
            check=False,
        )
        assert (reset.returncode, reset.stderr) == (0, "")
        assert reset.stdout.startswith("Reset: ")
        assert cache.get("throttle:tests") is None


def test_without_a_demo_nothing_is_noted(tmp_path: os.PathLike[str]) -> None:
    asked = [sys.executable, "-c", "from portal.conf import conf; print(conf.redis_url)"]
    environment = demo_environment() | {"PORTAL_DATA": str(tmp_path)}
    answer = subprocess.run(asked, cwd=CHECKOUT, env=environment, capture_output=True, text=True, check=True)
    assert answer.stdout.strip() == "redis://127.0.0.1:6379/0"
