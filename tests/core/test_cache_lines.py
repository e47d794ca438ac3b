"""Lines to the cache outlive a cache that was away."""

import socket
import socketserver
import threading
from typing import ClassVar
from urllib.parse import urlsplit

import pytest
import redis

from portal.conf import conf
from portal.core.cache_lines import CacheLines


class _Passage(socketserver.BaseRequestHandler):
    """Passes everything on to the tests' own cache, and its answers back."""

    def handle(self) -> None:
        where = urlsplit(conf.redis_url)
        with socket.create_connection((where.hostname or "127.0.0.1", where.port or 6379)) as cache:
            threading.Thread(target=self._back, args=(cache,), daemon=True).start()
            while sent := self.request.recv(65536):
                cache.sendall(sent)

    def _back(self, cache: socket.socket) -> None:
        try:
            while answered := cache.recv(65536):
                self.request.sendall(answered)
        except OSError:
            return


class _Door(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True


def test_flt_03_a_cache_that_was_away_for_long_is_asked_again() -> None:
    with _Door(("127.0.0.1", 0), _Passage, bind_and_activate=False) as door:
        door.server_bind()  # nobody listens yet
        credentials = urlsplit(conf.redis_url).netloc.rpartition("@")[0]
        lines = CacheLines(f"redis://{credentials}@127.0.0.1:{door.server_address[1]}/0", seconds=2)
        for _ in range(300):
            with pytest.raises(redis.ConnectionError) as caught:
                lines.ask("GET", "lines")
            assert not isinstance(caught.value, redis.exceptions.MaxConnectionsError)
        door.server_activate()
        threading.Thread(target=door.serve_forever, daemon=True).start()
        assert lines.ask("SET", "lines", "there") == b"OK"
        assert lines.ask("GET", "lines") == b"there"
        assert lines.ask("DEL", "lines") == 1
        door.shutdown()


class _Hush(_Passage):
    """Passes everything on until somebody counts: that it keeps to itself, and answers nothing more."""

    asked: ClassVar[list[bytes]] = []

    def handle(self) -> None:
        where = urlsplit(conf.redis_url)
        with socket.create_connection((where.hostname or "127.0.0.1", where.port or 6379)) as cache:
            threading.Thread(target=self._back, args=(cache,), daemon=True).start()
            while sent := self.request.recv(65536):
                if b"INCR" in sent:
                    self.asked.append(sent)
                else:
                    cache.sendall(sent)


def test_flt_03_a_cache_that_falls_silent_is_given_up_in_time_and_was_asked_once() -> None:
    with _Door(("127.0.0.1", 0), _Hush) as door:
        threading.Thread(target=door.serve_forever, daemon=True).start()
        credentials = urlsplit(conf.redis_url).netloc.rpartition("@")[0]
        lines = CacheLines(f"redis://{credentials}@127.0.0.1:{door.server_address[1]}/0", seconds=0.2)
        lines.ask("DEL", "lines")
        with pytest.raises(redis.TimeoutError):
            lines.ask("INCR", "lines")
        assert len(_Hush.asked) == 1
        assert lines.ask("GET", "lines") is None, "by a new line"
        door.shutdown()
