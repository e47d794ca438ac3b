"""The web server as the demo starts it, over real sockets."""

import contextlib
import http.client
import socket
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from portal.bootstrap import CHECKOUT
from portal.demo import parts
from portal.demo.options import Options
from tests.fixtures.server import Live


@contextlib.contextmanager
def serving(options: Options, application: str) -> Iterator[int]:
    """Start the demo's web server on another application, and yield its port once it answers."""
    command = [*parts.web_command(options, workers=1, public=False)[:-1], application]
    process = subprocess.Popen(command, cwd=CHECKOUT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        deadline = time.monotonic() + 20
        while not parts.port_is_taken(options.port):
            assert time.monotonic() < deadline
            assert process.poll() is None
            time.sleep(0.05)
        yield options.port
    finally:
        process.terminate()
        process.wait(10)


@pytest.fixture(scope="module")
def echo_port(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    """The port of a server that answers with the headers it hands on."""
    folder = tmp_path_factory.mktemp("web")
    (folder / "static").mkdir()
    (folder / "static" / "look.0123456789ab.css").write_text("body {}")
    (folder / "secret-key").write_text("never served")
    options = Options(port=parts.free_port(), folder=folder, browser=False, reset=False)
    with serving(options, "tests.demo.headers_app:application") as port:
        yield port


def ask(port: int, path: str = "/", headers: dict[str, str] | None = None) -> tuple[int, dict[str, str], str]:
    """Return status, headers (names in lower case) and body of one GET."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        connection.putrequest("GET", path, skip_host=True)
        for name, value in ({"Host": f"localhost:{port}"} | (headers or {})).items():
            connection.putheader(name, value)
        connection.endheaders()
        answer = connection.getresponse()
        return answer.status, {name.lower(): value for name, value in answer.getheaders()}, answer.read().decode()
    finally:
        connection.close()


def test_header_names_with_an_underscore_are_handed_on(echo_port: int) -> None:
    status, _, body = ask(echo_port, headers={"x-amz-sso_bearer_token": "token"})
    assert status == 200
    assert "HTTP_X_AMZ_SSO_BEARER_TOKEN=token\n" in body


def test_static_files_are_served_for_a_year(echo_port: int) -> None:
    status, headers, body = ask(echo_port, "/static/look.0123456789ab.css")
    assert (status, body) == (200, "body {}")
    assert headers["content-type"] == "text/css"
    assert headers["cache-control"] == "max-age=31536000"


@pytest.mark.parametrize("path", ["/static/../secret-key", "/static/%2e%2e/secret-key", "/static/..%2fsecret-key", "/static//../secret-key"])
def test_nothing_outside_the_static_folder_is_served(echo_port: int, path: str) -> None:
    _, _, body = ask(echo_port, path)
    assert "never served" not in body


def test_headers_over_the_buffer_are_refused(echo_port: int) -> None:
    try:
        status, _, _ = ask(echo_port, headers={"X-Long": "a" * 200_000})
    except (ConnectionError, http.client.HTTPException):
        return
    assert status in {400, 431}


def test_the_server_answers_on_loopback_alone(echo_port: int) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.1", 9))  # sends nothing: it only asks which address this machine would use
            own: str = probe.getsockname()[0]
        except OSError:
            own = "127.0.0.2"
    with socket.socket() as caller:
        caller.settimeout(2)
        assert caller.connect_ex((own, echo_port)) != 0


def test_two_hundred_connections_that_never_finish_their_headers_hold_nobody_up(live: Live) -> None:
    with contextlib.ExitStack() as held:
        for _ in range(200):
            slow = held.enter_context(socket.create_connection(("127.0.0.1", live.port), timeout=5))
            slow.sendall(b"GET / HTTP/1.1\r\nHost: localhost\r\nX-Slow: ")
        times = []
        for _ in range(40):
            began = time.perf_counter()
            assert ask(live.port, "/health/live")[0] == 200
            assert ask(live.port, "/console/")[0] == 200
            times.append(time.perf_counter() - began)
    assert sorted(times)[len(times) // 2] < 0.25


def test_a_connection_that_never_finishes_its_headers_is_closed(echo_port: int) -> None:
    with socket.create_connection(("127.0.0.1", echo_port), timeout=parts.HEADER_MILLISECONDS / 1000 + 10) as slow:
        slow.sendall(b"GET / HTTP/1.1\r\nX-Slow: ")
        began = time.monotonic()
        answer = slow.recv(4096)
        waited = time.monotonic() - began
    assert not answer.startswith(b"HTTP/1.1 200")
    assert waited < parts.HEADER_MILLISECONDS / 1000 + 5


def test_logs_and_run_files_hold_no_password(live: Live) -> None:
    for path in Path(live.folder / "run").glob("*"):
        assert b"Copper-Kettle-2381" not in path.read_bytes(), path
