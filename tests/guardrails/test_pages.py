"""The strip, language, theme, and the pages for people and machines."""

import re
from datetime import datetime, timedelta

import pytest
from django.conf import LazySettings
from django.test import Client
from django.urls import reverse

from portal.core.http import is_local_path
from tests.guardrails.addresses import plain_addresses

pytestmark = pytest.mark.django_db

STRIP = "Simulation — training environment. Do not enter real credentials."
INLINE = re.compile(r"<script(?![^>]*\ssrc=)|\sstyle=|<style|\son[a-z]+=|javascript:", re.IGNORECASE)


def is_page(response: object) -> bool:
    return getattr(response, "headers", {}).get("Content-Type", "").startswith("text/html") and getattr(response, "status_code", 0) not in {
        301,
        302,
        303,
    }


@pytest.mark.parametrize("path", [*plain_addresses(), "/nothing-here", "/misuse?q=%00", "/misuse?q=AKIAIOSFODNN7EXAMPLE"])
def test_the_strip_is_on_every_page(client: Client, path: str) -> None:
    response = client.get(path, HTTP_ACCEPT_LANGUAGE="en")
    if not is_page(response):
        return
    text = response.content.decode()
    assert f'<aside class="strip" data-testid="strip"><span>{STRIP}</span>' in text
    assert 'href="/misuse"' in text
    assert re.search(r'<meta name="robots" content="noindex|<meta name="robots" content="NONE', text)
    assert "og:" not in text
    assert "twitter:" not in text
    assert not INLINE.search(text), INLINE.search(text)
    assert not re.search(r'(?:src|href|action)="(?:https?:)?//', text), "a page names no other origin"


def test_the_strip_is_on_the_admin_site_and_its_popups(client: Client, operator: object) -> None:
    from accounts.models import Operator  # noqa: PLC0415  # apps are loaded by then

    client.force_login(Operator.objects.get(), backend="django.contrib.auth.backends.ModelBackend")
    for path in ("/admin/", "/admin/?_popup=1", "/admin/accounts/"):
        response = client.get(path)
        if response.status_code == 200:
            assert STRIP in response.content.decode()


@pytest.mark.parametrize("setting", ["PORTAL_TRAINING", "PORTAL_PUBLIC", "PORTAL_BRAND"])
def test_no_setting_takes_the_strip_away(client: Client, monkeypatch: pytest.MonkeyPatch, setting: str) -> None:
    monkeypatch.setenv(setting, "")
    assert STRIP in client.get("/signin/").content.decode()


def test_language_is_remembered_and_comes_back_to_the_page(client: Client) -> None:
    response = client.post("/language", {"language": "ja", "next": "/signin/iam?account=anycompany"})
    assert (response.status_code, response.headers["Location"]) == (303, "/signin/iam?account=anycompany")
    assert client.cookies["language"]["httponly"]
    assert '<html lang="ja"' in client.get("/signin/").content.decode()


def test_language_follows_the_browser_until_chosen(client: Client) -> None:
    assert '<html lang="ja"' in client.get("/signin/", HTTP_ACCEPT_LANGUAGE="ja,en;q=0.5").content.decode()


def test_theme_is_remembered_until_it_follows_the_system_again(client: Client) -> None:
    assert "data-theme" not in client.get("/signin/").content.decode()
    assert client.post("/theme", {"theme": "dark", "next": "/signin/"}).headers["Location"] == "/signin/"
    assert '<html lang="en" data-theme="dark"' in client.get("/signin/").content.decode()
    client.post("/theme", {"theme": "auto", "next": "/signin/"})
    assert "data-theme" not in client.get("/signin/").content.decode()


@pytest.mark.parametrize(("path", "values"), [("/language", {"language": "xx"}), ("/language", {}), ("/theme", {"theme": "red"}), ("/theme", {})])
def test_an_unknown_language_or_theme_is_refused(client: Client, path: str, values: dict[str, str]) -> None:
    assert client.post(path, values).status_code == 400


@pytest.mark.parametrize("path", ["/language", "/theme"])
def test_brw_01_preferences_need_the_pages_own_token(path: str) -> None:
    response = Client(enforce_csrf_checks=True).post(path, {"language": "ja", "theme": "dark"})
    assert response.status_code == 403
    assert STRIP in response.content.decode()


def test_a_forged_theme_cookie_changes_nothing(client: Client) -> None:
    client.cookies["theme"] = 'dark"><script>'
    assert "<script>" not in client.get("/signin/").content.decode()


