"""Errors become pages or JSON, and say nothing of what was typed."""

import pytest
from django.test import Client

from tests.guardrails.broken_urls import SECRET
from tests.guardrails.test_pages import STRIP

pytestmark = [pytest.mark.django_db, pytest.mark.urls("tests.guardrails.broken_urls")]

FAMILIES = [
    ("bad-input", 400, "invalid_request", None),
    ("forbidden", 403, "access_denied", None),
    ("denied", 403, "access_denied", None),
    ("not-found", 404, "not_found", None),
    ("missing", 404, "not_found", None),
    ("too-many", 429, "rate_exceeded", "17"),
    ("unavailable", 503, "service_unavailable", "5"),
    ("cache-down", 503, "service_unavailable", "5"),
    ("database-down", 503, "service_unavailable", "5"),
    ("bug", 500, "server_error", None),
]


@pytest.fixture
def visitor() -> Client:
    """A browser to which the server's errors are answers, not exceptions."""
    return Client(raise_request_exception=False)


@pytest.mark.parametrize(("name", "status", "code", "retry_after"), FAMILIES)
def test_each_family_is_a_page_with_the_strip(
    visitor: Client, name: str, status: int, code: str, retry_after: str | None, caplog: pytest.LogCaptureFixture
) -> None:
    page = visitor.get(f"/fail/{name}")
    assert (page.status_code, page.headers.get("Retry-After")) == (status, retry_after)
    assert STRIP in page.content.decode()
    assert 'role="alert"' in page.content.decode()
    assert SECRET not in page.content.decode()
    answer = visitor.get(f"/fail/api/{name}")
    assert (answer.status_code, answer.headers.get("Retry-After"), answer.json()["error"]) == (status, retry_after, code)
    assert SECRET not in answer.content.decode()


def test_the_public_sentence_of_an_error_is_shown(visitor: Client) -> None:
    assert "Send each name once." in visitor.get("/fail/bad-input").content.decode()


def test_an_unforeseen_error_is_found_in_the_log_by_its_number_alone(visitor: Client, caplog: pytest.LogCaptureFixture) -> None:
    number = visitor.get("/fail/api/bug").json()["number"]
    lines = [record.getMessage() for record in caplog.records if record.name == "portal.guardrails"]
    assert any(number in line and "ValueError" in line and "broken_urls" in line for line in lines)
    assert not any(SECRET in line for line in lines)


def test_a_wrong_method_is_a_page_that_names_the_right_one(visitor: Client) -> None:
    page = visitor.get("/only-post")
    assert (page.status_code, page.headers["Allow"]) == (405, "POST")
    assert STRIP in page.content.decode()
    assert visitor.get("/api/only-post").json()["error"] == "error"


def test_a_form_without_its_token_is_refused_with_how_to_mend_it() -> None:
    page = Client(enforce_csrf_checks=True).post("/only-post")
    assert page.status_code == 403
    assert "reload the page and send it again" in page.content.decode()
