"""Lines to the cache for what every sign-in asks of it: without the client's pool, retries and telemetry, which cost five times a round trip."""

import socket
import struct
from typing import Any

import hiredis
import redis


class CacheLines:
    """Connections to one cache, each taken for one round trip and kept for the next; safe to share among threads."""

    def __init__(self, url: str, *, seconds: float) -> None:
        self._maker = redis.ConnectionPool.from_url(url, socket_timeout=seconds, socket_connect_timeout=seconds)
        self._seconds = seconds
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
            return self._ask_once(line, packed)
        except redis.ConnectionError as error:
            if isinstance(error.__context__, BlockingIOError):
                raise redis.TimeoutError("The cache does not answer in time.") from None
            # The other end may have hung up while the line was idle.
            return self._ask_once(line, packed)

    def _ask_once(self, line: Any, packed: list[Any]) -> Any:
        if not line.is_connected:
            line.connect()
            _wait_in_the_system(line._sock, self._seconds)  # noqa: SLF001  # the client shows it to nobody
        line.send_packed_command(packed, check_health=False)
        return line.read_response()


def _wait_in_the_system(line: Any, seconds: float) -> None:
    """Let the system end a wait on a plain line. Python's own time-outs ask first whether a line is ready, one call more for each way."""
    if type(line) is not socket.socket:
        return  # TLS reads when it likes
    length = struct.pack("@ll", int(seconds), int(seconds % 1 * 1_000_000))
    line.settimeout(None)
    line.setsockopt(socket.SOL_SOCKET, socket.SO_RCVTIMEO, length)
    line.setsockopt(socket.SOL_SOCKET, socket.SO_SNDTIMEO, length)
