"""A WSGI application that answers with the request headers as the web server hands them on."""

from collections.abc import Callable, Iterable
from typing import Any


def application(environ: dict[str, Any], start_response: Callable[[str, list[tuple[str, str]]], Any]) -> Iterable[bytes]:
    """Answer every request with one `NAME=value` line for each header."""
    start_response("200 OK", [("Content-Type", "text/plain")])
    return ["".join(f"{name}={value}\n" for name, value in environ.items() if name.startswith("HTTP_")).encode()]