def test_somebody_used_this_against_me(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PORTAL_SECURITY_CONTACT", "mailto:help@training.example")
    text = client.get("/misuse").content.decode()
    assert 'href="mailto:help@training.example"' in text
    assert "Change it at the real service at once" in text


def test_security_txt(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PORTAL_SECURITY_CONTACT", "https://training.example/security")
    response = client.get("/.well-known/security.txt")
    fields = dict(line.split(": ", 1) for line in response.content.decode().splitlines())
    assert response.headers["Content-Type"] == "text/plain; charset=utf-8"
    assert fields["Contact"] == "https://training.example/security"
    expires = datetime.fromisoformat(fields["Expires"])
    assert timedelta(days=90) < expires - datetime.now(expires.tzinfo) < timedelta(days=365)


def test_crawlers_are_asked_to_stay_away(client: Client) -> None:
    assert client.get("/robots.txt").content == b"User-agent: *\nDisallow: /\n"


def test_flt_01_health_tells_what_is_up(client: Client) -> None:
    assert client.get("/health/live").json() == {"status": "live"}
    assert client.get("/health/ready").json() == {"status": "ready", "database": "up", "cache": "up"}


def test_flt_03_without_a_cache_health_says_so_and_pages_say_try_later(
    client: Client, settings: LazySettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    nowhere = "redis://127.0.0.1:1/0"
    settings.CACHES = {"default": settings.CACHES["default"] | {"LOCATION": nowhere}}
    monkeypatch.setenv("PORTAL_REDIS_URL", nowhere)
    ready = client.get("/health/ready")
    assert (ready.status_code, ready.json()["cache"], ready.headers["Retry-After"]) == (503, "down", "5")
    assert client.get("/misuse").status_code == 200
    client.raise_request_exception = False
    page = client.post("/password/forgot", {"email": "a@example.com"})
    assert (page.status_code, page.headers["Retry-After"]) == (503, "5")
    assert STRIP in page.content.decode()


FOREIGN = [
    "",
    "//evil.example",
    "///evil.example",
    "////evil.example",
    "http://evil.example",
    "https://evil.example/",
    "https:evil.example",
    "https:/evil.example",
    "HTTPS://evil.example",
    "ftp://evil.example",
    "javascript:alert(1)",
    "JaVaScRiPt:alert(1)",
    "data:text/html,x",
    "/\\evil.example",
    "\\\\evil.example",
    "\\/evil.example",
    "/\\/evil.example",
    "/a\\b",
    "/\t/evil.example",
    "/\n/evil.example",
    "/\r/evil.example",
    "\t//evil.example",
    " //evil.example",
    " /console",
    "/ /evil.example",
    "/\x00/evil.example",
    "/\x0b/evil.example",
    "/\x7f/evil.example",
    "/\x1f",
    "evil.example",
    "evil.example/console",
    "console",
    "./console",
    "../console",
    "?next=/",
    "#x",
    "@evil.example",
    ":80",
    "http:/console",
    "mailto:a@example.com",
    "//localhost@evil.example",
    "//[::1]",
    "/" + "a" * 2048,
]
LOCAL = [
    "/",
    "/console/",
    "/console/111122223333-ab12cd34/home?region=us-east-1#top",
    "/a//b",
    "/@evil.example",
    "/%2F%2Fevil.example",
    "/%5cevil",
    "/a:b",
]


@pytest.mark.parametrize("target", FOREIGN)
def test_red_01_no_other_origin_is_a_local_path(target: str) -> None:
    assert not is_local_path(target)


@pytest.mark.parametrize("target", LOCAL)
def test_red_01_local_paths_are(target: str) -> None:
    assert is_local_path(target)


@pytest.mark.parametrize("path", ["/language", "/theme"])
@pytest.mark.parametrize("target", [target for target in FOREIGN if target and "\x00" not in target])
def test_red_01_preferences_lead_to_this_origin_only(client: Client, path: str, target: str) -> None:
    response = client.post(path, {"language": "en", "theme": "dark", "next": target})
    assert (response.status_code, response.headers["Location"]) == (303, "/")


def test_the_names_that_pages_use(client: Client) -> None:
    names = ("set_language", "set_theme", "misuse", "security_txt", "robots_txt", "live", "ready")
    assert [reverse(name) for name in names] == [
        "/language", "/theme", "/misuse", "/.well-known/security.txt", "/robots.txt", "/health/live", "/health/ready",
    ]  # fmt: skip
