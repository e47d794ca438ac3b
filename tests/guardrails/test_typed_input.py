"""What may be typed at all, and what is dropped because it looks real."""

import json
import logging
from urllib.parse import quote

import pytest
import redis
from django.test import Client

from portal.trail.models import Event

pytestmark = pytest.mark.django_db

FORM = "application/x-www-form-urlencoded"
KEYS = ["AKIAIOSFODNN7EXAMPLE", "ASIAIOSFODNN7EXAMPLE", "akiaiosfodnn7example", "my key is AKIAIOSFODNN7EXAMPLE, thanks", "x=AKIAIOSFODNN7EXAMPLE;"]
REAL = ["someone@gmail.com", "Someone@Company.co.jp", "a@amazon.com", "a@example.com.evil.net", "a@sub.company.org.", " spaced@company.org "]
RESERVED = ["a@example.com", "a@mail.example.org", "a@anycompany.example", "a@x.test", "a@y.invalid", "a@localhost"]
MALFORMED = {
    "duplicated": "email=a@example.com&email=b@example.com",
    "list": "email[]=a@example.com",
    "nested": "email[x]=a@example.com",
    "overlong": "email=" + "a" * 4097,
    "overlong name": "a" * 4097 + "=1",
    "nul": "email=a%00b@example.com",
    "lone surrogate": "email=%ED%A0%80@example.com",
    "not utf-8": "email=%FF%FE",
    "nul in a name": "em%00ail=a",
    "too many": "&".join(f"f{number}=1" for number in range(600)),
}


@pytest.mark.parametrize("body", MALFORMED.values(), ids=MALFORMED.keys())
@pytest.mark.parametrize(
    "path",
    ["/signin/root", "/signin/iam", "/signin/operator", "/register/", "/password/forgot", "/language", "/recovery/sign-in", "/operator/recovery/new"],
)
def test_inp_malformed_forms_are_refused(client: Client, path: str, body: str) -> None:
    assert client.post(path, body, content_type=FORM).status_code == 400


@pytest.mark.parametrize("query", ["q=%00", "account=%ED%A0%80", "account=" + "a" * 4097, "%00=1"])
@pytest.mark.parametrize("path", ["/", "/console/", "/signin/iam", "/v1/authorize", "/trail/"])
def test_inp_malformed_queries_are_refused(client: Client, path: str, query: str) -> None:
    assert client.get(f"{path}?{query}").status_code == 400


@pytest.mark.parametrize("query", ["account=a&account=b", "user[]=root", "next[a][b]=/", "region=us-west-2&region=us-west-2"])
@pytest.mark.parametrize("path", ["/", "/console/", "/signin/", "/signin/iam", "/password/forgot/iam-user", "/console/callback"])
def test_inp_duplicated_and_nested_queries_are_refused(client: Client, path: str, query: str) -> None:
    assert client.get(f"{path}?{query}").status_code == 400


@pytest.mark.parametrize("path", ["/console/%00", "/%00", "/password/reset/%00", "/console/%ED%A0%80/home", "/%FF"])
def test_inp_unreadable_paths_lead_nowhere(client: Client, path: str) -> None:
    assert client.get(path).status_code == 404


@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        (b"--x\r\nContent-Disposition: form-data", "multipart/form-data; boundary=x"),
        (b"nonsense", "multipart/form-data"),
        (b'--x\r\nContent-Disposition: form-data; name="f"; filename="a"\r\n\r\nz\r\n--x--\r\n', "multipart/form-data; boundary=x"),
        (b'--x\r\nContent-Disposition: form-data; name="email"\r\n\r\n\xff\x00\r\n--x--\r\n', "multipart/form-data; boundary=x"),
        (b"email=a", f"{FORM}; charset=utf-16"),
        (b"email=+ACI-", f"{FORM}; charset=utf-7"),
    ],
)
def test_inp_malformed_bodies_are_refused(client: Client, body: bytes, content_type: str) -> None:
    assert 400 <= client.generic("POST", "/signin/root", body, content_type=content_type).status_code < 500


