"""The headers of every answer, whatever its status."""

import pytest
from django.http import HttpRequest, HttpResponse
from django.test import Client

from portal.guardrails.middleware import POLICY, ResponseHeaders
from tests.guardrails.addresses import plain_addresses

pytestmark = pytest.mark.django_db

ALWAYS = {
    "X-Simulation": "1",
    "X-Robots-Tag": "noindex, nofollow, noarchive",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Content-Security-Policy": POLICY,
}
NEVER = ("Access-Control-Allow-Origin", "Access-Control-Allow-Credentials", "Server")
STATUSES = [
    ("GET", "/misuse", 200),
    ("GET", "/admin/", 302),
    ("POST", "/language", 403),
    ("GET", "/language", 405),
    ("GET", "/nothing-here", 404),
    ("GET", "/misuse?q=%00", 400),
    ("GET", "/misuse?q=AKIAABCDEFGHIJKLMNOP", 422),
]


@pytest.mark.parametrize(("method", "path", "status"), STATUSES)
def test_brw_07_headers_on_every_status(method: str, path: str, status: int) -> None:
    response = Client(enforce_csrf_checks=True).generic(method, path)
    assert response.status_code == status
    assert {name: response.headers.get(name) for name in ALWAYS} == ALWAYS
    assert "no-store" in response.headers["Cache-Control"]
    assert response.headers["Referrer-Policy"] == "same-origin"
    assert "camera=()" in response.headers["Permissions-Policy"]
    assert response.headers["Content-Length"] == str(len(response.content))
    assert "Strict-Transport-Security" not in response.headers, "plain http must not promise TLS"


def test_brw_07_headers_when_the_body_is_too_large() -> None:
    response = Client(enforce_csrf_checks=True).post("/language", {"language": "x" * 300_000})
    assert response.status_code in {400, 413}
    assert {name: response.headers.get(name) for name in ALWAYS} == ALWAYS


def test_brw_07_hsts_where_tls_is_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PORTAL_BASE_URL", "https://localhost")
    for path in ("/misuse", "/nothing-here"):
        assert Client().get(path).headers["Strict-Transport-Security"].startswith("max-age=31536000")


@pytest.mark.parametrize("path", plain_addresses())
def test_brw_04_brw_12_every_address_is_unframeable_unstored_and_unlisted(client: Client, path: str) -> None:
    response = client.get(path, HTTP_ACCEPT_LANGUAGE="en")
    assert response.status_code < 500
    assert response.headers["X-Simulation"] == "1"
    assert response.headers["X-Robots-Tag"].startswith("noindex")
    assert "frame-ancestors 'none'" in response.headers["Content-Security-Policy"]
    assert "unsafe" not in response.headers["Content-Security-Policy"]
    assert response.headers["X-Frame-Options"] == "DENY"
    if path != "/admin/jsi18n/":
        assert "no-store" in response.headers["Cache-Control"]


@pytest.mark.parametrize("path", ["/console/x.css", "/console;x.js", "/console/home.png", "/signin/root/a.js", "/misuse.css"])
def test_brw_12_a_page_is_not_served_under_a_name_that_caches_keep(client: Client, path: str) -> None:
    assert client.get(path).status_code == 404


@pytest.mark.parametrize("origin", ["https://evil.example", "null", "http://localhost.evil.example", "http://portal.evil"])
@pytest.mark.parametrize("path", ["/", "/console/", "/v1/authorize", "/trail/api/events", "/inbox/api/messages", "/health/ready"])
def test_brw_06_no_other_origin_is_allowed(client: Client, origin: str, path: str) -> None:
    for response in (
        client.get(path, HTTP_ORIGIN=origin),
        client.options(path, HTTP_ORIGIN=origin, HTTP_ACCESS_CONTROL_REQUEST_METHOD="POST"),
        client.post(path, HTTP_ORIGIN=origin),
    ):
        assert not any(name in response.headers for name in NEVER)


def test_a_policy_of_a_views_own_keeps_frame_denial() -> None:
    def view(_request: HttpRequest) -> HttpResponse:
        return HttpResponse("x", headers={"Content-Security-Policy": "default-src 'none'; sandbox"})

    response = ResponseHeaders(view)(HttpRequest())
    assert response.headers["Content-Security-Policy"] == "default-src 'none'; sandbox; frame-ancestors 'none'"
