"""A browser as far as a sign-in needs one: keep-alive, cookies, forms, redirects; cheap enough to leave the cores to the server."""

import http.client
import re
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from urllib.parse import urlencode, urlsplit

_TOKEN = re.compile(rb'name="csrfmiddlewaretoken" value="([A-Za-z0-9]+)"')
_AGENT = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/156.0.0.0 Safari/537.36"


@dataclass(frozen=True, slots=True)
class Answer:
    """One response: status, redirect target (path and query) or empty, and body."""

    status: int
    location: str
    body: bytes

    @property
    def csrf_token(self) -> str:
        """The token of the page's form."""
        found = _TOKEN.search(self.body)
        if not found:
            raise RuntimeError(f"no form in the answer ({self.status})")
        return found[1].decode()


@dataclass
class Browser:
    """One browser on one connection. `timed` receives the label and the seconds of each request."""

    base_url: str
    timed: Callable[[str, float], None] = lambda _label, _seconds: None
    cookies: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        parts = urlsplit(self.base_url)
        self._host = parts.netloc
        self._connection = http.client.HTTPConnection(parts.hostname or "localhost", parts.port or 80, timeout=60)

    def request(self, label: str, method: str, path: str, form: dict[str, str] | None = None, headers: dict[str, str] | None = None) -> Answer:
        """Send one request and return its answer; redirects are not followed."""
        sent = {"User-Agent": _AGENT, "Accept-Language": "en", "Accept": "text/html", **(headers or {})}
        if self.cookies:
            sent["Cookie"] = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        body = None
        if form is not None:
            body = urlencode(form).encode()
            sent |= {"Content-Type": "application/x-www-form-urlencoded", "Origin": self.base_url}
        started = time.perf_counter()
        self._connection.request(method, path, body=body, headers=sent)
        response = self._connection.getresponse()
        content = response.read()
        self.timed(label, time.perf_counter() - started)
        for line in response.headers.get_all("Set-Cookie") or []:
            name, _, rest = line.partition("=")
            value = rest.partition(";")[0].strip('"')
            if value:
                self.cookies[name] = value
            else:
                self.cookies.pop(name, None)
        location = response.headers.get("Location", "")
        location = location.removeprefix(self.base_url)
        return Answer(response.status, location, content)

    def close(self) -> None:
        """Close the connection."""
        self._connection.close()
