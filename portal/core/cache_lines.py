"""Lines to the cache for what every sign-in asks of it: without the client's pool, retries and telemetry, which cost five times a round trip."""

from typing import Any

import hiredis
import redis


class CacheLines:
    """Connections to one cache, each taken for one round trip and kept for the next; safe to share among threads."""

    def __init__(self, url: str, *, seconds: float) -> None:
        self._maker = redis.ConnectionPool.from_url(url, socket_timeout=seconds, socket_connect_timeout=seconds)
        self._idle: list[Any] = []  # the client publishes no types of its connections' methods

    def ask(self, *command: str | int) -> Any:
        """Send one command and return its answer; raise RedisError when the cache does not answer, or refuses."""
        try:
            line = self._idle.pop()
        except IndexError:
            line = self._maker.make_connection()
        # The client does the same, after looking at every part twice.
        packed = [hiredis.pack_command(command)]  # type: ignore[arg-type]  # the stub says one part where it takes any number
        try:
            return self._exchange(line, packed)
        except BaseException:
            # An answer that comes too late must not be taken for that of the next command.
            line.disconnect()
            raise
        finally:
            # Also a line that failed: it is connected anew by being used, and the pool counts those it has made for good.
            self._idle.append(line)

    def _exchange(self, line: Any, packed: list[Any]) -> Any:
        try:
            line.send_packed_command(packed, check_health=False)
            return line.read_response()
        except redis.ConnectionError:
            # The other end may have hung up while the line was idle.
            line.send_packed_command(packed, check_health=False)
            return line.read_response()
