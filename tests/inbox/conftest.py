"""Mails in the inbox, posted as the portal posts them."""

from collections.abc import Callable

import pytest
from django.core.mail import EmailMultiAlternatives

from portal.conf import conf
from portal.inbox.models import Message

Receive = Callable[..., Message]


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
