"""Mails in the inbox, posted as the portal posts them."""

from collections.abc import Callable

import pytest
from django.core.mail import EmailMultiAlternatives
from pytest_django import Settings

from portal.celery import app
from portal.conf import conf
from portal.inbox.models import Message

Receive = Callable[..., Message]


@pytest.fixture(autouse=True)
def _own_backend(_fresh_state: None, settings: Settings) -> None:
    """Hand mail to the portal's own backend: pytest-django would catch it in a list."""
    app.conf.task_always_eager = False
    settings.EMAIL_BACKEND = "portal.inbox.backend.InboxBackend"


@pytest.fixture
def receive() -> Receive:
    """Let a mail arrive and return its row."""

    def arrive(to: str = "root@example.com", subject: str = "Your verification code", code: str = "314159", html: str = "<p>314159</p>") -> Message:
        text = f"Enter this code:\n\n    {code}\n\nor open {conf.base_url}/password-reset/abc."
        mail = EmailMultiAlternatives(subject, text, "no-reply@verify.signin.aws.example", [to])
        if html:
            mail.attach_alternative(html, "text/html")
        mail.send()
        return Message.objects.latest("id")

    return arrive
