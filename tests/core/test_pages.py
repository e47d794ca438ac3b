"""Pages that are kept and filled in: nothing of one visitor is shown to another, and nobody fills the memory with keys."""

from collections.abc import Callable

import pytest
from django.http import HttpResponse
from django.middleware import csrf
from django.middleware.csrf import get_token
from django.test import Client, RequestFactory

from portal.core import language, pages
from portal.core.pages import page_token, unmasked
from portal.guardrails import middleware
from portal.network import origin
from portal.world.people import Person
from tests.journeys.visitor import Visitor

pytestmark = pytest.mark.django_db

LONG = 3000


@pytest.fixture(autouse=True)
def _nothing_kept() -> None:
    pages._kept.clear()


def test_one_visitors_theme_is_not_shown_to_the_next_over_tls(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PORTAL_BASE_URL", "https://localhost")
    client.cookies["__Host-theme"] = "dark"
    assert 'data-theme="dark"' in client.get("/signin/", secure=True).content.decode()
    assert "data-theme" not in Client().get("/signin/", secure=True).content.decode()


def test_one_visitors_region_is_not_in_the_next_ones_links() -> None:
    assert 'href="/signin/root?region=eu-north-1"' in Client().get("/signin/iam?region=eu-north-1").content.decode()
    assert "region=" not in Client().get("/signin/iam").content.decode().replace('name="next" value="/signin/iam', "")


@pytest.mark.parametrize("header", ["HTTP_X_FORWARDED_FOR", "HTTP_COOKIE", "HTTP_ACCEPT_LANGUAGE", "HTTP_USER_AGENT"])
def test_a_long_header_is_kept_nowhere(header: str) -> None:
    for letter in "abc":
        value = f"theme={letter * LONG}; language={letter * LONG}" if header == "HTTP_COOKIE" else letter * LONG
        client = Client()
        client.defaults[header] = value
        assert client.get("/signin/").status_code == 200
    assert all(len(part) < LONG for key in pages._kept for part in key if isinstance(part, str))


@pytest.mark.parametrize(
    ("memo", "headers"),
    [
        (origin.source_address, [{"HTTP_X_FORWARDED_FOR": letter * LONG} for letter in "abc"]),
        (language.language_for, [{"HTTP_ACCEPT_LANGUAGE": "en," * LONG + letter} for letter in "abc"]),
        (language.language_for, [{"HTTP_COOKIE": "language=" + "e" * LONG + letter} for letter in "abc"]),
        (middleware._reading_of, [{"HTTP_HOST": "localhost:" + digit * LONG} for digit in "123"]),
    ],
    ids=["forwarded", "accept-language", "language cookie", "host"],
)
def test_what_differs_beyond_what_is_read_is_remembered_once(memo: Callable[..., object], headers: list[dict[str, str]]) -> None:
    memo.cache_clear()  # type: ignore[attr-defined]  # a memo, which the type of a function does not say
    for each in headers:
        client = Client()
        client.defaults |= each
        client.get("/signin/")
    assert memo.cache_info().currsize <= 1  # type: ignore[attr-defined]  # as above


def test_what_a_hole_holds_is_escaped() -> None:
    request = RequestFactory().get("/signin/?<script>")
    page: HttpResponse = pages.render_alike(request, "accounts/signin/choose.html", dict, distinct=("a test of its own",))
    assert "<script>" not in page.content.decode().split("</head>")[1]


def test_what_one_visitor_typed_is_in_no_kept_page(visitor: Visitor, root_user: Person) -> None:
    other = Client()
    other.get("/console/", {"user": "root", "email": "typed@example.com"})
    other.get("/console/", {"user": "iam", "account": "anycompany", "username": "Typed_Name"})
    page = visitor.reaches_root_password(root_user)
    assert root_user.email in page.content.decode()
    kept = "".join(part for parts in pages._kept.values() for part in parts)
    assert kept
    assert not [text for text in ("typed@example.com", "Typed_Name", root_user.email) if text in kept]


def test_a_token_gives_its_secret_to_djangos_reader_and_to_ours() -> None:
    request = RequestFactory().get("/")
    token = page_token(request)
    secret = request.META["CSRF_COOKIE"]
    assert unmasked(token) == csrf._unmask_cipher_token(token) == secret  # type: ignore[attr-defined]  # not in the stubs
    assert unmasked(get_token(request)) == secret
    for junk in ("", secret, token[:-1], token + "a", "-" + token[1:], token[:-1] + "é", token.swapcase()):
        assert unmasked(junk) != secret
