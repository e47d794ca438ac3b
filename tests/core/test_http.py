"""Cookies and JSON, read and written in one way."""

import pytest
from django.http import HttpResponse
from django.test import RequestFactory

from portal.core.errors import BadInput
from portal.core.http import cookie_name, drop_cookie, read_cookie, read_json, write_cookie

NO_OBJECTS = [b"[]", b"1", b"null", b'"x"', b"{", b"", b'{"a": 1, "a": 2}', b'{"a": {"b": 1, "b": 2}}', b'{"a": NaN}', b'{"a": Infinity}']
UNREADABLE = [b"\xff", b'{"a": "\xed\xa0\x80"}', b'{"a": "\\ud800"}', b"[" * 100_000, b'{"a": "' + b"x" * 70_000 + b'"}']


@pytest.mark.parametrize("body", [body for body in NO_OBJECTS if body] + UNREADABLE)
def test_inp_only_one_well_formed_object_is_read(body: bytes) -> None:
    with pytest.raises(BadInput):
        read_json(RequestFactory().post("/", body, content_type="application/json"))


@pytest.mark.parametrize("content_type", ["text/plain", "application/x-www-form-urlencoded", "text/json"])
def test_inp_only_json_is_json(content_type: str) -> None:
    with pytest.raises(BadInput):
        read_json(RequestFactory().generic("POST", "/", b"{}", content_type=content_type))


def test_an_object_is_read() -> None:
    body = '{"a": [1, {"b": "\u00e9"}]}'.encode()
    assert read_json(RequestFactory().post("/", body, content_type="application/json")) == {"a": [1, {"b": "\u00e9"}]}


def test_ses_03_cookies_carry_the_host_prefix_over_tls(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PORTAL_BASE_URL", "https://portal.example")
    response = HttpResponse()
    write_cookie(response, "account", "x", max_age=60)
    drop_cookie(response, "browser")
    for name in ("__Host-account", "__Host-browser"):
        morsel = response.cookies[name]
        assert morsel["secure"]
        assert morsel["httponly"]
        assert morsel["path"] == "/"
        assert not morsel["domain"]
        assert morsel["samesite"] == "Lax"


def test_a_cookie_without_the_prefix_counts_for_nothing_over_tls(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PORTAL_BASE_URL", "https://portal.example")
    request = RequestFactory().get("/")
    request.COOKIES = {"account": "planted", "__Host-browser": "own"}
    assert read_cookie(request, "account") == ""
    assert read_cookie(request, "browser") == "own"
    assert cookie_name("x") == "__Host-x"


def test_an_overlong_cookie_counts_as_absent() -> None:
    request = RequestFactory().get("/")
    request.COOKIES = {"account": "x" * 1025}
    assert read_cookie(request, "account") == ""