@pytest.mark.parametrize("value", KEYS)
@pytest.mark.parametrize(
    ("path", "field"), [("/signin/iam", "password"), ("/signin/root", "email"), ("/register/", "account_name"), ("/language", "next")]
)
def test_what_looks_like_an_access_key_is_dropped(client: Client, path: str, field: str, value: str) -> None:
    response = client.post(path, {field: value})
    assert response.status_code == 422
    assert b"This looks real. Stop." in response.content
    assert b"IOSFODNN7" not in response.content.upper()


@pytest.mark.parametrize("path", ["/", "/console/", "/signin/root", "/trail/api/events", "/recovery/AKIAIOSFODNN7EXAMPLE"])
def test_access_keys_in_the_address_are_dropped(client: Client, path: str) -> None:
    response = client.get(path, {"account": "AKIAIOSFODNN7EXAMPLE"})
    assert response.status_code == 422
    assert b"AKIA" not in response.content


def test_access_keys_in_json_are_dropped(client: Client) -> None:
    response = client.post(
        "/training/api/network", json.dumps({"name": "AKIAIOSFODNN7EXAMPLE"}), content_type="application/json", HTTP_X_TRAINING="1"
    )
    assert response.status_code == 422
    assert response.json()["error"] == "looks_real"


@pytest.mark.parametrize("value", REAL)
@pytest.mark.parametrize(
    ("path", "field"),
    [("/signin/root", "email"), ("/signin/iam", "username"), ("/signin/iam", "account"), ("/register/", "email"), ("/password/forgot", "email")],
)
def test_real_addresses_are_dropped(client: Client, path: str, field: str, value: str) -> None:
    response = client.post(path, {field: value})
    assert response.status_code == 422
    assert value.strip().lower().encode() not in response.content.lower()


@pytest.mark.parametrize("value", RESERVED)
def test_reserved_addresses_may_be_typed(client: Client, value: str) -> None:
    assert client.post("/signin/root", {"email": value}).status_code != 422


def test_an_operators_own_domain_may_be_typed(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    assert client.post("/signin/root", {"email": "a@training.company.org"}).status_code == 422
    monkeypatch.setenv("PORTAL_MAIL_DOMAINS", "training.company.org")
    assert client.post("/signin/root", {"email": "a@training.company.org"}).status_code != 422


def test_an_at_sign_in_a_password_is_nobodys_address(client: Client) -> None:
    assert client.post("/signin/iam", {"account": "anycompany", "username": "Carlos", "password": "me@company.org"}).status_code != 422


def test_what_looks_real_is_neither_logged_nor_counted_nor_stored(
    client: Client, cache_client: redis.Redis, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    events = Event.objects.count()
    client.post("/signin/root", {"email": "someone@gmail.com"})
    client.post("/signin/iam", {"account": "anycompany", "username": "Carlos", "password": "AKIAIOSFODNN7EXAMPLE"})
    client.get("/console/", {"account": "AKIAIOSFODNN7EXAMPLE"})
    assert "gmail" not in caplog.text
    assert "IOSFODNN7" not in caplog.text
    assert cache_client.keys() == []
    assert Event.objects.count() == events
    assert set(client.cookies) <= {"csrf"}


@pytest.mark.parametrize("content_type", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", ""])
def test_brw_02_apis_take_json_only(client: Client, content_type: str) -> None:
    body = b'--x\r\nContent-Disposition: form-data; name="name"\r\n\r\nhome\r\n--x--\r\n' if "multipart" in content_type else b'{"name": "home"}'
    response = client.generic("POST", "/training/api/network", body, content_type=content_type, headers={"X-Training": "1"})
    assert response.status_code == 415
    assert response.json()["error"] == "unsupported_media_type"


@pytest.mark.parametrize("site", ["cross-site", "same-site"])
@pytest.mark.parametrize("path", ["/training/api/world", "/trail/api/events", "/inbox/api/messages"])
def test_brw_02_apis_answer_no_foreign_page(client: Client, site: str, path: str) -> None:
    response = client.get(path, headers={"X-Training": "1", "Sec-Fetch-Site": site})
    assert response.status_code == 403
    assert response.json()["error"] == "access_denied"


def test_quoted_values_count_once(client: Client) -> None:
    assert client.get(f"/misuse?q={quote('a&q=b')}").status_code == 200
