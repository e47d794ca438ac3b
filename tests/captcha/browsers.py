"""Browsers as flows see them: requests that carry one session."""

from django.contrib.sessions.backends.cache import SessionStore
from django.http import HttpRequest
from django.test import RequestFactory

from accounts.captcha import flows


def browser(session_key: str | None = None, *, address: str = "192.0.2.1") -> HttpRequest:
    """Return a request of a new browser, or of the one whose session id is given."""
    request = RequestFactory().get("/", REMOTE_ADDR=address)
    request.session = SessionStore(session_key)
    return request


def answer(request: HttpRequest) -> str:
    """Return the answer of the challenge that the browser is looking at."""
    found = flows.answer_for(request)
    assert found is not None
    return found
